import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BLIND, nativeCall, OWN_SEARCH, SEARCHERS, sentTo, startNativeRig } from "./native-search-support.ts";
import { messageOf } from "./routing-support.ts";
import { DIALECTS, type Rig, send } from "./support.ts";
import type { DialectName } from "./web-search-support.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startNativeRig();
});
afterAll(() => rig.close());

describe("which API of a target is asked", () => {
  const options = { web_search_options: { search_context_size: "low" } };
  const post = async (client: DialectName, model: string, wish: Record<string, unknown>) => {
    const answer = await send(rig.gateway.url, nativeCall({ client, model, stream: false, wish }));
    return { answer, sent: sentTo(rig) };
  };

  it.each([
    ["web_search_options of Chat Completions", options],
    ["web_search_options", { extra_body: options }],
    ["web_search", { extra_body: { web_search: { engine: "native" } } }],
  ])("is the one that searches, where a chat client asks by %s", async (_, wish) => {
    const { answer, sent } = await post("openai-chat", "seeks-both/m", wish);
    expect([answer.status, sent.path]).toEqual([200, "/v1/responses"]);
    expect(sent.body["tools"]).toMatchObject([{ type: "web_search" }]);
    expect(JSON.parse(answer.text)).toMatchObject({
      choices: [{ message: { annotations: [{ type: "url_citation" }, {}] } }],
    });
  });

  it("stays Chat Completions for a model made to search there, and for who asks for no search", async () => {
    const made = await post("openai-chat", "seeks-both/gpt-4o-search-preview", options);
    expect([made.answer.status, made.sent.path]).toEqual([200, "/v1/chat/completions"]);
    const plain = await post("openai-chat", "seeks-both/m", {});
    expect([plain.answer.status, plain.sent.path]).toEqual([200, "/v1/chat/completions"]);
  });

  it("is a coding agent's own, whatever its offer of a search", async () => {
    const codex = { tools: [{ type: "web_search" }], store: false };
    const own = await post("openai-responses", "seeks-both/m", codex);
    expect([own.answer.status, own.sent.path]).toEqual([200, "/v1/responses"]);
    expect(own.answer.headers["x-signalbox-dropped"]).toBeUndefined();
    // A model that does not search is asked there too.
    const blind = await post("openai-responses", "seeks-both/blind", codex);
    expect([blind.answer.status, blind.sent.path]).toEqual([200, "/v1/responses"]);
  });
});

describe("a search that nobody serves", () => {
  const ways = (client: DialectName, wish: Record<string, unknown>) =>
    client === "gemini" ? { extensions: wish } : { extra_body: wish };

  it.each(DIALECTS.flatMap((client) => DIALECTS.map((upstream) => ({ client, upstream }))))(
    "is a 400 where it was asked for by ours, and left out where it was offered: $client at $upstream",
    async ({ client, upstream }) => {
      for (const wish of [{ web_search: { engine: "native" } }, { web_search: true }, { web_search_options: {} }]) {
        const call = nativeCall({ client, model: BLIND[upstream], stream: false, wish: ways(client, wish) });
        const refused = await send(rig.gateway.url, call);
        expect([refused.status, messageOf(refused)]).toEqual([400, expect.stringContaining("web search of its own")]);
      }
      if (client === upstream) return;
      const offered = nativeCall({ client, model: BLIND[upstream], stream: false, wish: OWN_SEARCH[client] });
      const answer = await send(rig.gateway.url, offered);
      expect(answer.status).toBe(200);
      expect(String(answer.headers["x-signalbox-dropped"])).toContain("hosted-tool");
      expect(JSON.stringify(sentTo(rig).body)).not.toMatch(/web_search|googleSearch/);
    },
  );

  it.each(DIALECTS)("is Google's only at Gemini's API: engine google at %s", async (upstream) => {
    const wish = { extra_body: { web_search: { engine: "google" } } };
    const call = nativeCall({ client: "openai-chat", model: SEARCHERS[upstream], stream: false, wish });
    const answer = await send(rig.gateway.url, call);
    if (upstream !== "gemini") {
      expect([answer.status, messageOf(answer)]).toEqual([
        400,
        expect.stringContaining("the search of Gemini's own API"),
      ]);
      return;
    }
    expect(answer.status).toBe(200);
    expect(sentTo(rig).body["tools"]).toEqual([{ googleSearch: {} }]);
  });
});

describe("what a vendor cannot be told", () => {
  it("of ours is named: how many pages", async () => {
    const wish = { extra_body: { web_search: { engine: "native", max_results: 7 } } };
    const call = nativeCall({ client: "openai-chat", model: SEARCHERS["anthropic-messages"], stream: true, wish });
    const { headers } = await send(rig.gateway.url, call);
    expect(String(headers["x-signalbox-adapted"])).toContain("web-search");
  });

  it("of the client's is dropped by name, and refused where nothing may be", async () => {
    const tool = { type: "web_search_20250305", name: "web_search", allowed_domains: ["example.org"] };
    const call = nativeCall({
      client: "anthropic-messages",
      model: SEARCHERS.gemini,
      stream: false,
      wish: { tools: [tool] },
    });
    const answer = await send(rig.gateway.url, call);
    expect([answer.status, String(answer.headers["x-signalbox-dropped"])]).toEqual([
      200,
      expect.stringContaining("web-search"),
    ]);
    const strict = await send(rig.gateway.url, { ...call, headers: { ...call.headers, "x-signalbox-strict": "true" } });
    expect(strict.status).toBe(400);
  });

  it("domains and places reach whoever has words for them", async () => {
    const tool = {
      type: "web_search_20250305",
      name: "web_search",
      blocked_domains: ["example.org"],
      user_location: { type: "approximate", city: "Lisbon", country: "PT" },
    };
    const call = nativeCall({
      client: "anthropic-messages",
      model: SEARCHERS["openai-responses"],
      stream: false,
      wish: { tools: [tool] },
    });
    const answer = await send(rig.gateway.url, call);
    expect(answer.status).toBe(200);
    expect(sentTo(rig).body["tools"]).toEqual([
      {
        type: "web_search",
        filters: { blocked_domains: ["example.org"] },
        user_location: { type: "approximate", city: "Lisbon", country: "PT" },
      },
    ]);
    // All pages of the simulator stand there.
    expect(JSON.parse(answer.text)).toMatchObject({ content: [{}, {}, { content: [] }, { type: "text" }] });
  });
});

describe("a compatible server's search", () => {
  it.each([false, true])("is its server tool, and counted as it counts, stream %s", async (stream) => {
    const wish = { extra_body: { web_search_options: {} } };
    const call = nativeCall({ client: "anthropic-messages", model: "seeks-compatible/m", stream, wish });
    const answer = await send(rig.gateway.url, call);
    expect(answer.status).toBe(200);
    expect(sentTo(rig).body["tools"]).toEqual([{ type: "openrouter:web_search" }]);
    expect(answer.text).toContain('"web_search_requests":1');
  });
});
