import { mkdtempSync, rmSync } from "node:fs";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "@signalbox/protocol";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildSnapshot } from "../../packages/gateway/src/catalogue/snapshot.ts";
import { holdSnapshot } from "../../packages/gateway/src/catalogue/snapshot-holder.ts";
import type { OwnedPolicy } from "../../packages/gateway/src/config/access.ts";
import { parseConfig } from "../../packages/gateway/src/config/load.ts";
import type { Exchange } from "../../packages/gateway/src/pipeline/exchange.ts";
import { sideCalls } from "../../packages/gateway/src/pipeline/features/side-calls.ts";
import type { SideCallOptions } from "../../packages/gateway/src/pipeline/features/side-calls-types.ts";
import { openExchange } from "../../packages/gateway/src/server/exchange.ts";
import { type OpenServices, openServices } from "../../packages/gateway/src/server/services.ts";
import { openStore, type Store } from "../../packages/gateway/src/store/open.ts";
import { KEY } from "./support.ts";

let simulator: Simulator;
let store: Store;
let open: OpenServices;
let snapshot: Exchange["snapshot"];
const folder = mkdtempSync(join(tmpdir(), "signalbox-side-calls-"));

beforeAll(async () => {
  simulator = await startSimulator();
  const { url } = simulator;
  const price = { input: 2, output: 10 };
  const provider = (endpoints: object, operations: object = {}) => ({
    auth: "none",
    models: [{ id: "m", price }],
    endpoints,
    operations,
  });
  const config = {
    server: { host: "127.0.0.1", port: 0 },
    data: folder,
    keys: [{ name: "tests", key: KEY }],
    providers: {
      chat: provider(
        { "openai-chat": { baseUrl: `${url}/v1` } },
        {
          embeddings: { format: "openai", baseUrl: `${url}/v1` },
          moderation: { format: "openai", baseUrl: `${url}/v1` },
        },
      ),
      responses: provider({ "openai-responses": { baseUrl: `${url}/v1` } }),
      messages: provider({ "anthropic-messages": { baseUrl: url } }),
      "own-gemini": provider({ gemini: { baseUrl: url } }, { embeddings: { format: "gemini", baseUrl: url } }),
      cohere: provider({}, { embeddings: { format: "cohere", baseUrl: url } }),
      voyage: provider({}, { embeddings: { format: "voyage", baseUrl: `${url}/voyage/v1` } }),
      dead: provider(
        { "openai-chat": { baseUrl: "http://127.0.0.1:9/v1" } },
        { embeddings: { format: "openai", baseUrl: "http://127.0.0.1:9/v1" } },
      ),
    },
    models: { "house-embeddings": { targets: ["dead/m", "cohere/m"] } },
  };
  const sources = { environment: {}, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "test.yaml", folder: ".", sources });
  snapshot = buildSnapshot(loaded, { environment: {}, keys: [] });
  store = await openStore({ folder });
  open = await openServices({
    snapshots: holdSnapshot(snapshot),
    store,
    redis: undefined,
    log: pino({ level: "silent" }),
  });
});
afterAll(async () => {
  await open.close();
  await store.close();
  await simulator.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  simulator.journal.clear();
  simulator.faults.clear();
});

function exchangeOf(policies: readonly OwnedPolicy[] = []): Exchange {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const surface = { dialect: "openai-chat", operation: "generate", framing: "sse", query: "" } as const;
  const exchange = openExchange({ request, response }, surface, { snapshot, services: open.services });
  const key = [...snapshot.keys.values()].find(({ name }) => name === "tests");
  if (key === undefined) throw new Error("There is no key.");
  exchange.outcome.key = { ...key, policies };
  return exchange;
}

const JUDGE: SideCallOptions = { purpose: "judge", timeoutMs: 5000 };
const QUESTION = { instructions: "Say what you are told.", input: "[[think hm]] [[say yes]]", maxOutputTokens: 50 };

const failure = (promise: Promise<unknown>): Promise<GatewayError> =>
  promise.then(
    () => {
      throw new Error("It did not fail.");
    },
    (error: unknown) => {
      if (error instanceof GatewayError) return error;
      throw error;
    },
  );

describe("a question", () => {
  test.each(["chat", "responses", "messages", "own-gemini"])(
    "is answered in text by %s, without its thinking",
    async (name) => {
      const exchange = exchangeOf();
      expect(await sideCalls(exchange, JUDGE).ask(`${name}/m`, QUESTION)).toBe("yes");
      const [record] = exchange.outcome.attempts;
      expect(record).toMatchObject({ provider: name, purpose: "judge", usage: { outputTokens: expect.any(Number) } });
      expect(record?.error).toBeUndefined();
      expect(simulator.journal.entries).toHaveLength(1);
      expect(JSON.stringify(simulator.journal.entries[0]?.json)).toContain('"temperature":0');
    },
  );
});

describe("embeddings", () => {
  test.each(["chat", "own-gemini", "cohere", "voyage"])("of %s are vectors in the order of the texts", async (name) => {
    const calls = sideCalls(exchangeOf(), { purpose: "embedding", timeoutMs: 5000 });
    const both = await calls.embed(`${name}/m`, ["one text", "quite another"]);
    const [second] = await calls.embed(`${name}/m`, ["quite another"]);
    expect(both).toHaveLength(2);
    expect(both[0]).toBeInstanceOf(Float32Array);
    expect(both[1]).toEqual(second);
    expect(both[0]).not.toEqual(second);
  });

  test("of no texts ask nobody", async () => {
    expect(await sideCalls(exchangeOf(), JUDGE).embed("chat/m", [])).toEqual([]);
    expect(simulator.journal.entries).toEqual([]);
  });

  test("of a public name come from whoever answers, and each try is recorded", async () => {
    const exchange = exchangeOf();
    expect(await sideCalls(exchange, JUDGE).embed("house-embeddings", ["text"])).toHaveLength(1);
    const tried = exchange.outcome.attempts.map(({ provider, dialect, error }) => [provider, dialect, error?.code]);
    expect(tried).toEqual([
      ["dead", "openai-embeddings", "upstream_unreachable"],
      ["cohere", "cohere-embeddings", undefined],
    ]);
  });
});

