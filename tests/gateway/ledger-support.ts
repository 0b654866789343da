import { request as httpRequest } from "node:http";
import { expect } from "vitest";
import type { AttemptsTable, RequestsTable } from "../../packages/gateway/src/store/ledger/tables.ts";
import { wishing } from "./routing-support.ts";
import { ask, type Call, DIALECTS, KEY, type Rig, send } from "./support.ts";

export type DialectName = (typeof DIALECTS)[number];

/** US dollars per million tokens, so that a token costs a whole number of nano-dollars. Who answers shows in the cost. */
const PRICES = {
  one: { input: 3, output: 15, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6 },
  two: { input: 1.1, output: 4.7, cacheRead: 0.11, cacheWrite5m: 1.375, cacheWrite1h: 2.2 },
  /** Has little time. */
  brief: { input: 2, output: 7, cacheRead: 0.2, cacheWrite5m: 2.5, cacheWrite1h: 4 },
  /** Only what is written costs something: a thousandth of a dollar a token. */
  held: { input: 0, output: 1000, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
};

type Side = keyof typeof PRICES;

const SHORT: Readonly<Record<DialectName, string>> = {
  "openai-chat": "chat",
  "openai-responses": "responses",
  "anthropic-messages": "messages",
  gemini: "gemini",
};

export const providerName = (side: Side, dialect: DialectName): string => `${side}-${SHORT[dialect]}`;

/** Providers `one-*`, `two-*` and `brief-*` of each dialect, at the simulator. They have so many models that no test has to share one's health. */
export function pricedProviders(url: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    SIDES.flatMap((side) =>
      DIALECTS.map((dialect) => [
        providerName(side, dialect),
        {
          auth: "none",
          models: Array.from({ length: MODELS }, (_, count) => ({
            id: `m${count}`,
            price: PRICES[side],
            prefill: true,
          })),
          endpoints: { [dialect]: { baseUrl: baseUrl(dialect, url) } },
          ...(side === "brief" ? { timeouts: { firstTokenMs: 250, idleMs: 250, stallMs: 250, totalMs: 800 } } : {}),
        },
      ]),
    ),
  );
}

const SIDES: readonly Side[] = ["one", "two", "brief", "held"];
const MODELS = 500;

export const baseUrl = (dialect: DialectName, url: string): string =>
  dialect === "anthropic-messages" || dialect === "gemini" ? url : `${url}/v1`;

let taken = 0;

/** The name of a model that no other test asks. */
export function freshModel(): string {
  taken += 1;
  if (taken >= MODELS) throw new Error("All models are taken.");
  return `m${taken}`;
}

export interface Asked {
  readonly client: DialectName;
  /** Who is asked first, and who may follow. */
  readonly upstreams: readonly DialectName[];
  readonly stream: boolean;
  readonly text?: string;
  /** Who is asked first has little time. */
  readonly brief?: true;
}

/** A request to `one` (or `brief`) of the first dialect, then to `two` of each following. */
export function askPriced({ client, upstreams, stream, text = "[[say Track nine is clear.]]", brief }: Asked): Call {
  const model = freshModel();
  const lead = brief === true ? "brief" : "one";
  const [first = "", ...rest] = upstreams.map(
    (dialect, at) => `${providerName(at === 0 ? lead : "two", dialect)}/${model}`,
  );
  const call = ask(client, first, { text, stream });
  return rest.length === 0 ? call : wishing(call, { models: rest });
}

export interface Rows {
  readonly request: RequestsTable;
  readonly attempts: readonly AttemptsTable[];
}

/**
 * Runs it and reads what the ledger says of the one request that it makes. Fails where the ledger has more or fewer new rows than
 * that one, or its own sums do not agree.
 */
export async function ledgered(rig: Rig, run: () => Promise<unknown>): Promise<Rows> {
  const before = await totals(rig);
  await run();
  await expect.poll(async () => (await totals(rig)).requests - before.requests, { timeout: 5000 }).toBeGreaterThan(0);
  const after = await totals(rig);
  // The newest: ids begin with their time.
  const { requests } = await rig.store.usage.requests({ ...EVER, limit: 1 });
  const [request] = requests;
  if (request === undefined) throw new Error("The ledger knows of no request.");
  const { id } = request;
  const attempts = await rig.store.usage.attemptsOf(id);
  expect(after.requests - before.requests).toBe(1);
  expect(after.costNano - before.costNano).toBe(BigInt(request.cost_nano));
  expectConsistent({ request, attempts });
  return { request, attempts };
}

