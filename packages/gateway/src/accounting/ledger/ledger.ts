import type { Admission, Settlement } from "../../store/ledger/ledger-rows.ts";

/**
 * The ledger's front: what a request says on its way. It is appended to the spool, which survives the death of the process, with all
 * else that is said in the same turn of the event loop; the database follows in batches.
 */
export interface Ledger {
  /** Resolves when the spool has it. Rejects with `overloaded` where the spool cannot be written and the policy is to refuse then. */
  readonly admit: (admission: Admission) => Promise<void>;
  /** Once for each admission. Never throws. */
  readonly settle: (settlement: Settlement) => void;
  /** Waits until the spool has what was said so far, or cannot be written; never rejects. Undefined: nothing waits. */
  readonly written: () => Promise<unknown> | undefined;
  /** Says to the spool what waits, before it returns. */
  readonly write: () => void;
  /** Rows that are not in the database yet, and how old the oldest is. */
  readonly backlog: () => { readonly rows: number; readonly oldestMs: number };
  /** Everything that was said so far is in the database. False: the database is away, and some of it is in the spool only. */
  readonly flush: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}
