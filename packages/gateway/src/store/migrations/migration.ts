import type { Kysely, RawBuilder } from "kysely";

/** Where the two databases need to be told different things to do the same. */
export interface ColumnTypes {
  /** Text that is compared and ordered by its bytes, on any machine. */
  readonly exactText: RawBuilder<unknown>;
  readonly bytes: RawBuilder<unknown>;
}

/** One step forward; there is none back. A migration that was released is never changed. */
export type Migration = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>;
