import type { Admission, Settlement } from "../../store/ledger/ledger-rows.ts";

/**
 * The ledger's front: what a request says on its way. Both calls append to the spool before they return, so that they survive
 * the death of the process; the database follows in batches.
 */
export interface Ledger {
  /** Throws `overloaded` where the spool cannot be written and the policy is to refuse then. */
  readonly admit: (admission: Admission) => void;
  /** Once for each admission. Never throws. */
  readonly settle: (settlement: Settlement) => void;
  /** Rows that are not in the database yet, and how old the oldest is. */
  readonly backlog: () => { readonly rows: number; readonly oldestMs: number };
  /** Everything that was said so far is in the database. False: the database is away, and some of it is in the spool only. */
  readonly flush: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}
