import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { StoreKind } from "../schema.ts";
import { dayOf, type UsageFilters, type UsageRange, type UsageSelection } from "./usage-query.ts";

/** What each filter is compared with. A text column that may be null reads as "". */
export type FilterColumns = Readonly<Record<keyof UsageFilters, RawBuilder<string>>>;

export const requestColumns: FilterColumns = {
  key: sql<string>`r.key_id`,
  team: orEmpty("r.team_id"),
  org: orEmpty("r.org_id"),
  router: orEmpty("r.router"),
  session: orEmpty("r.session"),
  state: sql<string>`r.state`,
  provider: orEmpty("r.provider"),
  model: orEmpty("r.target_model"),
};

export const attemptColumns: FilterColumns = {
  ...requestColumns,
  provider: sql<string>`a.provider`,
  model: sql<string>`a.model`,
};

/** The scope and the filters both hold. */
export function conditions(
  columns: FilterColumns,
  { scope = {}, filters = {} }: Pick<UsageSelection, "scope" | "filters">,
): RawBuilder<SqlBool>[] {
  const found: RawBuilder<SqlBool>[] = [];
  for (const name of ["org", "team", "key"] as const) {
    const value = scope[name];
    if (value !== undefined) found.push(isOneOf(columns[name], [value]));
  }
  for (const name of ["org", "team", "key", "router", "session", "state", "provider", "model"] as const) {
    const values = filters[name];
    if (values !== undefined) found.push(isOneOf(columns[name], values));
  }
  return found;
}

/** PostgreSQL takes no U+0000 in a text, and half a surrogate pair is no character: nothing is kept under such a name. */
function isOneOf(column: RawBuilder<string>, values: readonly string[]): RawBuilder<SqlBool> {
  const storable = values.filter((value) => !value.includes("\0") && value.isWellFormed());
  const [only, ...others] = storable;
  if (only === undefined) return sql<SqlBool>`1 = 0`;
  return others.length === 0 ? sql<SqlBool>`${column} = ${only}` : sql<SqlBool>`${column} in (${sql.join(storable)})`;
}

export function and(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
}

/** Requests that were admitted in that time. Their ids begin with it, so that the index of the ids tells too. */
export function within({ from, to }: UsageRange, kind: StoreKind): RawBuilder<SqlBool>[] {
  const bounds = [
    sql<SqlBool>`r.at >= ${from}`,
    sql<SqlBool>`r.at < ${to}`,
    sql<SqlBool>`r.id >= ${firstIdOf(from)}`,
    sql<SqlBool>`r.id < ${firstIdOf(to)}`,
  ];
  if (kind === "sqlite") return bounds;
  // PostgreSQL then leaves the partitions of other days alone. SQLite would take the day's index, which knows no order.
  return [...bounds, sql<SqlBool>`r.day >= ${dayOf(from)}`, sql<SqlBool>`r.day <= ${dayOf(Math.max(from, to - 1))}`];
}

export const finished = sql<SqlBool>`r.state <> 'admitted'`;

export function finishedWithin(range: UsageRange, kind: StoreKind): RawBuilder<SqlBool>[] {
  return [...within(range, kind), finished];
}

export function orEmpty(column: string): RawBuilder<string> {
  return sql<string>`coalesce(${sql.ref(column)}, '')`;
}

const LAST_ID_TIME = 2 ** 48 - 1;

/** What every UUIDv7 of that millisecond begins with, and none before it is greater than. */
function firstIdOf(time: number): string {
  const digits = Math.min(LAST_ID_TIME, Math.max(0, time)).toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
