import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AttemptsTable, RequestsTable } from "../../packages/gateway/src/store/ledger/tables.ts";
import { totals } from "./ledger-support.ts";
import { type Answer, type Call, KEY, type Rig, send, startRig } from "./support.ts";

const POOR = "a-key-with-a-tiny-budget";
const SLOW = "a-key-with-one-request-a-day";
const FEW_TOKENS = "a-key-with-ten-tokens-a-day";
const BOUNDARY = "a-boundary-of-forms";

let rig: Rig;
beforeAll(async () => {
  const models = (price: object | undefined) =>
    Array.from({ length: 400 }, (_, count) => ({ id: `m${count}`, ...(price !== undefined && { price }) }));
  const timeouts = { firstTokenMs: 250, idleMs: 250, stallMs: 250, totalMs: 800 };
  const provider = (operations: object, price?: object) => ({
    auth: "none",
    models: models(price),
    operations,
    timeouts,
  });
  const tokens = { input: 2, output: 0 };
  const drawn = { input: 5, output: 12, imageInput: 10, imageOutput: 40 };
  rig = await startRig({
    moreProviders: (url) => ({
      "embed-openai": provider({ embeddings: { format: "openai", baseUrl: `${url}/v1` } }, tokens),
      "embed-gemini": provider({ embeddings: { format: "gemini", baseUrl: url } }, tokens),
      "embed-cohere": provider({ embeddings: { format: "cohere", baseUrl: url } }, tokens),
      "embed-voyage": provider({ embeddings: { format: "voyage", baseUrl: `${url}/voyage/v1` } }, tokens),
      "rank-cohere": provider({ rerank: { format: "cohere", baseUrl: url } }, { perThousandSearchUnits: 2 }),
      "rank-voyage": provider({ rerank: { format: "voyage", baseUrl: `${url}/voyage/v1` } }, { input: 3, output: 0 }),
      "draw-openai": provider(
        {
          images: { format: "openai", baseUrl: `${url}/v1` },
          "image-edits": { format: "openai", baseUrl: `${url}/v1` },
        },
        drawn,
      ),
      "draw-imagen": provider({ images: { format: "imagen", baseUrl: url } }, { perImage: 0.04 }),
      unpriced: provider({ embeddings: { format: "openai", baseUrl: `${url}/v1` } }),
    }),
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "poor", key: POOR, budgets: [{ window: "day", limit: 0.000_001 }] },
      { name: "slow", key: SLOW, limits: [{ unit: "requests", per: "day", limit: 1 }] },
      { name: "few", key: FEW_TOKENS, limits: [{ unit: "tokens", per: "day", limit: 10 }] },
    ],
    retries: { maxPerRequest: 1, budgetFloorPerSecond: 1000 },
    models: Object.fromEntries(
      Array.from({ length: 20 }, (_, count) => [
        `fallback-${count}`,
        { targets: [`embed-openai/m${380 + count}`, `embed-gemini/m${380 + count}`] },
      ]),
    ),
  });
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

let taken = 0;
const fresh = (provider: string): string => {
  taken += 1;
  return `${provider}/m${taken}`;
};

let fallbacks = 0;
const freshFallback = (): string => {
  fallbacks += 1;
  return `fallback-${fallbacks}`;
};

const json =
  (path: string, body: object) =>
  (model: string): Call => ({ path, body: { model, ...body } });
