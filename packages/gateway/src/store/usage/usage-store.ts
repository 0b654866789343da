import { guardOf } from "../guard.ts";
import type { AttemptsTable, RequestsTable } from "../ledger/tables.ts";
import type { Database } from "../schema.ts";
import { type ExportedRequest, type ExportSelection, readExport } from "./export-rows.ts";
import { type NamedIds, readNames, type UsageNames } from "./names.ts";
import { type RequestPage, type RequestPageQuery, readAttempts, readRequest, readRequests } from "./request-rows.ts";
import { readSeries, readTotals } from "./sums.ts";
import type { UsageQuery, UsageScope, UsageSelection, UsageSeries, UsageSums } from "./usage-query.ts";

/** Reads the ledger. Money is exact. Every method throws StoreError. */
export interface UsageStore {
  /** What was used in all, from the daily totals as far as these can tell. */
  totals(selection: UsageSelection): Promise<UsageSums>;
  /** The same by one or more dimensions. */
  series(query: UsageQuery): Promise<UsageSeries>;
  requests(query: RequestPageQuery): Promise<RequestPage>;
  /** By the generation's id; undefined where there is none, or it is not in the scope. */
  request(id: string, scope?: UsageScope): Promise<RequestsTable | undefined>;
  /** In their order. */
  attemptsOf(id: string): Promise<readonly AttemptsTable[]>;
  /** What people call them. */
  names(ids: NamedIds): Promise<UsageNames>;
  /** Pages of finished requests, oldest first. */
  export(selection: ExportSelection): AsyncIterable<readonly ExportedRequest[]>;
}

export function openUsageStore(database: Database): UsageStore {
  const guard = guardOf(database.place);
  return {
    totals: (selection) => guard(() => readTotals(database, selection)),
    series: (query) => guard(() => readSeries(database, query)),
    requests: (query) => guard(() => readRequests(database, query)),
    request: (id, scope = {}) => guard(() => readRequest(database, id, scope)),
    attemptsOf: (id) => guard(() => readAttempts(database, id)),
    names: (ids) => guard(() => readNames(database, ids)),
    async *export(selection) {
      const pages = readExport(database, selection);
      for (;;) {
        const page = await guard(() => pages.next());
        if (page.done === true) return;
        yield page.value;
      }
    },
  };
}
