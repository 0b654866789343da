import type { ControlledTransaction, Transaction } from "kysely";
import type { Database, Schema } from "./schema.ts";

/** What an attempt comes to: kept, or taken back as if it had never been. */
export interface Attempted<T> {
  readonly keep: boolean;
  readonly result: T;
}

export const changed = <T>(result: T): Attempted<T> => ({ keep: true, result });
export const undone = <T>(result: T): Attempted<T> => ({ keep: false, result });

/** The counters of `change_counters`: one for each kind of thing that replicas watch, or that numbers what it keeps. */
export type Counter = "routers" | "accounts" | "audit";

/**
 * Runs a change under the counter's next revision. The counter's row is locked until the commit: writers of all replicas stand in
 * line there, so that whoever sees a revision sees every change up to it. What changes nothing does not count.
 */
export async function change<T>(
  { db }: Pick<Database, "db">,
  counter: Counter,
  attempt: (trx: Transaction<Schema>, revision: number) => Promise<Attempted<T>>,
): Promise<T> {
  const trx = await db.startTransaction().execute();
  try {
    const { keep, result } = await attempt(trx, await nextOf(trx, counter));
    await (keep ? trx.commit() : trx.rollback()).execute();
    return result;
  } catch (error) {
    await undo(trx);
    throw error;
  }
}

/** The counter's next value, which nobody else gets. */
export async function nextOf(trx: Transaction<Schema>, counter: Counter): Promise<number> {
  const next = trx
    .updateTable("change_counters")
    .set((row) => ({ revision: row("revision", "+", 1) }))
    .where("name", "=", counter)
    .returning("revision");
  return (await next.executeTakeFirstOrThrow()).revision;
}

export async function currentOf({ db }: Pick<Database, "db">, counter: Counter): Promise<number> {
  const row = db.selectFrom("change_counters").select("revision").where("name", "=", counter);
  return (await row.executeTakeFirstOrThrow()).revision;
}

async function undo(trx: ControlledTransaction<Schema>): Promise<void> {
  if (trx.isCommitted || trx.isRolledBack) return;
  try {
    await trx.rollback().execute();
  } catch {
    // The error before this one says why; a connection that is gone has rolled back on its own.
  }
}

/** PostgreSQL takes no U+0000 in a text, and half a surrogate pair is no character: no text column keeps such a one. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** For texts that are kept to be read by people only. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}
