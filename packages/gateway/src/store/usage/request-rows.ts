import { type SqlBool, sql } from "kysely";
import { timeOfUuid } from "../../config/uuid.ts";
import type { AttemptsTable, RequestsTable } from "../ledger/tables.ts";
import type { Database } from "../schema.ts";
import { and, conditions, requestColumns, within } from "./conditions.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { dayOf, type UsageScope, type UsageSelection } from "./usage-query.ts";

export interface RequestPageQuery extends UsageSelection {
  /** 1 to 200. */
  readonly limit: number;
  /** From the page before. Anything else is a StoreError `invalid`. */
  readonly cursor?: string;
}

export interface RequestPage {
  /** Newest first; also those that still run. */
  readonly requests: readonly RequestsTable[];
  /** Absent on the last page. */
  readonly next?: string;
}

const LARGEST_PAGE = 200;

export async function readRequests({ db, kind }: Database, query: RequestPageQuery): Promise<RequestPage> {
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
  const limit = Math.min(LARGEST_PAGE, Math.max(1, Math.trunc(query.limit) || 1));
  const { from } = query;
  // What follows the page before is no younger than its last row, and younger days need no look.
  const to = after === undefined ? query.to : Math.min(query.to, after.at + 1);
  if (from >= to) return { requests: [] };
  const where = [...within({ from, to }, kind), ...conditions(requestColumns, query)];
  if (after !== undefined) where.push(sql<SqlBool>`r.id < ${after.id}`);
  let page = db.selectFrom("requests as r").selectAll().where(and(where));
  // An id begins with its time: both orders are one. A key's rows have an index of their own, by time.
  if (isOfOneKey(query)) page = page.orderBy("r.at", "desc");
  const rows = await page
    .orderBy("r.id", "desc")
    .limit(limit + 1)
    .execute();
  const requests = rows.slice(0, limit);
  const last = requests.at(-1);
  return rows.length > limit && last !== undefined ? { requests, next: writeCursor(last) } : { requests };
}

export function isOfOneKey({ scope, filters }: UsageSelection): boolean {
  return scope?.key !== undefined || filters?.key?.length === 1;
}

/** Undefined for any other text than a generation's id, for an unknown one, and outside the scope. */
export async function readRequest({ db }: Database, id: string, scope: UsageScope): Promise<RequestsTable | undefined> {
  const day = dayOfId(id);
  if (day === undefined) return undefined;
  return db
    .selectFrom("requests as r")
    .selectAll()
    .where("r.day", "=", day)
    .where("r.id", "=", id.toLowerCase())
    .where(and(conditions(requestColumns, { scope })))
    .executeTakeFirst();
}

/** In their order. */
export async function readAttempts({ db }: Database, id: string): Promise<readonly AttemptsTable[]> {
  const day = dayOfId(id);
  if (day === undefined) return [];
  return db
    .selectFrom("attempts")
    .selectAll()
    .where("day", "=", day)
    .where("request_id", "=", id.toLowerCase())
    .orderBy("position")
    .execute();
}

/** PostgreSQL keeps each day's rows in a table of its own: with the day, only that one is looked at. */
function dayOfId(id: string): string | undefined {
  const time = timeOfUuid(id);
  return time === undefined ? undefined : dayOf(time);
}
