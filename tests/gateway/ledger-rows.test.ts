import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { askPriced, expectTold, ledgered, pricedProviders, providerName, totals } from "./ledger-support.ts";
import { createRouter, only, withBody, withHeaders } from "./routing-support.ts";
import { ask, type Call, KEY, type Rig, send, startRig } from "./support.ts";

const CHEAP = "a-key-with-a-tiny-budget";
const SLOW = "a-key-with-one-request-a-day";
const BOUND = "a-key-bound-to-one-model";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreProviders: pricedProviders,
    encryptionKey: "an-encryption-key-for-the-tests-of-the-ledger",
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "cheap", key: CHEAP, budgets: [{ window: "day", limit: 0.000_001 }] },
      { name: "slow", key: SLOW, limits: [{ unit: "requests", per: "day", limit: 1 }] },
      { name: "bound", key: BOUND, models: ["one-chat/m1"] },
    ],
    retries: { maxPerRequest: 1, budgetFloorPerSecond: 1000 },
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

const bearing = (call: Call, key: string) => withHeaders(call, { authorization: `Bearer ${key}` });
const plain = (model = "one-chat/m499") => ask("openai-chat", model, { text: "hi", stream: false });

describe("nothing is said of", () => {
  test.each<{ what: string; call: () => Call; status: number }>([
    { what: "a key that opens nothing", call: () => bearing(plain(), "not-a-key-of-this-gateway"), status: 401 },
    { what: "a model that the key may not ask", call: () => bearing(plain(), BOUND), status: 403 },
    { what: "a model that there is not", call: () => plain("no-such-provider/no-such-model"), status: 404 },
    { what: "a body that is not JSON", call: () => ({ ...plain(), raw: "{" }), status: 400 },
    { what: "a body that is too deep", call: () => ({ ...plain(), raw: "[".repeat(10_000) }), status: 400 },
    { what: "a wish that is none", call: () => withHeaders(plain(), { "x-signalbox-metadata": "loud" }), status: 400 },
    { what: "a budget that is used up", call: () => bearing(plain(), CHEAP), status: 429 },
  ])("$what ($status)", async ({ call, status }) => {
    const before = await totals(rig);
    const answer = await send(rig.gateway.url, call());
    expect(answer.status, answer.text).toBe(status);
    expect(await totals(rig)).toEqual(before);
    expect((await page()).every(({ state }) => state !== "admitted")).toBe(true);
    expect(rig.simulator.journal.length).toBe(0);
  });

  test("a rate limit that is used up", async () => {
    await ledgered(rig, () => send(rig.gateway.url, bearing(plain(), SLOW)));
    const before = await totals(rig);
    const answer = await send(rig.gateway.url, bearing(plain(), SLOW));
    expect(answer.status).toBe(429);
    expect(await totals(rig)).toEqual(before);
  });

  test("counting tokens", async () => {
    const before = await totals(rig);
    const { path, ...call } = ask("anthropic-messages", "one-messages/m499", { text: "hi", stream: false });
    const answer = await send(rig.gateway.url, { ...call, path: `${path}/count_tokens` });
    expect(answer.status, answer.text).toBe(200);
    expect(await totals(rig)).toEqual(before);
  });

  test("what is only explained", async () => {
    const before = await totals(rig);
    const answer = await send(rig.gateway.url, { ...plain(), path: "/v1/explain" });
    expect(answer.status, answer.text).toBe(200);
    expect(await totals(rig)).toEqual(before);
    expect(rig.simulator.journal.length).toBe(0);
  });

  test.each([false, true])("what is answered from what was answered before (stream: %s)", async (stream) => {
    const call = withHeaders(askPriced({ client: "openai-chat", upstreams: ["gemini"], stream }), {
      "idempotency-key": `once-${stream}`,
    });
    const { request } = await ledgered(rig, () => send(rig.gateway.url, call));
    expect(request.state).toBe("settled");
    const before = await totals(rig);
    const again = await send(rig.gateway.url, call);
    expect([again.status, again.headers["idempotency-replayed"]]).toEqual([200, "true"]);
    expect(await totals(rig)).toEqual(before);
    expect(rig.simulator.journal.length).toBe(1);
  });

  const page = async () => {
    const { requests } = await rig.store.usage.requests({ from: 0, to: Date.now() + 86_400_000, limit: 200 });
    return requests;
  };
});

