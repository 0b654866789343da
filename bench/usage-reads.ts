/**
 * How long reading the usage of a large SQLite ledger holds up everything else: the longest turn of the event loop while each kind of
 * question is answered, and how long the answer takes. `node bench/usage-reads.ts [folder]`: a folder is filled once, and kept.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { requestBody } from "../packages/gateway/src/server/admin/usage/shapes.ts";
import { answerCsv, answerUsage } from "../packages/gateway/src/server/admin/usage/usage-answers.ts";
import type { LedgerEntry } from "../packages/gateway/src/store/ledger/ledger-rows.ts";
import { openStore, type Store } from "../packages/gateway/src/store/open.ts";
import { databaseFile } from "../packages/gateway/src/store/sqlite.ts";

const REQUESTS = Number(process.env["BENCH_REQUESTS"] ?? 500_000);
const BATCH = 500;
/** The quickest of them is told: in the others the machine did something else. */
const ROUNDS = 5;
const DAYS = 30;
const END = Date.UTC(2026, 10, 21, 12);
const SPAN = (DAYS - 1) * 86_400_000;

const questions: readonly (readonly [name: string, ask: "usage" | "requests" | "csv", query: string])[] = [
  ["sums by day and model", "usage", "group_by=day,model"],
  ["sums by key, part of a day", "usage", "group_by=key&from=2026-11-20T13:00:00Z"],
  ["sums of one state", "usage", "state=failed"],
  ["sums by session", "usage", "group_by=session"],
  ["sums by session, 10,000 of them", "usage", "group_by=session&limit=10000"],
  ["sums by session and model", "usage", "group_by=session,provider,model"],
  ["sums by hour of seven days", "usage", "group_by=hour,model&from=2026-11-14&to=2026-11-21"],
  ["requests, 200 of them", "requests", ""],
  ["requests of one key", "requests", "key=key-3"],
  ["requests of one session", "requests", "session=session-77"],
  ["requests of a model that nobody asked", "requests", "model=none"],
  ["CSV of a day", "csv", "from=2026-11-19&to=2026-11-20"],
  ["CSV of a day's attempts", "csv", "rows=attempts&from=2026-11-19&to=2026-11-20"],
  ["CSV of one key's attempts at a model", "csv", "rows=attempts&key_id=key-3&model=model-2"],
  ["CSV of a model that nobody asked", "csv", "model=none"],
];

function entryOf(index: number): LedgerEntry {
  const at = END - SPAN + Math.floor((index * SPAN) / REQUESTS);
  const time = at.toString(16).padStart(12, "0");
  const order = index.toString(16).padStart(12, "0");
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${order}`;
  const state = index % 20 === 7 ? "failed" : "settled";
  const attempt = {
    provider: `provider-${index % 4}`,
    model: `model-${index % 12}`,
    credential: "provider#1",
    dialect: "openai-chat",
    lane: "passthrough",
    startedAfterMs: 1,
    durationMs: 523,
    firstTokenMs: 210,
    usage: { inputTokens: 1200 + (index % 977), cacheReadTokens: 300, outputTokens: 450, reasoningTokens: 100 },
    costNano: 1_234_567 + (index % 1013),
    price: "provider/model@2026-11-21",
  } as const;
  return {
    admission: {
      id,
      at,
      key: `key-${index % 20}`,
      team: `team-${index % 5}`,
      session: `session-${(index * 7919) % 40_000}`,
      dialect: "openai-chat",
      operation: "generate",
      model: "fast",
      stream: true,
      reservedNano: 2_000_000,
    },
    settlement: {
      id,
      state,
      status: state === "settled" ? 200 : 503,
      answeredBy: 0,
      attempts: index % 6 === 0 ? [attempt, attempt] : [attempt],
      costNano: 0,
      unpriced: false,
      durationMs: 530,
      firstTokenMs: 211,
      overheadMs: 7,
      dropped: [],
    },
  };
}

async function fill(store: Store): Promise<void> {
  for (let from = 0; from < REQUESTS; from += BATCH) {
    const size = Math.min(BATCH, REQUESTS - from);
    await store.ledger.write(
      Array.from({ length: size }, (_, more) => entryOf(from + more)),
      "bench",
    );
  }
}

/** Characters of the answer, as it would be sent. */
async function answer({ usage }: Store, ask: (typeof questions)[number][1], text: string): Promise<number> {
  const query = new URLSearchParams(text);
  const call = { query, usage, scope: {}, now: END };
  if (ask === "requests") {
    const filters = Object.fromEntries(["key", "session", "model"].flatMap((of) => filterOf(query, of)));
    const { requests } = await usage.requests({ from: END - SPAN, to: END, filters, limit: 200 });
    const names = await usage.names({ key: requests.map(({ key_id }) => key_id) });
    return JSON.stringify(requests.map((request) => requestBody(request, names))).length;
  }
  const { body, stream } = await (ask === "usage" ? answerUsage(call) : answerCsv(call));
  if (stream === undefined) return JSON.stringify(body).length;
  let length = 0;
  for await (const piece of stream) {
    length += piece.length;
    // A connection takes a turn for each piece.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return length;
}

function filterOf(query: URLSearchParams, name: string): readonly (readonly [string, readonly string[]])[] {
  const values = query.getAll(name);
  return values.length === 0 ? [] : [[name, values]];
}

interface Turn {
  readonly ms: number;
  /** CPU time of this thread: what else the machine does is not in it. */
  readonly cpuMs: number;
}

/** The longest time in which nothing else had a turn, until `stop`. */
function watchTurns(): { readonly stop: () => Promise<Turn> } {
  const cpuNow = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let longest: Turn = { ms: 0, cpuMs: 0 };
  let last = { at: performance.now(), cpu: cpuNow() };
  const timer = setInterval(() => {
    const now = { at: performance.now(), cpu: cpuNow() };
    longest = {
      ms: Math.max(longest.ms, now.at - last.at - 1),
      cpuMs: Math.max(longest.cpuMs, now.cpu - last.cpu),
    };
    last = now;
  }, 1);
  return {
    stop: async () => {
      await sleep(5);
      clearInterval(timer);
      return longest;
    },
  };
}

async function measure(store: Store, [name, ask, query]: (typeof questions)[number]): Promise<void> {
  const turns: Turn[] = [];
  const took: number[] = [];
  let length = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(50);
    const watched = watchTurns();
    await sleep(5);
    const startedAt = performance.now();
    length = await answer(store, ask, query);
    took.push(performance.now() - startedAt);
    turns.push(await watched.stop());
  }
  const least = (of: readonly number[]) => Math.min(...of).toFixed(1);
  console.log(
    `${name}: longest turn ${least(turns.map(({ ms }) => ms))} ms, ${least(turns.map(({ cpuMs }) => cpuMs))} ms of CPU; ` +
      `answered in ${least(took)} ms (${Math.ceil(length / 1024)} KB)`,
  );
}

const kept = process.argv[2];
const folder = kept ?? mkdtempSync(join(tmpdir(), "signalbox-bench-"));
const isFilled = existsSync(databaseFile(folder));
const store = await openStore({ folder });
try {
  if (!isFilled) await fill(store);
  for (const question of questions) await measure(store, question);
} finally {
  await store.close();
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
}
