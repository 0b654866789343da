import type { DatabaseSync } from "node:sqlite";
import { DAY_MS, firstId } from "./days.ts";

/** So few that nobody who is served meanwhile feels it. */
const ROWS_A_STEP = 200;

/**
 * Removes some of the rows and totals of days before these, in one synchronous transaction, and says how many. Ids begin with the
 * time: the oldest are found without an index over days.
 */
export function expireRows(
  database: DatabaseSync,
  firstKept: { readonly requests: string; readonly daily: string },
): number {
  const some = `select id from requests where id < ? and day < ? order by id limit ${ROWS_A_STEP}`;
  const lastId = firstId(Date.parse(firstKept.requests) + DAY_MS);
  database.exec("begin immediate");
  try {
    database.prepare(`delete from attempts where request_id in (${some})`).run(lastId, firstKept.requests);
    const requests = database.prepare(`delete from requests where id in (${some})`).run(lastId, firstKept.requests);
    const key = "day, org_id, team_id, key_id, router, provider, model";
    const daily = database
      .prepare(
        `delete from daily_usage where (${key}) in (select ${key} from daily_usage where day < ? limit ${ROWS_A_STEP})`,
      )
      .run(firstKept.daily);
    database.exec("commit");
    return Number(requests.changes) + Number(daily.changes);
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}
