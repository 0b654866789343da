import { pino } from "pino";
import type { Ledger } from "../../packages/gateway/src/accounting/ledger/ledger.ts";
import { type LedgerOptions, openLedger } from "../../packages/gateway/src/accounting/ledger/open-ledger.ts";
import type { LedgerSettings } from "../../packages/gateway/src/config/settings.ts";
import { StoreError } from "../../packages/gateway/src/store/errors.ts";
import type { LedgerStore } from "../../packages/gateway/src/store/ledger/ledger-rows.ts";

export const quick: LedgerSettings = {
  flushMs: 5,
  syncMs: 5,
  onFullDisk: "continue",
  retainRequestsDays: 90,
  retainDailyDays: 730,
};

export interface Opened {
  readonly ledger: Ledger;
  /** What the log was told. */
  readonly told: readonly string[];
}

export async function open(options: Partial<LedgerOptions> & Pick<LedgerOptions, "folder" | "store">): Promise<Opened> {
  const told: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => told.push(String(JSON.parse(line).msg)) });
  return { ledger: await openLedger({ settings: quick, log, ...options }), told };
}

/** The store, which can go away and come back. */
export function leaving(store: LedgerStore): LedgerStore & { away: boolean; writes: number } {
  const mayFail = {
    ...store,
    away: false,
    writes: 0,
    write: (...given: Parameters<LedgerStore["write"]>) => {
      mayFail.writes += 1;
      return mayFail.away ? gone() : store.write(...given);
    },
    sync: () => (mayFail.away ? gone() : store.sync()),
    beat: (instance: string) => (mayFail.away ? gone() : store.beat(instance)),
    leave: (instance: string) => (mayFail.away ? gone() : store.leave(instance)),
    abandoned: (...given: Parameters<LedgerStore["abandoned"]>) => (mayFail.away ? gone() : store.abandoned(...given)),
  };
  return mayFail;
}

async function gone(): Promise<never> {
  throw new StoreError("unavailable", "the database is away");
}
