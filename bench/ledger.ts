/**
 * What the ledger costs a request, in CPU time of the whole process, its threads included: `node bench/ledger.ts [spool|sqlite|postgres]`.
 * PostgreSQL is the one that SIGNALBOX_TEST_POSTGRES names; its own CPU time is not in it.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "../packages/gateway/src/accounting/ledger/ledger.ts";
import { openLedger } from "../packages/gateway/src/accounting/ledger/open-ledger.ts";
import { defaultSettings } from "../packages/gateway/src/config/defaults.ts";
import { secret } from "../packages/gateway/src/config/secret.ts";
import { createLogger } from "../packages/gateway/src/observe/log.ts";
import type { Admission, AttemptRow, LedgerStore } from "../packages/gateway/src/store/ledger/ledger-rows.ts";
import { openStore, type StoreOptions } from "../packages/gateway/src/store/open.ts";

const REQUESTS = 100_000;
const PER_TURN = 10;
const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
const log = createLogger("warn");
const turn = () => new Promise((resolve) => setImmediate(resolve));

const nowhere: LedgerStore = {
  write: async () => {},
  sync: async () => {},
  beat: async () => {},
  leave: async () => {},
  abandoned: async () => [],
  spentNano: async () => 0,
  prepare: async () => {},
  expire: async () => false,
  reprice: async () => ({ requests: 0, attempts: [] }),
  close: async () => {},
};

const silent: Pick<Ledger, "admit" | "settle" | "backlog" | "flush"> = {
  admit: async () => {},
  settle: () => {},
  backlog: () => ({ rows: 0, oldestMs: 0 }),
  flush: async () => true,
};

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

function admissionOf(index: number, random: string): Admission {
  const at = Date.now();
  const time = at.toString(16).padStart(12, "0");
  const order = index.toString(16).padStart(6, "0");
  return {
    id: `${time.slice(0, 8)}-${time.slice(8)}-7${order.slice(0, 3)}-8${order.slice(3)}-${random}`,
    at,
    key: `key-${index % 20}`,
    team: "team",
    // Conversations of some turns, fifty at a time.
    session: `${random}-${Math.floor(index / 500)}-${index % 50}`,
    dialect: "openai-chat",
    operation: "generate",
    model: "fast",
    stream: true,
    reservedNano: 2_000_000,
  };
}

interface Measured {
  readonly cpu: number;
  readonly said: number;
  readonly wall: number;
  readonly pause: number;
}

/** As a gateway would that has nothing else to do: a few requests in each turn of the event loop, and no more than the database keeps up with. */
async function run(ledger: typeof silent): Promise<Measured> {
  const random = randomBytes(6).toString("hex");
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let said = 0;
  let pause = 0;
  for (let from = 0; from < REQUESTS; from += PER_TURN) {
    const saidAt = performance.now();
    const admissions = Array.from({ length: PER_TURN }, (_, more) => admissionOf(from + more, random));
    await Promise.all(admissions.map(ledger.admit));
    for (const { id } of admissions) {
      ledger.settle({
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
    }
    said += performance.now() - saidAt;
    const waitedAt = performance.now();
    await turn();
    pause = Math.max(pause, performance.now() - waitedAt);
    // Without asking all the time: that would be measured too.
    while (ledger.backlog().rows > 1_000) await sleep(2);
  }
  await ledger.flush();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000, said, pause, wall: performance.now() - startedAt };
}

async function measure(name: string, store: LedgerStore): Promise<void> {
  const nothing = await run(silent);
  const ledger = await openLedger({ folder: join(folder, name), store, settings: defaultSettings.ledger, log });
  const all = await run(ledger);
  await ledger.close();
  const micro = (ms: number) => `${((ms * 1000) / REQUESTS).toFixed(1)} µs`;
  console.log(
    `${name}: ${micro(all.cpu - nothing.cpu)} CPU a request, of it ${micro(all.said - nothing.said)} in admit and settle; ` +
      `${Math.round(REQUESTS / (all.wall / 1000))} requests a second; longest turn ${all.pause.toFixed(1)} ms`,
  );
}

async function measureStore(name: string, options: Omit<StoreOptions, "folder">): Promise<void> {
  const store = await openStore({ folder, ...options });
  await measure(name, store.ledger);
  await store.close();
}

const wanted = process.argv[2];
const url = process.env["SIGNALBOX_TEST_POSTGRES"];
try {
  await run(silent);
  if (wanted === undefined || wanted === "spool") await measure("spool", nowhere);
  if (wanted === undefined || wanted === "sqlite") await measureStore("sqlite", {});
  if (url !== undefined && (wanted === undefined || wanted === "postgres")) {
    await measureStore("postgres", {
      databaseUrl: secret(url),
      encryptionKey: secret(randomBytes(32).toString("base64")),
    });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