test("verdicts stand in the order of the texts", async () => {
  const verdicts = await sideCalls(exchangeOf(), JUDGE).moderate("chat/m", ["mend it", "kill it"]);
  expect(verdicts.map(({ flagged, categories }) => [flagged, categories])).toEqual([
    [false, []],
    [true, ["violence"]],
  ]);
  expect(verdicts[1]?.scores["violence"]).toBeGreaterThan(0.5);
});

describe("privacy", () => {
  const owned = (policy: OwnedPolicy["policy"]): readonly OwnedPolicy[] => [{ kind: "team", id: "research", policy }];

  test.each<{ policy: OwnedPolicy["policy"] }>([
    { policy: { privacy: { blockedProviders: ["chat"] } } },
    { policy: { privacy: { regions: ["eu"] } } },
    { policy: { privacy: { zeroRetention: true } } },
    { policy: { providers: ["messages"] } },
  ])("of the caller holds: %j", async ({ policy }) => {
    const exchange = exchangeOf(owned(policy));
    const error = await failure(sideCalls(exchange, JUDGE).ask("chat/m", QUESTION));
    expect(error.code).toBe("permission_denied");
    expect(simulator.journal.entries).toEqual([]);
    expect(exchange.outcome.attempts).toEqual([]);
  });

  test("leaves those of several that may see the words", async () => {
    const exchange = exchangeOf(owned({ privacy: { blockedProviders: ["dead"] } }));
    await sideCalls(exchange, JUDGE).embed("house-embeddings", ["text"]);
    expect(exchange.outcome.attempts.map(({ provider }) => provider)).toEqual(["cohere"]);
  });

  test("is no list of models", async () => {
    const exchange = exchangeOf(owned({ models: ["something-else"] }));
    expect(await sideCalls(exchange, JUDGE).ask("chat/m", QUESTION)).toBe("yes");
  });
});

describe("a call that fails", () => {
  test.each(["chat", "responses", "messages", "own-gemini"])(
    "costs what it used where %s has thought and said nothing",
    async (name) => {
      const exchange = exchangeOf();
      const question = { ...QUESTION, input: "[[think hm, what a question]] [[tool look]]" };
      expect((await failure(sideCalls(exchange, JUDGE).ask(`${name}/m`, question))).code).toBe(
        "upstream_invalid_response",
      );
      const used = simulator.journal.entries[0]?.usage;
      const [record] = exchange.outcome.attempts;
      expect(record?.usage).toMatchObject({ inputTokens: used?.input, outputTokens: used?.output });
      expect(record?.usageEstimated).toBeUndefined();
    },
  );

  test("says that nobody has the model, or the API", async () => {
    expect((await failure(sideCalls(exchangeOf(), JUDGE).ask("nobody/m", QUESTION))).code).toBe("model_not_found");
    expect((await failure(sideCalls(exchangeOf(), JUDGE).moderate("cohere/m", ["x"]))).code).toBe(
      "unsupported_feature",
    );
  });

  test("is over when its time is, and counts as read", async () => {
    simulator.faults.push({ type: "slow-first-token", ms: 5000, model: "m" });
    const exchange = exchangeOf();
    const error = await failure(sideCalls(exchange, { purpose: "judge", timeoutMs: 50 }).ask("messages/m", QUESTION));
    expect(error.code).toBe("upstream_timeout");
    expect(exchange.outcome.attempts).toMatchObject([{ usageEstimated: true, usage: { outputTokens: 0 } }]);
    // Whoever had less time than the operator gives it is not ill.
    expect(
      open.services.health.readiness({ provider: "messages", model: "m", credential: undefined }, performance.now())
        .state,
    ).toBe("ready");
  });

  test("ends with its client, unless it is made afterwards", async () => {
    const exchange = exchangeOf();
    exchange.clientGone.abort(new GatewayError("client_closed", "The client went away."));
    expect((await failure(sideCalls(exchange, JUDGE).ask("chat/m", QUESTION))).code).toBe("client_closed");
    expect(await sideCalls(exchange, { ...JUDGE, afterwards: true }).ask("chat/m", QUESTION)).toBe("yes");
  });
});

test("what is asked afterwards stands in the ledger as a request of its own", async () => {
  const exchange = exchangeOf();
  await sideCalls(exchange, { purpose: "shadow", timeoutMs: 5000, afterwards: true }).ask("chat/m", QUESTION);
  expect(exchange.outcome.attempts).toEqual([]);
  await open.ledger.flush();
  const { requests } = await store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 1 });
  const attempts = await store.usage.attemptsOf(requests[0]?.id ?? "");
  expect(requests[0]).toMatchObject({ operation: "side-call", model: "chat/m", state: "settled", provider: "chat" });
  expect(attempts).toHaveLength(1);
  const [{ input_tokens: input = 0, output_tokens: output = 0, cost_nano: cost = 0 } = {}] = attempts;
  expect(cost).toBe((input ?? 0) * 2000 + (output ?? 0) * 10_000);
  expect(cost).toBeGreaterThan(0);
});
