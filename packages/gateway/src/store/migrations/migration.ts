import type { Kysely, RawBuilder } from "kysely";
import type { StoreKind } from "../schema.ts";

/** Where the two databases need to be told different things to do the same. */
export interface ColumnTypes {
  /** Text that is compared and ordered by its bytes, on any machine. */
  readonly exactText: RawBuilder<unknown>;
  readonly bytes: RawBuilder<unknown>;
  /** A whole number of up to 64 bits, also in a STRICT table of SQLite. */
  readonly bigint: RawBuilder<unknown>;
  /** For what only one of them has: partitions, STRICT tables. */
  readonly kind: StoreKind;
}

/** One step forward; there is none back. A migration that was released is never changed. */
export type Migration = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>;