describe("a row names", () => {
  test("the conversation, the sub-agent and its parent, as Claude Code calls them", async () => {
    const call = withHeaders(
      askPriced({ client: "anthropic-messages", upstreams: ["anthropic-messages"], stream: true }),
      {
        "x-claude-code-session-id": "session-1",
        "x-claude-code-agent-id": "agent-7",
        "x-claude-code-parent-agent-id": "agent-1",
      },
    );
    const { request } = await ledgered(rig, () => send(rig.gateway.url, call));
    expect(request).toMatchObject({ session: "session-1", agent: "agent-7", parent_agent: "agent-1" });
  });

  test("nothing that its client has not named, and no more than fits", async () => {
    const nameless = await ledgered(rig, () => send(rig.gateway.url, plain()));
    expect(nameless.request).toMatchObject({ session: null, agent: null, parent_agent: null, router: null });
    const long = withHeaders(plain(), { "x-claude-code-session-id": "s".repeat(5000) });
    const { request } = await ledgered(rig, () => send(rig.gateway.url, long));
    expect(request.session).toBe("s".repeat(200));
  });

  test("its router, who asked, and what was asked for", async () => {
    await createRouter(rig, { name: "night", defaultRoute: { variants: only("one-chat/m498") } });
    const { request } = await ledgered(rig, () => send(rig.gateway.url, plain("router/night")));
    expect(request).toMatchObject({
      router: "night",
      model: "router/night",
      target_model: "m498",
      provider: "one-chat",
      key_id: "config:tests",
      team_id: null,
      operation: "generate",
    });
  });

  test("the account that was asked, and the one that was asked before it", async () => {
    const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, plain("keyed/m")));
    expect(request).toMatchObject({ state: "settled", unpriced: 1, cost_nano: 0 });
    expect(attempts).toMatchObject([
      { error: "upstream_auth", provider: "keyed" },
      { error: null, unpriced: 1, cost_nano: null },
    ]);
    expect(new Set(attempts.map(({ credential }) => credential)).size).toBe(2);
  });

  test.each([false, true])(
    "what the upstream could not be told, and what the client could not be (stream: %s)",
    async (stream) => {
      const call = askPriced({
        client: "openai-chat",
        upstreams: ["anthropic-messages"],
        stream,
        text: "[[cache 900 50]] hi",
      });
      const answer = { dropped: "" };
      const { request, attempts } = await ledgered(rig, async () => {
        const { headers, text } = await send(
          rig.gateway.url,
          withBody(call, { logit_bias: { "50256": -100 }, seed: 7 }),
        );
        answer.dropped = `${String(headers["x-signalbox-dropped"])} ${text}`;
      });
      const names: unknown = JSON.parse(request.dropped ?? "[]");
      expect(names).toEqual(expect.arrayContaining(["logit-bias", "seed"]));
      // Anthropic says where its model ran, for which chat completions have no word.
      expect(names).toEqual(expect.arrayContaining([expect.stringContaining("usage")]));
      for (const name of Array.isArray(names) ? names : []) expect(answer.dropped).toContain(String(name));
      expectTold(rig, attempts[0]);
      expect(attempts).toMatchObject([{ cache_read_tokens: 900, cache_write_5m_tokens: 50 }]);
    },
  );

  test("a length that was reached, a refusal, and calls, as the ends that they are", async () => {
    const ends = [];
    for (const text of ["[[length]] [[say cut]]", '[[tool look {"at":"it"}]]', "[[say all of it]]"]) {
      const call = askPriced({ client: "gemini", upstreams: ["anthropic-messages"], stream: false, text });
      const tools = [{ functionDeclarations: [{ name: "look", parameters: { type: "object" } }] }];
      const { request } = await ledgered(rig, () => send(rig.gateway.url, withBody(call, { tools })));
      ends.push(request.finish_reason);
    }
    expect(ends).toEqual(["length", "tool-calls", "stop"]);
  });
});

test("what a row says is what its generation and its page tell", async () => {
  const call = askPriced({ client: "openai-chat", upstreams: ["gemini", "openai-chat"], stream: false });
  rig.simulator.faults.push("status=503");
  const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, call));
  const get = async (path: string) => JSON.parse((await send(rig.gateway.url, { method: "GET", path })).text);
  const { data } = await get(`/v1/generation?id=${request.id}`);
  expect(Math.round(data.total_cost * 1e9)).toBe(request.cost_nano);
  expect(data).toMatchObject({ state: "settled", provider_name: providerName("two", "openai-chat") });
  const told = await get(`/v1/usage/requests/${request.id}`);
  expect(JSON.stringify(told)).toContain(`"${attempts[0]?.error}"`);
});
