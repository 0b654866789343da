import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRouter, messageOf, objectIn, withBody } from "./routing-support.ts";
import { ask, DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";
import { askedOf, rowsOf, searchCall, searchThenSay, startSearchRig, told } from "./web-search-support.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startSearchRig({
    maxSteps: 1,
  });
});
afterAll(() => rig.close());

/** Nano-dollars at a dollar and two for a million tokens. */
const costOf = ({ input = 0, output = 0 }: { input?: number; output?: number } = {}) => input * 1_000 + output * 2_000;

describe("what a search costs", () => {
  it.each([
    { engine: "brave", most: 3, nano: 5_000_000, price: "brave/web-search@2026-11-21" },
    { engine: "searxng", most: 3, nano: 0, price: "searxng/web-search@2026-11-21" },
    { engine: "tavily", most: 3, nano: 8_000_000, price: "tavily/web-search@2026-11-21" },
    { engine: "exa", most: 3, nano: 7_000_000, price: "exa/web-search@2026-11-21" },
    { engine: "exa", most: 20, nano: 17_000_000, price: "exa/web-search@2026-11-21" },
  ])(
    "at $engine with $most results is a charge of its own beside the model's",
    async ({ engine, most, nano, price }) => {
      const from = rig.simulator.journal.length;
      const text = searchThenSay(`paid ${engine} ${most}`, "Done [1].");
      const wish = { web_search: { engine, max_results: most } };
      const call = searchCall({ client: "openai-chat", upstream: "openai-chat", stream: false, text, wish });
      const { request, attempts } = await rowsOf(rig, () => send(rig.gateway.url, call));
      const [first, second] = askedOf(rig, from).models.map(({ usage }) => costOf(usage));
      expect(attempts).toMatchObject([
        { provider: "chat", cost_nano: first, web_searches: null },
        {
          provider: engine,
          model: "web-search",
          dialect: "search",
          cost_nano: nano,
          price,
          web_searches: 1,
          unpriced: 0,
        },
        { provider: "chat", cost_nano: second },
      ]);
      expect(request).toMatchObject({
        state: "settled",
        provider: "chat",
        unpriced: 0,
        cost_nano: (first ?? 0) + (second ?? 0) + nano,
      });
      // Held before it was known: more than what it came to.
      expect(Number(request.reserved_nano)).toBeGreaterThanOrEqual(Number(request.cost_nano));
    },
  );

  it("is estimated with what was found, where the model's last stream was cut", async () => {
    const text = `${searchThenSay("cut", "All of this is said, one word after the other, and then it is cut.")}[[fault cut-after=3]]`;
    const call = searchCall({ client: "openai-chat", upstream: "openai-chat", stream: true, text });
    const { request, attempts } = await rowsOf(rig, () => send(rig.gateway.url, call));
    expect(request).toMatchObject({ state: "failed", error: "upstream_truncated" });
    const [first, , last] = attempts;
    expect([first?.estimated, last?.estimated]).toEqual([0, 1]);
    const [, second] = askedOf(rig, 0).models.slice(-2);
    const real = JSON.stringify(objectIn(second?.json)["messages"]).length / 4;
    expect(Number(last?.input_tokens)).toBeGreaterThan(0.7 * real);
    expect(Number(last?.input_tokens)).toBeLessThan(1.5 * real);
  });

  it("is not charged where the engine has refused it", async () => {
    rig.simulator.faults.push({ type: "status", status: 500, model: "brave" });
    const text = searchThenSay("refused", "Done [1].");
    const wish = { web_search: { engine: "brave" } };
    const call = searchCall({ client: "openai-chat", upstream: "openai-chat", stream: true, text, wish });
    const { attempts } = await rowsOf(rig, () => send(rig.gateway.url, call));
    expect(attempts.map(({ provider, error, cost_nano }) => [provider, error, cost_nano])).toMatchObject([
      ["chat", null, expect.anything()],
      ["brave", "upstream_error", null],
      ["searxng", null, 0],
      ["chat", null, expect.anything()],
    ]);
  });
});

