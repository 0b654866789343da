import type { Kysely, Selectable } from "kysely";
import type { Database, Schema } from "../schema.ts";
import { countColumns } from "./count-columns.ts";
import { type CostChange, dailyChanges, dailyKeyColumns, dailySumColumns } from "./daily.ts";
import { DAY_MS, firstId } from "./days.ts";
import type { NewCost, PricedAttempt, Repriced, RepriceStep, TokenCounts } from "./ledger-rows.ts";
import type { AttemptsTable, RequestsTable } from "./tables.ts";
import { whole } from "./values.ts";

const REQUESTS_A_STEP = 100;

type RequestRow = Selectable<RequestsTable>;
type AttemptRow = Selectable<AttemptsTable>;

export function reprice({ db, kind }: Database, step: RepriceStep): Promise<Repriced> {
  return db.transaction().execute(async (trx) => {
    const requests = await nextRequests(trx, step, kind === "postgres" && !step.dryRun);
    const last = requests.at(-1);
    if (last === undefined) return { requests: 0, attempts: [] };
    const attempts = await attemptsOf(trx, requests);
    const priced = requests.map((request) => ({
      request,
      priced: (attempts.get(request.id) ?? []).map((row) => priceAgain(request, row, step)),
    }));
    if (!step.dryRun) await apply(trx, priced);
    const next = requests.length < REQUESTS_A_STEP ? {} : { next: last.id };
    return { requests: requests.length, attempts: priced.flatMap(({ priced }) => priced.flatMap(told)), ...next };
  });
}

function told({ before, after }: Priced): Repriced["attempts"] {
  if (before === undefined) return [];
  return [after === undefined ? { before } : { before, after }];
}

async function apply(trx: Kysely<Schema>, priced: readonly PricedRequest[]): Promise<void> {
  const changes = dailyChanges();
  for (const each of priced) {
    if (each.priced.some(({ after }) => after !== undefined)) await change(trx, each, changes);
  }
  await moveDailyTotals(trx, changes.rows());
}

/** In the order of their ids, which begin with the time: a day's are together, whatever the index. */
function nextRequests(
  trx: Kysely<Schema>,
  { fromDay, toDay, after }: RepriceStep,
  lock: boolean,
): Promise<RequestRow[]> {
  const query = trx
    .selectFrom("requests")
    .selectAll()
    .where("day", ">=", fromDay)
    .where("day", "<=", toDay)
    .where("id", ">", after ?? firstId(Date.parse(fromDay) - DAY_MS))
    .where("id", "<", firstId(Date.parse(toDay) + 2 * DAY_MS))
    .where("state", "in", ["settled", "cancelled", "failed"])
    .orderBy("id")
    .limit(REQUESTS_A_STEP);
  return (lock ? query.forUpdate() : query).execute();
}

async function attemptsOf(
  trx: Kysely<Schema>,
  requests: readonly RequestRow[],
): Promise<ReadonlyMap<string, readonly AttemptRow[]>> {
  const rows = await trx
    .selectFrom("attempts")
    .selectAll()
    .where(
      "request_id",
      "in",
      requests.map(({ id }) => id),
    )
    .where("day", "in", [...new Set(requests.map(({ day }) => day))])
    .orderBy("request_id")
    .orderBy("position")
    .execute();
  const grouped = new Map<string, AttemptRow[]>();
  for (const row of rows) {
    const group = grouped.get(row.request_id);
    if (group === undefined) grouped.set(row.request_id, [row]);
    else group.push(row);
  }
  return grouped;
}

interface Priced {
  readonly row: AttemptRow;
  /** Absent: nothing was used. */
  readonly before?: PricedAttempt;
  /** Absent: it costs what it did. */
  readonly after?: NewCost;
}

function priceAgain(request: RequestRow, row: AttemptRow, { priceFor }: RepriceStep): Priced {
  const usage = usageOf(row);
  if (Object.keys(usage).length === 0) return { row };
  const before: PricedAttempt = {
    provider: row.provider,
    model: row.model,
    at: request.at,
    usage,
    ...(row.service_tier === null ? {} : { serviceTier: row.service_tier }),
    ...(row.cost_nano === null ? {} : { costNano: row.cost_nano }),
    ...(row.price === null ? {} : { price: row.price }),
    unpriced: row.unpriced === 1,
  };
  const after = priceFor(before);
  if (after === undefined || isSame(before, after)) return { row, before };
  return { row, before, after };
}

function isSame(before: PricedAttempt, after: NewCost): boolean {
  return (
    before.costNano === after.costNano && before.price === after.price && before.unpriced === (after.unpriced === true)
  );
}

function usageOf(row: AttemptRow): TokenCounts {
  const counts = Object.entries(countColumns).map(([name, column]) => [name, row[column]] as const);
  return Object.fromEntries(counts.filter(([, count]) => count !== null));
}

interface PricedRequest {
  readonly request: RequestRow;
  readonly priced: readonly Priced[];
}

async function change(
  trx: Kysely<Schema>,
  { request, priced }: PricedRequest,
  changes: ReturnType<typeof dailyChanges>,
): Promise<void> {
  const owner = {
    at: request.at,
    key: request.key_id,
    org: request.org_id ?? "",
    team: request.team_id ?? "",
    router: request.router ?? "",
  };
  const costs = priced.map(({ row, after }) => costOf(row, after));
  for (const [index, { row, after }] of priced.entries()) {
    const cost = costs[index];
    if (after === undefined || cost === undefined) continue;
    changes.addCost(owner, row, { costNano: cost.costNano - (row.cost_nano ?? 0), unpriced: 0 });
    await trx
      .updateTable("attempts")
      .set({
        cost_nano: after.costNano === undefined ? null : cost.costNano,
        price: after.price ?? null,
        unpriced: cost.unpriced,
      })
      .where("request_id", "=", row.request_id)
      .where("day", "=", row.day)
      .where("position", "=", row.position)
      .execute();
  }
  const unpriced = Math.max(...costs.map((cost) => cost.unpriced));
  const answered = { provider: request.provider ?? "", model: request.target_model ?? "" };
  changes.addCost(owner, answered, { costNano: 0, unpriced: unpriced - request.unpriced });
  await trx
    .updateTable("requests")
    .set({ cost_nano: costs.reduce((sum, { costNano }) => sum + costNano, 0), unpriced })
    .where("id", "=", request.id)
    .where("day", "=", request.day)
    .execute();
}

function costOf(row: AttemptRow, after: NewCost | undefined): CostChange {
  if (after === undefined) return { costNano: row.cost_nano ?? 0, unpriced: row.unpriced };
  return { costNano: whole(after.costNano), unpriced: after.unpriced === true ? 1 : 0 };
}

const costAt = dailyKeyColumns.length + dailySumColumns.indexOf("cost_nano");
const unpricedAt = dailyKeyColumns.length + dailySumColumns.indexOf("unpriced");

/** Totals that have been removed already stay so. */
async function moveDailyTotals(
  trx: Kysely<Schema>,
  rows: ReturnType<ReturnType<typeof dailyChanges>["rows"]>,
): Promise<void> {
  for (const values of rows) {
    const cost = Number(values[costAt]);
    const unpriced = Number(values[unpricedAt]);
    if (cost === 0 && unpriced === 0) continue;
    let update = trx
      .updateTable("daily_usage")
      .set((row) => ({ cost_nano: row("cost_nano", "+", cost), unpriced: row("unpriced", "+", unpriced) }));
    dailyKeyColumns.forEach((column, index) => {
      update = update.where(column, "=", String(values[index]));
    });
    await update.execute();
  }
}