const form = (model: string): Call => {
  const field = (name: string, value: string) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const file = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\ncontent-type: image/png\r\n\r\nPNG\r\n`;
  return {
    path: "/v1/images/edits",
    raw: `${field("model", model)}${field("prompt", PROMPT)}${file}--${BOUNDARY}--\r\n`,
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
  };
};

const PROMPT = "a signal box at night";
const TEXTS = ["a cat", "a dog and a cat"];
const RANKED = { query: "red fox", documents: Array.from({ length: 150 }, (_, index) => `document ${index}`) };

interface Kind {
  readonly name: string;
  readonly provider: string;
  readonly call: (model: string) => Call;
  /** In nano-dollars, by what the simulator has written down and the prices above. */
  readonly cost: () => number;
}

const told = () => {
  const usage = rig.simulator.journal.last()?.usage;
  if (usage === undefined) throw new Error("The simulator has told of no usage.");
  return usage;
};
const embeddingCost = () => told().input * 2000;
/** A picture that is shown is 323 tokens of the simulator's. */
const pictureCost = (shown: number) => {
  const { input, output } = told();
  return (input - shown * 323) * 5000 + shown * 323 * 10_000 + output * 40_000;
};

const KINDS: readonly Kind[] = [
  ...["openai", "gemini", "cohere", "voyage"].map((format) => ({
    name: `embeddings by ${format}`,
    provider: `embed-${format}`,
    call: json("/v1/embeddings", { input: TEXTS }),
    cost: embeddingCost,
  })),
  { name: "ranks by cohere", provider: "rank-cohere", call: json("/v2/rerank", RANKED), cost: () => 2 * 2_000_000 },
  {
    name: "ranks by voyage",
    provider: "rank-voyage",
    call: json("/v1/rerank", RANKED),
    cost: () => told().input * 3000,
  },
  {
    name: "pictures by openai",
    provider: "draw-openai",
    call: json("/v1/images/generations", { prompt: PROMPT, n: 2 }),
    cost: () => pictureCost(0),
  },
  {
    name: "pictures by openai, streamed",
    provider: "draw-openai",
    call: json("/v1/images/generations", { prompt: PROMPT, stream: true, partial_images: 2 }),
    cost: () => pictureCost(0),
  },
  {
    name: "pictures by imagen",
    provider: "draw-imagen",
    call: json("/v1/images/generations", { prompt: PROMPT, n: 3 }),
    cost: () => 3 * 40_000_000,
  },
  { name: "edits by a form", provider: "draw-openai", call: form, cost: () => pictureCost(1) },
];

interface Rows {
  readonly request: RequestsTable;
  readonly attempts: readonly AttemptsTable[];
}

/** The one row that it makes, and its attempts. */
async function ledgered(run: () => Promise<unknown>): Promise<Rows> {
  const before = await totals(rig);
  await run();
  await expect.poll(async () => (await totals(rig)).requests - before.requests, { timeout: 5000 }).toBe(1);
  const after = await totals(rig);
  const { requests } = await rig.store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 1 });
  const [request] = requests;
  if (request === undefined) throw new Error("The ledger knows of no request.");
  const attempts = await rig.store.usage.attemptsOf(request.id);
  expect(after.costNano - before.costNano).toBe(BigInt(request.cost_nano));
  expect(attempts.reduce((sum, { cost_nano: cost }) => sum + (cost ?? 0), 0)).toBe(request.cost_nano);
  expect(request.attempts).toBe(attempts.length);
  return { request, attempts };
}

/** Asks, and goes away once the upstream has what is asked, or once something has come. */
async function leave(call: Call, when: "asked" | "reading"): Promise<void> {
  const outgoing = httpRequest(rig.gateway.url + call.path, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...call.headers },
    agent: false,
  });
  const gone = new Promise<void>((resolve) => outgoing.on("close", () => resolve()));
  outgoing.on("error", () => undefined);
  outgoing.on("response", (incoming) => {
    incoming.on("error", () => undefined);
    incoming.on("data", () => {
      if (when === "reading") outgoing.destroy();
    });
  });
  outgoing.end(call.raw ?? JSON.stringify(call.body));
  if (when === "asked") {
    await rig.simulator.journal.waitFor(({ faults }) => faults.length > 0);
    outgoing.destroy();
  }
  await gone;
}

const ENDINGS: readonly { readonly fault: string; readonly status: number; readonly error: string }[] = [
  { fault: "status=400", status: 400, error: "invalid_request" },
  { fault: "status=401", status: 502, error: "upstream_auth" },
  { fault: "status=429", status: 429, error: "upstream_rate_limited" },
  { fault: "status=500", status: 502, error: "upstream_error" },
  { fault: "cut", status: 502, error: "upstream_error" },
  { fault: "reset", status: 502, error: "upstream_error" },
  { fault: "hang", status: 504, error: "upstream_timeout" },
  { fault: "html", status: 502, error: "upstream_invalid_response" },
  { fault: "ok-with-error-body", status: 502, error: "upstream_invalid_response" },
];

describe.each(KINDS)("$name", ({ provider, call, cost }) => {
  const asked = () => call(fresh(provider));
  let answer: Answer;
  const sent = async (made: Call) => {
    answer = await send(rig.gateway.url, made);
  };

  test("that are made cost what the upstream says, once", async () => {
    const { request, attempts } = await ledgered(() => sent(asked()));
    expect(answer.status, answer.text).toBe(200);
    expect(request).toMatchObject({ state: "settled", status: 200, error: null, cost_nano: cost(), unpriced: 0 });
    expect(attempts).toMatchObject([{ provider, estimated: 0, error: null }]);
  });

  test.each(ENDINGS)("that end in $fault are one row that costs nothing", async ({ fault, status, error }) => {
    rig.simulator.faults.push(`${fault},times=2`);
    const { request, attempts } = await ledgered(() => sent(asked()));
    // A refusal in the client's own API has the upstream's own status.
    expect([status, Number(fault.replace("status=", ""))]).toContain(answer.status);
    expect(request).toMatchObject({ status: answer.status, error, state: "failed", cost_nano: 0 });
    for (const attempt of attempts) expect(attempt).toMatchObject({ provider, error, cost_nano: null });
  });

  test("that nobody waits for are one row that costs nothing", async () => {
    rig.simulator.faults.push("hang");
    const { request } = await ledgered(() => leave(asked(), "asked"));
    expect(request).toMatchObject({ state: "cancelled", error: "client_closed", cost_nano: 0, attempts: 1 });
  });
});

describe("embeddings", () => {
  const body = { input: TEXTS };

  test("that the next provider makes cost what it says, and nothing before", async () => {
    rig.simulator.faults.push("status=500");
    const { request, attempts } = await ledgered(() =>
      send(rig.gateway.url, json("/v1/embeddings", body)(freshFallback())),
    );
    expect(request).toMatchObject({ state: "settled", provider: "embed-gemini", cost_nano: embeddingCost() });
    expect(attempts).toMatchObject([
      { provider: "embed-openai", error: "upstream_error", cost_nano: null },
      { provider: "embed-gemini", error: null, cost_nano: embeddingCost() },
    ]);
  });

  test.each(["malformed-after=1", "cut-after=1", "reset-after=1", "wrong-content-type"])(
    "whose answer has %s are made by the next provider, or read for what they are",
    async (fault) => {
      rig.simulator.faults.push(fault);
      const call = json("/v1/embeddings", body)(freshFallback());
      const { request } = await ledgered(() => send(rig.gateway.url, call));
      expect(request).toMatchObject({ state: "settled", status: 200, error: null, cost_nano: embeddingCost() });
    },
  );

  test("that are asked for again by their key are told once", async () => {
    const call = { ...json("/v1/embeddings", body)(fresh("embed-openai")), headers: { "idempotency-key": "once" } };
    await ledgered(() => send(rig.gateway.url, call));
    const before = await totals(rig);
    const again = await send(rig.gateway.url, call);
    expect([again.status, again.headers["idempotency-replayed"]]).toEqual([200, "true"]);
    expect(await totals(rig)).toEqual(before);
    expect(rig.simulator.journal.length).toBe(1);
  });

  test("whose price nobody knows are unpriced", async () => {
    const { request } = await ledgered(() => send(rig.gateway.url, json("/v1/embeddings", body)(fresh("unpriced"))));
    expect(request).toMatchObject({ state: "settled", unpriced: 1, cost_nano: 0, input_tokens: told().input });
  });
});

describe("a stream of pictures", () => {
  const stream = json("/v1/images/generations", { prompt: PROMPT, stream: true, partial_images: 3 });

  test("that is cut is one row of a failure, which is not told to have cost nothing", async () => {
    rig.simulator.faults.push("cut-after=2");
    const { request, attempts } = await ledgered(() => send(rig.gateway.url, stream(fresh("draw-openai"))));
    expect(request).toMatchObject({ state: "failed", error: "upstream_truncated" });
    expect(attempts).toMatchObject([{ estimated: 1 }]);
    expect(request.cost_nano).toBeGreaterThan(0);
  });

  test("that nobody reads on is one row of a cancellation", async () => {
    rig.simulator.faults.push("stall-after=1");
    const { request } = await ledgered(() => leave(stream(fresh("draw-openai")), "reading"));
    expect(request).toMatchObject({ state: "cancelled", error: "client_closed", attempts: 1 });
  });
});

describe("nothing is said of", () => {
  const bearing = (call: Call, key: string): Call => ({
    ...call,
    headers: { ...call.headers, authorization: `Bearer ${key}` },
  });
  const embeddings = json("/v1/embeddings", { input: TEXTS });

  test.each<{ readonly what: string; readonly call: () => Call; readonly status: number }>([
    { what: "what cannot be read", call: () => ({ ...embeddings("a/b"), raw: "{" }), status: 400 },
    { what: "a model that there is not", call: () => embeddings("nobody/m1"), status: 404 },
    { what: "a model that does something else", call: () => embeddings("rank-cohere/m1"), status: 400 },
    { what: "a budget that is used up", call: () => bearing(embeddings("embed-openai/m1"), POOR), status: 429 },
    { what: "pictures over a budget", call: () => bearing(form("draw-openai/m1"), POOR), status: 429 },
    {
      what: "more tokens than a limit",
      call: () => bearing(json("/v2/rerank", RANKED)("rank-voyage/m1"), FEW_TOKENS),
      status: 429,
    },
    {
      what: "a price that nobody knows, under a budget",
      call: () => bearing(embeddings("unpriced/m1"), POOR),
      status: 403,
    },
    {
      what: "a form that is to be done once",
      call: () => {
        const { headers, ...rest } = form("draw-openai/m1");
        return { ...rest, headers: { ...headers, "idempotency-key": "once" } };
      },
      status: 400,
    },
  ])("$what ($status)", async ({ call, status }) => {
    const before = await totals(rig);
    const answer = await send(rig.gateway.url, call());
    expect(answer.status, answer.text).toBe(status);
    expect(await totals(rig)).toEqual(before);
    expect(rig.simulator.journal.length).toBe(0);
  });

  test("a rate limit that is used up", async () => {
    await ledgered(() => send(rig.gateway.url, bearing(embeddings(fresh("embed-openai")), SLOW)));
    const before = await totals(rig);
    const answer = await send(rig.gateway.url, bearing(embeddings(fresh("embed-openai")), SLOW));
    expect(answer.status).toBe(429);
    expect(await totals(rig)).toEqual(before);
  });
});