describe("what is held for a search", () => {
  it("covers that the model reads again what it said before each search, and the fee of each call", async () => {
    const price = { input: 100, output: 0, perThousandRequests: 1000 };
    const wordy = await startRig({
      moreProviders: (url) => ({
        wordy: {
          auth: "none",
          models: [{ id: "m", webSearch: false, maxOutputTokens: 3000, price }],
          endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
        },
      }),
      moreConfig: (url) => ({ webSearch: { engines: { searxng: { baseUrl: `${url}/searxng` } }, resultBytes: 1024 } }),
    });
    try {
      const text = ["one", "two", "three"].map(
        (query) => `[[text 1500]][[tool web_search ${JSON.stringify({ query })}]][[then]]`,
      );
      const call = ask("openai-chat", "wordy/m", { text: `${text.join("")}[[say Done.]]`, stream: false });
      const { request, attempts } = await rowsOf(wordy, () =>
        send(wordy.gateway.url, withBody(call, { web_search: { max_steps: 3 } })),
      );
      expect(attempts).toHaveLength(7);
      expect(Number(request.cost_nano)).toBeGreaterThan(4_000_000_000 + 6 * 1500 * 100_000);
      expect(Number(request.reserved_nano)).toBeGreaterThanOrEqual(Number(request.cost_nano));
    } finally {
      await wordy.close();
    }
  });
});

describe("a client that asks for its vendor's search", () => {
  it.each([false, true])("reads Anthropic's blocks of searches that the gateway ran, stream %s", async (stream) => {
    const call = searchCall({
      client: "anthropic-messages",
      upstream: "openai-chat",
      stream,
      text: searchThenSay("blocks", "Done [1]."),
      wish: { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] },
    });
    const answer = await send(rig.gateway.url, call);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"type":"server_tool_use"');
    expect(answer.text).toContain('"type":"web_search_tool_result"');
    expect(answer.text).toContain('"web_search_requests":1');
    const said = told("anthropic-messages", stream, answer);
    expect(said).toMatchObject({ text: "Let me look.Done [1].", calls: [], finish: "end_turn" });
    expect(said.citations).toMatchObject([
      { type: "web_search_result_location", url: "https://pages.example.org/blocks/1", title: "blocks, page 1" },
    ]);
  });

  it.each([false, true])("reads Responses' items of them, stream %s", async (stream) => {
    const call = searchCall({
      client: "openai-responses",
      upstream: "openai-chat",
      stream,
      text: searchThenSay("items", "Done [1]."),
      wish: { tools: [{ type: "web_search" }] },
    });
    const answer = await send(rig.gateway.url, call);
    expect(answer.text).toContain('"type":"web_search_call"');
    expect(told("openai-responses", stream, answer).citations).toMatchObject([{ type: "url_citation" }]);
  });

  it.each([false, true])("reads Gemini's grounding of them, stream %s", async (stream) => {
    const call = searchCall({
      client: "gemini",
      upstream: "openai-chat",
      stream,
      text: searchThenSay("grounds", "Done [1]."),
      wish: { tools: [{ googleSearch: {} }] },
    });
    const answer = await send(rig.gateway.url, call);
    expect(answer.text).toContain('"webSearchQueries":["grounds"]');
    // Gemini tells all that was found, and which of it what was said rests on.
    const uris = told("gemini", stream, answer).citations.map(({ uri }) => uri);
    expect(uris).toEqual([1, 2, 3].map((page) => `https://pages.example.org/grounds/${page}`));
  });

  it("has its domains kept to, whatever the engine finds", async () => {
    const from = rig.simulator.journal.length;
    const call = searchCall({
      client: "anthropic-messages",
      upstream: "openai-chat",
      stream: false,
      text: searchThenSay("elsewhere", "Done [1]."),
      wish: {
        tools: [{ type: "web_search_20250305", name: "web_search", allowed_domains: ["nowhere.example.com"] }],
      },
    });
    const answer = await send(rig.gateway.url, call);
    expect(told("anthropic-messages", false, answer).citations).toEqual([]);
    const { engines, models } = askedOf(rig, from);
    expect(engines[0]?.url).toContain("site%3Anowhere.example.com");
    expect(JSON.stringify(models[1]?.json)).toContain("The search found nothing.");
  });
});

