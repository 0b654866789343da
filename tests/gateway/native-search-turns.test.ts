import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bodyOf, nativeCall, OWN_SEARCH, SEARCHERS, sentTo, startNativeRig, TEXT } from "./native-search-support.ts";
import { objectIn, withBody } from "./routing-support.ts";
import { ask, DIALECTS, type Rig, send } from "./support.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startNativeRig();
});
afterAll(() => rig.close());

/** The vendors whose searches a client sends back: the others tell of theirs in the text alone. */
type Replaying = "openai-responses" | "anthropic-messages";
const REPLAYING: readonly Replaying[] = ["openai-responses", "anthropic-messages"];

/** What was asked, what was answered, and one more question. */
function again(client: Replaying, model: string, answer: Record<string, unknown>) {
  const text = "And back?";
  const call = ask(client, model, { text, stream: false });
  if (client === "openai-responses") {
    const output = Array.isArray(answer["output"]) ? answer["output"] : [];
    return withBody(call, {
      input: [{ role: "user", content: TEXT }, ...output, { role: "user", content: text }],
      ...OWN_SEARCH[client],
    });
  }
  const messages = [
    { role: "user", content: TEXT },
    { role: "assistant", content: answer["content"] },
    { role: "user", content: text },
  ];
  return withBody(call, { messages, ...OWN_SEARCH[client] });
}

/** Of an answer, what its vendor must get back byte for byte: blocks of searches, and the seals of citations. */
const sealedIn = (answer: Record<string, unknown>): readonly string[] => {
  const items = [answer["output"], answer["content"]].flatMap((all) => (Array.isArray(all) ? all : []));
  const searches = items.filter((item) => SEARCH_TYPES.has(String(objectIn(item)["type"])));
  const seals = JSON.stringify(items).match(/"encrypted_index":"[^"]+"/g) ?? [];
  return [...searches.map((item) => JSON.stringify(item)), ...seals];
};

const SEARCH_TYPES = new Set(["web_search_call", "server_tool_use", "web_search_tool_result"]);

const first = async (client: Replaying, model: string, stream: boolean) => {
  const answer = await send(rig.gateway.url, nativeCall({ client, model, stream, wish: OWN_SEARCH[client] }));
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.anything()]);
  return bodyOf(client, stream, answer);
};

describe("a turn after a search", () => {
  it.each(REPLAYING.flatMap((client) => [false, true].map((stream) => ({ client, stream }))))(
    "gives its own vendor back what it made, to the letter: $client, stream $stream",
    async ({ client, stream }) => {
      const answer = await first(client, SEARCHERS[client], stream);
      const sealed = sealedIn(answer);
      expect(sealed.length).toBe(client === "openai-responses" ? 1 : 4);
      // By a client whose bytes go on, and by one whose request is translated.
      for (const wish of [{}, { extra_body: { web_search_options: {} } }]) {
        const { status, text } = await send(rig.gateway.url, withBody(again(client, SEARCHERS[client], answer), wish));
        expect([status, text.slice(0, 300)]).toEqual([200, expect.anything()]);
        const sent = JSON.stringify(sentTo(rig).body);
        for (const seal of sealed) expect(sent).toContain(seal);
      }
    },
  );

  const ELSEWHERE = REPLAYING.flatMap((client) =>
    DIALECTS.flatMap((from) => DIALECTS.filter((to) => to !== from).map((to) => ({ client, from, to }))),
  );

  it.each(ELSEWHERE)(
    "$client of $from goes on at $to, whose vendor gets no seal that it did not make",
    async ({ client, from, to }) => {
      const answer = await first(client, SEARCHERS[from], false);
      const next = await send(rig.gateway.url, again(client, SEARCHERS[to], answer));
      expect([next.status, next.text.slice(0, 400)]).toEqual([200, expect.anything()]);
      const sent = JSON.stringify(sentTo(rig).body);
      expect(sent).not.toMatch(/encrypted_content|encrypted_index|web_search_call"|srvtoolu_|sbx1/);
      // What was searched for is still known, where the first vendor told of it.
      if (from !== "openai-chat") expect(sent).toContain("Lisbon trains");
      if (from !== "openai-chat") expect(String(next.headers["x-signalbox-adapted"])).toContain("web-search-replay");
    },
  );

  it("is kept from another vendor of the same dialect, whose seals are others", async () => {
    const answer = await first("anthropic-messages", SEARCHERS["openai-responses"], false);
    const next = await send(rig.gateway.url, again("anthropic-messages", SEARCHERS["anthropic-messages"], answer));
    expect([next.status, next.text.slice(0, 400)]).toEqual([200, expect.anything()]);
    expect(JSON.stringify(sentTo(rig).body)).not.toContain("encrypted");
  });
});

describe("passthrough", () => {
  it.each(DIALECTS.flatMap((client) => [false, true].map((stream) => ({ client, stream }))))(
    "of a search in its own dialect is byte for byte, both ways: $client, stream $stream",
    async ({ client, stream }) => {
      const model = SEARCHERS[client];
      // A stream that was asked for its usage: the gateway would ask every other one of Chat Completions for it.
      const usage = client === "openai-chat" && stream ? { stream_options: { include_usage: true } } : {};
      const asked = nativeCall({ client, model, stream, wish: { ...OWN_SEARCH[client], ...usage } });
      const call = { ...asked, headers: { ...asked.headers, "x-signalbox-metadata": "off" } };
      const answer = await send(rig.gateway.url, call);
      expect(answer.status).toBe(200);
      const name = model.slice(model.indexOf("/") + 1);
      const entry = rig.simulator.journal.entries.at(-1);
      const body = client === "gemini" ? call.body : { ...objectIn(call.body), model: name };
      expect(entry?.body.toString()).toBe(JSON.stringify(body));
      const direct = await send(rig.simulator.url, {
        ...call,
        path: call.path.replace(model, name),
        raw: entry?.body ?? "",
      });
      expect(answer.text).toBe(direct.text);
      expect(answer.headers["x-signalbox-adapted"]).toBeUndefined();
    },
  );
});
