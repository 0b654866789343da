import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bodyOf,
  nativeCall,
  OWN_SEARCH,
  PAIRS,
  SEARCHERS,
  sentTo,
  startNativeRig,
  WHOLE,
} from "./native-search-support.ts";
import { objectIn } from "./routing-support.ts";
import { DIALECTS, type Rig, send } from "./support.ts";
import { askedOf, type DialectName, ENGINE_KEY, rowsOf, told } from "./web-search-support.ts";

let rig: Rig;
/** The same, with an engine. */
let engines: Rig;

beforeAll(async () => {
  rig = await startNativeRig();
  engines = await startNativeRig({
    moreConfig: (url: string) => ({
      webSearch: { engines: { brave: { baseUrl: `${url}/brave`, key: ENGINE_KEY } } },
    }),
  });
});
afterAll(async () => {
  await rig.close();
  await engines.close();
});

const SCHEMA = { type: "object", properties: { path: { type: "string" } }, required: ["path"] };

const FUNCTIONS: Readonly<Record<DialectName, Record<string, unknown>>> = {
  "openai-chat": { type: "function", function: { name: "read_file", parameters: SCHEMA } },
  "openai-responses": { type: "function", name: "read_file", parameters: SCHEMA, strict: false },
  "anthropic-messages": { name: "read_file", input_schema: SCHEMA },
  gemini: { functionDeclarations: [{ name: "read_file", parameters: SCHEMA }] },
};

/** The client's vendor's search beside a function of the client's. */
function bothTools(client: DialectName): Record<string, unknown> {
  const { tools, ...rest } = OWN_SEARCH[client];
  return { ...rest, tools: [...(Array.isArray(tools) ? tools : []), FUNCTIONS[client]] };
}

const LOOK = '[[say Both.]][[search tracks]][[tool read_file {"path":"a.txt"}]]';

describe("a native search and a call of the client's in one turn", () => {
  // Gemini's search stands beside functions for its own clients alone.
  const pairs = PAIRS.filter(({ client, upstream }) => upstream !== "gemini" || client === "gemini");

  it.each(pairs)(
    "keeps the call intact: $client at $upstream, stream $stream",
    async ({ client, upstream, stream }) => {
      const call = nativeCall({ client, model: SEARCHERS[upstream], stream, text: LOOK, wish: bothTools(client) });
      const answer = await send(rig.gateway.url, call);
      expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.anything()]);
      const said = told(client, stream, answer);
      expect(said.calls).toEqual(["read_file"]);
      expect(said.finish).toMatch(/tool_calls|tool_use|STOP/);
      expect(answer.text).toContain("a.txt");
    },
  );

  it.each(["openai-chat", "openai-responses", "anthropic-messages"] as const)(
    "is not possible at Gemini's for others, which is refused where ours asks for it: %s",
    async (client) => {
      const wish = { tools: [FUNCTIONS[client]], extra_body: { web_search: { engine: "google" } } };
      const call = nativeCall({ client, model: SEARCHERS.gemini, stream: false, text: LOOK, wish });
      expect((await send(rig.gateway.url, call)).status).toBe(400);
      const offered = nativeCall({
        client,
        model: SEARCHERS.gemini,
        stream: false,
        text: LOOK,
        wish: bothTools(client),
      });
      const answer = await send(rig.gateway.url, offered);
      expect([answer.status, String(answer.headers["x-signalbox-dropped"])]).toEqual([
        200,
        expect.stringContaining("hosted-tool"),
      ]);
      expect(told(client, false, answer).calls).toEqual(["read_file"]);
    },
  );
});

describe("a native search that failed", () => {
  const wish = { web_search: { engine: "native", max_steps: 1 } };
  const text = "[[search one]][[search two]][[say Done.]]";

  it.each(DIALECTS)("is told in the words of %s or named, and is not billed", async (client) => {
    const ours = client === "gemini" ? { extensions: wish } : { extra_body: wish };
    const call = nativeCall({ client, model: SEARCHERS["anthropic-messages"], stream: false, text, wish: ours });
    const bodies: (readonly [Record<string, unknown>, string])[] = [];
    const { attempts } = await rowsOf(rig, async () => {
      const answer = await send(rig.gateway.url, call);
      bodies.push([bodyOf(client, false, answer), String(answer.headers["x-signalbox-dropped"])]);
    });
    expect(attempts).toMatchObject([{ web_searches: 1 }]);
    const [body, dropped] = bodies[0] ?? [];
    switch (client) {
      case "openai-responses":
        expect(body).toMatchObject({
          output: [
            { type: "web_search_call", status: "completed", action: { query: "one" } },
            { type: "web_search_call", status: "failed", action: { query: "two" } },
            { type: "message" },
          ],
        });
        break;
      case "anthropic-messages":
        expect(JSON.stringify(body)).toContain('"error_code":"max_uses_exceeded"');
        break;
      default:
        expect(dropped).toContain("web-search-results");
    }
  });
});

describe("where the gateway could search as well", () => {
  it.each(PAIRS)(
    "who asked in a vendor's words is served by the target: $client at $upstream, stream $stream",
    async ({ client, upstream, stream }) => {
      const from = engines.simulator.journal.length;
      const wish = OWN_SEARCH[client];
      const answer = await send(engines.gateway.url, nativeCall({ client, model: SEARCHERS[upstream], stream, wish }));
      expect(answer.status).toBe(200);
      expect(told(client, stream, answer).text).toBe(WHOLE);
      expect(askedOf(engines, from).engines).toEqual([]);
      expect(objectIn(sentTo(engines).body)).not.toEqual({});
      if (client === upstream) expect(answer.headers["x-signalbox-adapted"]).toBeUndefined();
    },
  );

  it("who asked for the gateway's is served by the gateway, and who named the target's by the target", async () => {
    const model = SEARCHERS["anthropic-messages"];
    const text = '[[tool web_search {"query":"tracks"}]][[then]][[say Done [1].]]';
    const from = engines.simulator.journal.length;
    const ask = (wish: Record<string, unknown>) =>
      send(engines.gateway.url, nativeCall({ client: "openai-chat", model, stream: false, text, wish }));
    expect((await ask({ web_search: true })).status).toBe(200);
    expect(askedOf(engines, from).engines).toHaveLength(1);
    const then = engines.simulator.journal.length;
    await ask({ web_search: { engine: "native" } });
    expect(askedOf(engines, then).engines).toEqual([]);
    expect(sentTo(engines).body["tools"]).toMatchObject([{ type: "web_search_20250305" }]);
  });
});