const EVER = { from: 0, to: Date.UTC(2100, 0) };

/** Of all that has ended. */
export async function totals(rig: Rig) {
  // Whoever asks for a generation sees all that was settled before.
  await send(rig.gateway.url, { method: "GET", path: "/v1/generation?id=019ab000-0000-7000-8000-000000000000" });
  return rig.store.usage.totals(EVER);
}

/** What holds of every row, however its request ended. */
function expectConsistent({ request, attempts }: Rows): void {
  const sum = (count: (attempt: AttemptsTable) => number | null) =>
    attempts.reduce((total, attempt) => total + (count(attempt) ?? 0), 0);
  expect(request).toMatchObject({
    attempts: attempts.length,
    input_tokens: sum((attempt) => attempt.input_tokens),
    cache_read_tokens: sum((attempt) => attempt.cache_read_tokens),
    cache_write_tokens: sum((attempt) => (attempt.cache_write_5m_tokens ?? 0) + (attempt.cache_write_1h_tokens ?? 0)),
    output_tokens: sum((attempt) => attempt.output_tokens),
    cost_nano: sum((attempt) => attempt.cost_nano),
  });
  expect(attempts.map(({ position }) => position)).toEqual(attempts.map((_, at) => at));
  for (const attempt of attempts) {
    expect([attempt.provider, attempt.cost_nano]).toEqual([attempt.provider, costByHand(attempt)]);
    expect(attempt.started_after_ms).toBeGreaterThanOrEqual(0);
    expect(attempt.duration_ms).toBeGreaterThanOrEqual(attempt.first_token_ms ?? 0);
    expect(attempt.started_after_ms + attempt.duration_ms).toBeLessThanOrEqual((request.duration_ms ?? 0) + 1);
  }
  const { duration_ms: duration, overhead_ms: overhead, first_token_ms: firstToken } = request;
  if (duration === null || overhead === null) throw new Error("The request has no latencies.");
  expect(overhead).toBeGreaterThanOrEqual(0);
  expect(overhead).toBeLessThanOrEqual(duration);
  expect(firstToken ?? 0).toBeLessThanOrEqual(duration);
}

/** Of providers at these prices, or null: nothing was used. */
function costByHand(attempt: AttemptsTable): number | null {
  if (attempt.unpriced === 1 || attempt.output_tokens === null) return null;
  const rates = PRICES[SIDES.find((side) => attempt.provider.startsWith(side)) ?? "one"];
  const dollarsPerMillion =
    (attempt.input_tokens ?? 0) * rates.input +
    (attempt.cache_read_tokens ?? 0) * rates.cacheRead +
    (attempt.cache_write_5m_tokens ?? 0) * rates.cacheWrite5m +
    (attempt.cache_write_1h_tokens ?? 0) * rates.cacheWrite1h +
    attempt.output_tokens * rates.output;
  return Math.round(dollarsPerMillion * 1000);
}

/** That the attempt used what the simulator has written in its journal for that call. */
export function expectTold(rig: Rig, attempt: AttemptsTable | undefined, at = 0): void {
  const usage = rig.simulator.journal.entries[at]?.usage;
  if (attempt === undefined || usage === undefined) throw new Error("There is no such call.");
  const input =
    (attempt.input_tokens ?? 0) +
    (attempt.cache_read_tokens ?? 0) +
    (attempt.cache_write_5m_tokens ?? 0) +
    (attempt.cache_write_1h_tokens ?? 0);
  expect({ input, output: attempt.output_tokens, estimated: attempt.estimated }).toEqual({ ...usage, estimated: 0 });
}

/** Asks, and goes away: once so many upstreams have been asked, or once something has come of what the last of them writes. */
export async function leave(
  rig: Rig,
  call: Call,
  when: { readonly asked: number } | { readonly reading: number },
): Promise<void> {
  const { journal } = rig.simulator;
  const before = journal.length;
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
      if ("reading" in when && journal.length - before >= when.reading) outgoing.destroy();
    });
  });
  outgoing.end(JSON.stringify(call.body));
  if ("asked" in when) {
    const last = before + when.asked - 1;
    await journal.waitFor((entry) => entry.body.length > 0 && journal.entries.indexOf(entry) >= last);
    outgoing.destroy();
  }
  await gone;
}

export const PAIRS = DIALECTS.flatMap((client) => DIALECTS.map((upstream) => ({ client, upstream })));
