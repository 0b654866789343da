/**
 * What keys, limits and the ledger add to a request, in CPU time of this whole process, its threads included: `node
 * bench/accounts-side.ts`. A stored key that is known is authenticated, its limits and budgets are held, the ledger is told twice, and
 * the database takes it all, at a pace like that of a gateway that is busy: sixteen requests at a time, some thousand a second. Each
 * part is what it adds to a run without it. The servers are their own, and their CPU time is not counted.
 */
import { hash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { checkCaller } from "../packages/gateway/src/access/check-caller.ts";
import { type KeyDirectory, openKeyDirectory } from "../packages/gateway/src/access/key-directory.ts";
import type { Accounts } from "../packages/gateway/src/accounting/accounts.ts";
import { createAccounts } from "../packages/gateway/src/accounting/create-accounts.ts";
import type { Ledger } from "../packages/gateway/src/accounting/ledger/ledger.ts";
import { openLedger } from "../packages/gateway/src/accounting/ledger/open-ledger.ts";
import { defaultSettings } from "../packages/gateway/src/config/defaults.ts";
import { type MadeKey, makeKey } from "../packages/gateway/src/config/key-secret.ts";
import { secret } from "../packages/gateway/src/config/secret.ts";
import type { ClientKey } from "../packages/gateway/src/config/settings.ts";
import { uuidV7 } from "../packages/gateway/src/config/uuid.ts";
import { createLogger } from "../packages/gateway/src/observe/log.ts";
import { authenticate } from "../packages/gateway/src/pipeline/authenticate.ts";
import type { AttemptRow } from "../packages/gateway/src/store/ledger/ledger-rows.ts";
import { openStore, type Store } from "../packages/gateway/src/store/open.ts";
import { openSharedState } from "../packages/gateway/src/store/shared-state/open.ts";
import { databaseFile } from "../packages/gateway/src/store/sqlite.ts";
import { startPostgres } from "../tests/support/postgres-server.ts";
import { startRedis } from "../tests/support/redis-server.ts";
import { percentile } from "./load.ts";

const TOGETHER = 16;
const PAUSE_MS = 4;
const REQUESTS = 4_000;
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5);
const ACTOR = { id: "bench", name: "bench" };
const log = createLogger("error");
const micro = (value: number) => `${value.toFixed(1)} µs`;

interface Side {
  readonly keys?: KeyDirectory;
  readonly accounts?: Accounts;
  readonly ledger?: Ledger;
}

const attempts: readonly AttemptRow[] = [
  {
    provider: "openai",
    model: "gpt-5-mini",
    credential: "openai#1",
    dialect: "openai-chat",
    lane: "passthrough",
    startedAfterMs: 1,
    durationMs: 523,
    firstTokenMs: 210,
    usage: { inputTokens: 1200, cacheReadTokens: 300, outputTokens: 450, reasoningTokens: 100 },
    costNano: 1_234_567,
    price: "openai/gpt-5-mini@2026-11-21",
  },
];

const policy = {
  limits: [
    { unit: "requests", per: "minute", limit: 100_000_000 },
    { unit: "tokens", per: "minute", limit: 100_000_000_000 },
  ],
  concurrency: 100_000,
  budgets: [
    { per: "key", window: "day", limitNano: 9e15, softPercent: 80 },
    { per: "key", window: "month", limitNano: 9e15, softPercent: 80 },
  ],
} as const;

function requestWith(made: MadeKey): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  const headers = { host: "127.0.0.1", "content-type": "application/json", authorization: `Bearer ${made.shown}` };
  message.url = "/v1/chat/completions";
  Object.assign(message.headers, headers);
  message.rawHeaders = Object.entries(headers).flat();
  return message;
}

const server = { host: "127.0.0.1", port: 0, trustedProxies: [] };
const snapshot = { keys: new Map<string, ClientKey>(), server };

async function oneRequest({ keys, accounts, ledger }: Side, message: IncomingMessage, plain: ClientKey): Promise<void> {
  const now = Date.now();
  const id = uuidV7(now);
  let key = plain;
  if (keys !== undefined) {
    key = await authenticate(message, { snapshot, keys });
    checkCaller(key, { address: "127.0.0.1", now, surface: "openai-chat" });
  }
  const ask = { id, key, tokens: { input: 1_600, output: 4_096 }, worstNano: 9_000_000, leaseMs: 660_000 };
  const hold = await accounts?.admit(ask);
  await ledger?.admit({
    id,
    at: now,
    key: key.id,
    dialect: "openai-chat",
    operation: "generate",
    model: "fast",
    stream: false,
    reservedNano: ask.worstNano,
  });
  // The upstream's turn.
  await sleep(PAUSE_MS);
  ledger?.settle({
    id,
    state: "settled",
    status: 200,
    finishReason: "stop",
    answeredBy: 0,
    attempts,
    costNano: 1_234_567,
    unpriced: false,
    durationMs: 530,
    firstTokenMs: 211,
    overheadMs: 7,
    dropped: [],
  });
  hold?.settle({ tokens: { input: 1_500, output: 450 }, costNano: 1_234_567 });
  await ledger?.written();
}

