import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerJson, createRouter, only, startUpstream, targetOf, type Upstream } from "./routing-support.ts";
import { ask, type Call, DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";

type DialectName = (typeof DIALECTS)[number];

const A = "good-key-of-account-a";
const B = "good-key-of-account-b";
const ALL = ["chat", "responses", "messages", "own-gemini"] as const;
const targets = (...names: readonly string[]) => ({ targets: names });

let upstreams: Upstream[] = [];
let rig: Rig;
// A gateway for each test: one that remembers failures would pass over what the next test wants to see fail.
beforeEach(async () => {
  upstreams = [];
  rig = await startRig({
    timeouts: { firstTokenMs: 5_000, totalMs: 5_000 },
    moreProviders: (url) => ({
      two: {
        auth: "bearer",
        models: ["m", "other"],
        credentials: [
          { key: A, priority: 0 },
          { key: B, priority: 1 },
        ],
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
      },
      sizes: {
        auth: "none",
        models: [{ id: "small", contextTokens: 32_000 }, { id: "large", contextTokens: 200_000 }, "unknown"],
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
      },
    }),
    models: {
      pair: targets("chat/sim-model", "messages/sim-model"),
      all: targets(...ALL.map((provider) => `${provider}/m`)),
      backwards: targets(...ALL.toReversed().map((provider) => `${provider}/m`)),
      "small-first": targets("sizes/small", "chat/m", "sizes/unknown", "sizes/large"),
      "large-first": targets("sizes/large", "chat/m", "sizes/small"),
    },
  });
});
afterEach(async () => {
  await rig.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

const chat = (model: string) => ask("openai-chat", model, { text: "[[say hello]]", stream: false });
const answerOf = (call: Call) => send(rig.gateway.url, call);
const journal = () => rig.simulator.journal.entries;
const models = () => journal().map(({ model }) => model);
const accounts = () => journal().map(({ headers }) => (headers.authorization === `Bearer ${A}` ? "A" : "B"));

describe("credentials", () => {
  test("429 pauses an account for its model: the next request does not ask it, another model does", async () => {
    rig.simulator.faults.push("status=429;retry-after=30");
    const first = await answerOf(chat("two/m"));
    expect(first.status).toBe(200);
    expect(accounts()).toEqual(["A", "B"]);
    expect((await answerOf(chat("two/m"))).status).toBe(200);
    expect(accounts()).toEqual(["A", "B", "B"]);
    expect((await answerOf(chat("two/other"))).status).toBe(200);
    expect(accounts()).toEqual(["A", "B", "B", "A"]);
  });

  test("401 rests an account whole: no model asks it", async () => {
    rig.simulator.faults.push("status=401");
    for (const model of ["two/m", "two/m", "two/other"]) expect((await answerOf(chat(model))).status).toBe(200);
    expect(accounts()).toEqual(["A", "B", "B", "B"]);
  });

  test("what a provider says of the key that it refuses is not told to clients", async () => {
    rig.simulator.faults.push("status=401");
    rig.simulator.faults.push("status=401");
    const answer = await answerOf(chat("two/m"));
    expect([answer.status, answer.text]).toEqual([502, expect.stringContaining("does not accept the gateway's")]);
    expect(answer.text).not.toContain("sk-sim");
  });

  test("403 rests an account for the model that it may not use, and for no other", async () => {
    rig.simulator.faults.push("status=403");
    for (const model of ["two/m", "two/m", "two/other"]) expect((await answerOf(chat(model))).status).toBe(200);
    expect(accounts()).toEqual(["A", "B", "B", "A"]);
  });

  test("403 of one request says nothing of a model that has just answered", async () => {
    await answerOf(chat("two/m"));
    rig.simulator.faults.push("status=403");
    for (const model of ["two/m", "two/m"]) expect((await answerOf(chat(model))).status).toBe(200);
    expect(accounts()).toEqual(["A", "A", "B", "A"]);
  });

  test("an account whose credit is spent is followed by the other one", async () => {
    rig.simulator.faults.push("quota");
    for (const model of ["two/m", "two/other"]) expect((await answerOf(chat(model))).status).toBe(200);
    expect(accounts()).toEqual(["A", "B", "B"]);
  });

  test("a server's failure is nobody's key: the same account is asked again", async () => {
    rig.simulator.faults.push("status=500");
    expect((await answerOf(chat("two/m"))).status).toBe(200);
    expect(accounts()).toEqual(["A", "A"]);
  });
});

describe("targets", () => {
  test("a model that the upstream does not know goes to the next target, and is then passed over", async () => {
    rig.simulator.faults.push("status=404");
    expect(targetOf(await answerOf(chat("pair")))).toBe("messages/sim-model");
    expect(targetOf(await answerOf(chat("pair")))).toBe("messages/sim-model");
    expect(journal()).toHaveLength(3);
  });

  test.each([false, true])("500 of the only target is asked again, and answered (stream: %s)", async (stream) => {
    rig.simulator.faults.push("status=500");
    const answer = await answerOf(ask("openai-chat", "chat/m", { text: "[[say hello]]", stream }));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("hello");
    expect(answer.headers["x-signalbox-attempts"]).toBe("2");
  });

  test("the only target is asked three times at most", async () => {
    rig.simulator.faults.push("status=500;times=20");
    const answer = await answerOf(chat("chat/m"));
    expect(answer.status).toBe(500);
    expect(journal()).toHaveLength(3);
    expect(answer.headers["x-should-retry"]).toBe("false");
  });

  test.each(DIALECTS)(
    "context overflow goes to a window that is declared to be larger, and to no other (%s)",
    async (dialect) => {
      const call = (model: string) => ask(dialect, model, { text: "[[say hello]]", stream: false });
      rig.simulator.faults.push("context-overflow");
      expect(targetOf(await answerOf(call("small-first")))).toBe("sizes/large");
      expect(models()).toEqual(["small", "large"]);
      rig.simulator.journal.clear();
      rig.simulator.faults.push("context-overflow");
      expect((await answerOf(call("large-first"))).status).toBe(400);
      expect(models()).toEqual(["large"]);
    },
  );

  test("a window that is too small is not asked where another one is known to do", async () => {
    const text = `[[say hello]]${"word ".repeat(40_000)}`;
    const answer = await answerOf(ask("openai-chat", "small-first", { text, stream: false }));
    expect(targetOf(answer)).toBe("chat/m");
    expect(journal()).toHaveLength(1);
  });
});

describe("a failure that is the request's own", () => {
  const OWN = [400, 405, 406, 409, 410, 411, 413, 414, 415, 418, 422, 431, 451];
  const PLANS: readonly ((provider: string) => string)[] = [
    () => "all",
    () => "backwards",
    () => "pair",
    () => "m",
    () => "two/m",
    () => "keyed/m",
    () => "inworld/fallbacks",
    (provider) => `${provider}/m`,
  ];

  test("never causes a second upstream call, whatever the status, the dialects and the plan", async () => {
    await createRouter(rig, {
      name: "fallbacks",
      defaultRoute: {
        variants: only("responses/m", { model_selection: { models: ["chat/m", "two/m", "messages/m"] } }),
      },
    });
    const cases = fc.record({
      status: fc.constantFrom(...OWN),
      dialect: fc.constantFrom(...DIALECTS),
      plan: fc.constantFrom(...PLANS),
      provider: fc.constantFrom(...ALL),
      stream: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ status, dialect, plan, provider, stream }) => {
        rig.simulator.journal.clear();
        rig.simulator.faults.push(`status=${status}`);
        const answer = await answerOf(ask(dialect, plan(provider), { text: "[[say hello]]", stream }));
        expect(journal().length).toBe(1);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(answer.headers["x-should-retry"]).toBe("false");
      }),
      { numRuns: 200 },
    );
  });

  const openai = {
    error: { message: "It was flagged.", type: "invalid_request_error", param: null, code: "content_policy_violation" },
  };
  const POLICY: Readonly<Record<DialectName, unknown>> = {
    "openai-chat": openai,
    "openai-responses": openai,
    "anthropic-messages": {
      type: "error",
      error: { type: "invalid_request_error", message: "Output blocked by content filtering policy" },
    },
    gemini: { error: { code: 400, message: "Blocked by safety settings.", status: "INVALID_ARGUMENT" } },
  };

  test.each(DIALECTS)("is not shopped around when it is refused by a content policy (%s)", async (dialect) => {
    const upstream = await startUpstream((_, response) => answerJson(response, 400, POLICY[dialect]));
    upstreams.push(upstream);
    const baseUrl = dialect.startsWith("openai") ? `${upstream.url}/v1` : upstream.url;
    await rig.close();
    rig = await startRig({
      moreProviders: () => ({ prude: { auth: "none", models: ["m"], endpoints: { [dialect]: { baseUrl } } } }),
      models: { pair: targets("prude/m", ...ALL.map((provider) => `${provider}/m`)) },
    });
    for (const client of DIALECTS) {
      for (const stream of [false, true]) {
        const answer = await answerOf(ask(client, "pair", { text: "hello", stream }));
        expect(answer.status).toBe(400);
      }
    }
    expect(upstream.calls).toHaveLength(2 * DIALECTS.length);
    expect(journal()).toHaveLength(0);
  });
});

describe("what the client is told of retries", () => {
  test("x-should-retry is false once our own are spent", async () => {
    rig.simulator.faults.push("status=503;times=50");
    for (const dialect of DIALECTS) {
      const answer = await answerOf(ask(dialect, "pair", { text: "hello", stream: false }));
      expect(answer.status).toBeGreaterThanOrEqual(500);
      expect(answer.headers["x-should-retry"]).toBe("false");
    }
  });

  test.each(DIALECTS)("the upstream's retry-after is relayed where nobody else was asked (%s)", async (dialect) => {
    rig.simulator.faults.push("status=429;retry-after=7");
    const answer = await answerOf(ask(dialect, `${PROVIDERS[dialect]}/m`, { text: "hello", stream: false }));
    expect(answer.status).toBe(429);
    expect(answer.headers["retry-after"]).toBe("7");
    expect(answer.headers["x-should-retry"]).not.toBe("false");
  });

  test("a wait that no client should sit out is no reason to retry", async () => {
    rig.simulator.faults.push("status=429;retry-after=3600");
    const answer = await answerOf(chat("chat/m"));
    expect(answer.headers["x-should-retry"]).toBe("false");
  });
});

describe("the deadline", () => {
  test.each([false, true])("spans the attempts (stream: %s)", async (stream) => {
    await rig.close();
    rig = await startRig({
      timeouts: { firstTokenMs: 20_000, totalMs: 20_000, deadlineMs: 600 },
      models: { trio: targets("chat/m", "messages/m", "responses/m") },
    });
    rig.simulator.faults.push("latency=300;status=503", "hang", "hang");
    const startedAt = performance.now();
    const answer = await answerOf(ask("openai-chat", "trio", { text: "hello", stream }));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(answer.status).toBe(504);
    expect(journal().map(({ url }) => url)).toEqual(["/v1/chat/completions", "/v1/messages"]);
    expect(
      (await rig.simulator.journal.waitFor(({ url, endedAt }) => url === "/v1/messages" && endedAt !== undefined))
        .aborted,
    ).toBe(true);
  });
});