describe("without an engine", () => {
  let bare: Rig;
  beforeAll(async () => {
    bare = await startSearchRig({ engine: undefined, engines: {} });
  });
  afterAll(() => bare.close());

  it.each([{ web_search: true }, { web_search: { engine: "brave" } }, { extra_body: { web_search_options: {} } }])(
    "%j is refused, and told what to configure",
    async (wish) => {
      const text = "[[say no]]";
      const call = searchCall({ client: "openai-chat", upstream: "openai-chat", stream: false, text, wish });
      const answer = await send(bare.gateway.url, call);
      expect(answer.status).toBe(400);
      expect(messageOf(answer)).toMatch(/No search engine is configured|webSearch\.engines/);
      expect(askedOf(bare, 0).models).toHaveLength(0);
    },
  );

  it.each([
    ["openai-responses", { tools: [{ type: "web_search" }] }],
    ["anthropic-messages", { tools: [{ type: "web_search_20250305", name: "web_search" }] }],
    ["gemini", { tools: [{ googleSearch: {} }] }],
  ] as const)("a tool of %s's vendor is left out and reported, as any that a target lacks", async (client, wish) => {
    const text = "[[say Fine.]]";
    const answer = await send(
      bare.gateway.url,
      searchCall({ client, upstream: "openai-chat", stream: false, text, wish }),
    );
    expect(answer.status).toBe(200);
    expect(String(answer.headers["x-signalbox-dropped"])).toContain("hosted-tool");
  });
});

describe("in a stream", () => {
  it.each(DIALECTS)("to %s what the model said is read before it is searched", async (client) => {
    rig.simulator.faults.push({ type: "hang", model: "searxng" });
    rig.simulator.faults.push({ type: "hang", model: "searxng" });
    const gone = new AbortController();
    const call = withBody(
      ask(client, `${PROVIDERS["openai-chat"]}/m`, { text: searchThenSay("waits", "Never."), stream: true }),
      { web_search: { engine: "searxng" } },
    );
    const response = await fetch(rig.gateway.url + call.path, {
      method: "POST",
      headers: { authorization: "Bearer a-key-for-the-gateway-tests", "content-type": "application/json" },
      body: JSON.stringify(objectIn(call.body)),
      signal: gone.signal,
    });
    let read = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      read += decoder.decode(chunk, { stream: true });
      if (/look/.test(read)) break;
    }
    gone.abort();
    expect(read).not.toContain("Never");
  });
});

describe("a client at its own vendor, which searches itself", () => {
  it("has its bytes passed on, whatever engines there are", async () => {
    const from = rig.simulator.journal.length;
    const tools = [{ type: "web_search_20250305", name: "web_search", max_uses: 2 }];
    const call = withBody(ask("anthropic-messages", "keyed/m", { text: "[[say Fine.]]", stream: false }), { tools });
    const answer = await send(rig.gateway.url, call);
    expect([answer.status, answer.headers["x-signalbox-lane"]]).toEqual([200, "passthrough"]);
    expect(askedOf(rig, from).models.map(({ json }) => objectIn(json)["tools"])).toContainEqual(tools);
  });
});

describe("a router that searches", () => {
  it("does so for whoever asks it, but for a request that says it shall not", async () => {
    await createRouter(rig, {
      name: "routers/searching",
      routes: [],
      defaultRoute: {
        route_id: "default",
        variants: [{ variant: { variant_id: "v", model_id: "chat/m", web_search: { max_results: 2 } }, weight: 100 }],
      },
    });
    const text = searchThenSay("by router", "Done [2].");
    const call = ask("openai-chat", "router/searching", { text, stream: false });
    const answer = await send(rig.gateway.url, call);
    expect(told("openai-chat", false, answer).metadata).toMatchObject({ web_search: { results: 2, steps: 1 } });
    const without = await send(rig.gateway.url, withBody(call, { web_search: false }));
    expect(told("openai-chat", false, without)).toMatchObject({ calls: ["web_search"], finish: "tool_calls" });
  });
});