/** Microseconds of CPU time a request. */
async function run(side: Side, message: IncomingMessage, plain: ClientKey): Promise<number> {
  const before = process.cpuUsage();
  for (let sent = 0; sent < REQUESTS; sent += TOGETHER) {
    await Promise.all(Array.from({ length: TOGETHER }, () => oneRequest(side, message, plain)));
  }
  await side.ledger?.flush();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / REQUESTS;
}

interface Place {
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
}

async function withStore<T>({ databaseUrl }: Place, use: (store: Store, folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  const remote =
    databaseUrl === undefined
      ? {}
      : { databaseUrl: secret(databaseUrl), encryptionKey: secret(randomBytes(32).toString("base64")) };
  const store = await openStore({ folder, ...remote });
  try {
    return await use(store, folder);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function directoryOf({ accounts }: Store): KeyDirectory {
  return openKeyDirectory({ store: accounts, keysMinutes: () => 60, log });
}

/** Prints what each part adds, and all of them. Rounds alternate, so that what else the machine does falls on all alike. */
async function measure(name: string, place: Place): Promise<void> {
  await withStore(place, async (store, folder) => {
    const made = makeKey();
    await store.accounts.keys.create({ ...made, name: "bench", policy }, ACTOR);
    const keys = directoryOf(store);
    const redis = place.redisUrl === undefined ? undefined : secret(place.redisUrl);
    const shared = await openSharedState({ redis, log });
    const spent = (...asked: Parameters<typeof store.ledger.spentNano>) => store.ledger.spentNano(...asked);
    const accounts = createAccounts({ shared, spent, settings: defaultSettings.outage, log });
    const ledger = await openLedger({ folder, store: store.ledger, settings: defaultSettings.ledger, log });
    const message = requestWith(made);
    const plain = await authenticate(message, { snapshot, keys });
    const sides: readonly Side[] = [{}, { keys }, { keys, accounts }, { keys, accounts, ledger }];
    const figures: number[][] = sides.map(() => []);
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [index, side] of sides.entries()) {
        const cpu = await run(side, message, plain);
        if (round > 0) figures[index]?.push(cpu);
      }
    }
    const added = (part: number, to: number) =>
      percentile(figures[part]?.map((cpu, round) => cpu - (figures[to]?.[round] ?? Number.NaN)) ?? [], 0.5);
    console.log(
      `${name}: keys ${micro(added(1, 0))}, reservation ${micro(added(2, 1))}, ledger ${micro(added(3, 2))}, together ${micro(added(3, 0))} CPU a request`,
    );
    await keys.close();
    await accounts.close();
    await ledger.close();
  });
}

/** How long a key is looked for among so many, in the database and among those that are known. */
async function lookUps(count: number): Promise<string> {
  return withStore({}, async (store, folder) => {
    const first = makeKey();
    await store.accounts.keys.create({ ...first, name: "bench", policy }, ACTOR);
    fill(databaseFile(folder), count);
    const looked = Math.min(count, 1_000);
    // Spread over all of them, so that few pages of the index are touched twice.
    const digests = Array.from({ length: looked }, (_, index) => digestOf(Math.floor((index * count) / looked)));
    const keys = directoryOf(store);
    await keys.refresh();
    const cold = await lookUp(keys, digests);
    const times = Math.ceil(20_000 / looked);
    const known = await lookUp(keys, Array.from({ length: times }, () => digests).flat());
    return `${count} keys: ${micro(cold)} in the database, ${micro(known)} where it is known`;
  });
}

const digestOf = (index: number): string => hash("sha256", `bench-${index}`, "hex");

/** By copies of the one key that is there. */
function fill(path: string, count: number): void {
  const database = new DatabaseSync(path);
  const columns = database
    .prepare("select name from pragma_table_info('keys')")
    .all()
    .map(({ name }) => `"${String(name)}"`);
  const values = columns.map((name) => (name === '"id"' || name === '"digest"' ? "?" : name));
  const insert = database.prepare(
    `insert into keys (${columns}) select ${values} from keys where name = 'bench' limit 1`,
  );
  database.exec("begin");
  const idFirst = columns.indexOf('"id"') < columns.indexOf('"digest"');
  for (let index = 0; index < count; index += 1) {
    const id = index.toString(36).padStart(12, "0");
    const digest = digestOf(index);
    if (idFirst) insert.run(id, digest);
    else insert.run(digest, id);
  }
  database.exec("commit");
  database.close();
}

async function lookUp(keys: KeyDirectory, digests: readonly string[]): Promise<number> {
  const before = process.cpuUsage();
  for (const digest of digests) {
    const found = keys.find(digest);
    const key = found instanceof Promise ? await found : found;
    if (key === undefined) throw new Error("A key was not found.");
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / digests.length;
}

/** Prints all of it. */
export async function accountsSide(): Promise<void> {
  await measure("SQLite, counted in process", {});
  const postgres = await startPostgres();
  const redis = await startRedis();
  if (postgres === undefined || redis === undefined)
    console.log("PostgreSQL and Redis: NOT MEASURED, for one of them is not installed.");
  else await measure("PostgreSQL and Redis", { databaseUrl: postgres.url, redisUrl: redis.url });
  await postgres?.stop();
  await redis?.stop();
  for (const count of [10, 1_000, 1_000_000]) console.log(await lookUps(count));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await accountsSide();
