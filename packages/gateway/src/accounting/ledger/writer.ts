import type { Logger } from "../../observe/log.ts";
import { StoreError } from "../../store/errors.ts";
import type { LedgerEntry, LedgerStore } from "../../store/ledger/ledger-rows.ts";
import type { SetAside } from "./set-aside.ts";
import { admissionLine, settlementLine, writeAdmission } from "./spool-line.ts";

/** So many that SQLite takes a few milliseconds for them, in which nobody else is served. */
export const BATCH_ROWS = 256;

/** Brings entries to the database, and tells once when it goes away and when it is back. */
export interface Writer {
  /** False: the database is away. What it refuses for what it is does not hold up the rest: it is set aside. */
  readonly write: (entries: readonly LedgerEntry[], instance: string) => Promise<boolean>;
}

export interface WriterParts {
  readonly store: Pick<LedgerStore, "write">;
  readonly log: Logger;
  readonly aside: SetAside;
  readonly now: () => number;
}

export function writer({ store, log, aside, now }: WriterParts): Writer {
  let awaySince: number | undefined;

  const attempt = async (entries: readonly LedgerEntry[], instance: string): Promise<boolean> => {
    try {
      await store.write(entries, instance);
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (error instanceof StoreError && error.code === "invalid") return split(entries, instance, why);
      if (awaySince === undefined)
        log.error({ why }, "the ledger's database is away: what is used is kept in the spool");
      awaySince ??= now();
      return false;
    }
  };

  const split = async (entries: readonly LedgerEntry[], instance: string, why: string): Promise<boolean> => {
    if (entries.length <= 1) {
      aside.add(entries.map(lineOf), why);
      return true;
    }
    const middle = Math.ceil(entries.length / 2);
    return (await attempt(entries.slice(0, middle), instance)) && (await attempt(entries.slice(middle), instance));
  };

  return {
    write: async (entries, instance) => {
      for (let from = 0; from < entries.length; from += BATCH_ROWS) {
        if (!(await attempt(entries.slice(from, from + BATCH_ROWS), instance))) return false;
      }
      if (awaySince !== undefined) {
        log.info({ awayMs: now() - awaySince }, "the ledger's database is back");
        awaySince = undefined;
      }
      return true;
    },
  };
}

function lineOf({ admission, settlement }: LedgerEntry): string {
  const written = writeAdmission(admission);
  return (settlement === undefined ? admissionLine(written) : settlementLine(written, settlement)).trimEnd();
}
