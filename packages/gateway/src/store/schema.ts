import type { Kysely } from "kysely";
import type { AccountTables } from "./accounts/tables.ts";
import type { BodiesTables } from "./bodies/tables.ts";
import type { IdempotencyTables } from "./idempotency/tables.ts";
import type { LedgerTables } from "./ledger/tables.ts";
import type { ObjectsTables } from "./objects/tables.ts";
import type { ResponsesTables } from "./responses/tables.ts";
import type { SemanticCacheTables } from "./semantic-cache/tables.ts";

/** The tables, as the last migration leaves them. Times are milliseconds since 1970. */
export interface Schema
  extends AccountTables,
    LedgerTables,
    IdempotencyTables,
    BodiesTables,
    ResponsesTables,
    ObjectsTables,
    SemanticCacheTables {
  readonly routers: RoutersTable;
  readonly change_counters: ChangeCountersTable;
}

export interface RoutersTable {
  readonly name: string;
  /** The router of `config/router.ts` as JSON text. */
  readonly document: string;
  /** The counter's value at the router's last change: never used twice, not even by a router that was deleted and made again. */
  readonly revision: number;
  readonly created_at: number;
  readonly updated_at: number;
}

/** One row for each kind of thing that replicas watch. */
export interface ChangeCountersTable {
  readonly name: string;
  readonly revision: number;
}

export type StoreKind = "sqlite" | "postgres";

/** An open database. `db` names its tables bare on either kind. */
export interface Database {
  readonly kind: StoreKind;
  readonly db: Kysely<Schema>;
  /** Where it is, for messages: never with a password. */
  readonly place: string;
  close(): Promise<void>;
}
