import { type Expression, type SqlBool, sql } from "kysely";
import type { AttemptsTable, RequestsTable } from "../ledger/tables.ts";
import type { Database } from "../schema.ts";
import { and, attemptColumns, conditions, finishedWithin, requestColumns } from "./conditions.ts";
import type { RequestPosition } from "./cursor.ts";
import { isOfOneKey } from "./request-rows.ts";
import type { UsageFilters, UsageSelection } from "./usage-query.ts";

/** Enough that a query is worth it, and so few that neither it nor its rows are felt by anybody else. */
const PAGE = 500;

export interface ExportSelection extends UsageSelection {
  /** Read the attempts too. Filters by provider and model then choose attempts, and not who answered in the end. */
  readonly attempts: boolean;
}

export interface ExportedRequest {
  readonly request: RequestsTable;
  /** Empty where none are asked for, and where the request has none. */
  readonly attempts: readonly AttemptsTable[];
}

/**
 * All finished requests of a range, oldest first, a page at a time: nothing is held open in the database in between. What finishes
 * behind the place that was reached is not in it.
 */
export async function* readExport(
  database: Database,
  selection: ExportSelection,
): AsyncGenerator<readonly ExportedRequest[], void, undefined> {
  let after: RequestPosition | undefined;
  for (;;) {
    const requests = await readPage(database, selection, after);
    const last = requests.at(-1);
    if (last === undefined) return;
    const attempts = selection.attempts ? await attemptsOf(database, requests, selection.filters) : undefined;
    yield requests.map((request) => ({ request, attempts: attempts?.get(request.id) ?? [] }));
    if (requests.length < PAGE) return;
    after = last;
  }
}

async function readPage(
  database: Database,
  selection: ExportSelection,
  after: RequestPosition | undefined,
): Promise<readonly RequestsTable[]> {
  const { to } = selection;
  const from = Math.max(selection.from, after?.at ?? selection.from);
  if (from >= to) return [];
  const where = [...finishedWithin({ from, to }, database.kind), ...conditions(requestColumns, ofRequests(selection))];
  if (after !== undefined) where.push(sql<SqlBool>`r.id > ${after.id}`);
  let page = database.db.selectFrom("requests as r").selectAll().where(and(where));
  if (choosesAttempts(selection)) page = page.where(isAtPlace(database, selection.filters));
  if (isOfOneKey(selection)) page = page.orderBy("r.at");
  return page.orderBy("r.id").limit(PAGE).execute();
}

const choosesAttempts = ({ attempts, filters }: ExportSelection): boolean =>
  attempts && (filters?.provider !== undefined || filters?.model !== undefined);

/** What is asked of the requests themselves. */
function ofRequests(selection: ExportSelection): Pick<UsageSelection, "scope" | "filters"> {
  if (!choosesAttempts(selection)) return selection;
  const { scope = {}, filters = {} } = selection;
  const { provider, model, ...others } = filters;
  return { scope, filters: others };
}

/** One of its attempts was there; or it has none, and is counted there itself. */
function isAtPlace({ db }: Database, filters: UsageFilters | undefined): Expression<SqlBool> {
  const there = db
    .selectFrom("attempts as a")
    .select(sql`1`.as("one"))
    .where(and([sql<SqlBool>`a.day = r.day`, sql<SqlBool>`a.request_id = r.id`]))
    .where(and(conditions(attemptColumns, placeOf(filters))));
  const itself = and([sql<SqlBool>`r.attempts = 0`, ...conditions(requestColumns, placeOf(filters))]);
  return sql<SqlBool>`(exists ${there} or ${itself})`;
}

/** Of those requests, each one's in their order. */
async function attemptsOf(
  { db }: Database,
  requests: readonly RequestsTable[],
  filters: UsageFilters | undefined,
): Promise<ReadonlyMap<string, readonly AttemptsTable[]>> {
  const rows = await db
    .selectFrom("attempts as a")
    .selectAll()
    .where("a.day", "in", [...new Set(requests.map(({ day }) => day))])
    .where(
      "a.request_id",
      "in",
      requests.map(({ id }) => id),
    )
    .where(and(conditions(attemptColumns, placeOf(filters))))
    .orderBy("a.request_id")
    .orderBy("a.position")
    .execute();
  return Map.groupBy(rows, ({ request_id }) => request_id);
}

function placeOf({ provider, model }: UsageFilters = {}): Pick<UsageSelection, "filters"> {
  return {
    filters: { ...(provider === undefined ? {} : { provider }), ...(model === undefined ? {} : { model }) },
  };
}
