import type { JsonObject } from "@signalbox/protocol";
import type { Budget, BudgetWindow } from "../../../config/access.ts";
import { nanoToDollars } from "../../../config/money.ts";
import type { LedgerStore } from "../../../store/ledger/ledger-rows.ts";
import { shownLimit } from "./key-view.ts";

/** What was spent, from the ledger. */
export type Spending = Pick<LedgerStore, "spentNano">;

const DAY_MS = 86_400_000;

/** Of the UTC calendar; weeks begin on Monday. */
export function windowStart(window: BudgetWindow, now: Date): number {
  const day = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  switch (window) {
    case "day":
      return day;
    case "week":
      return day - ((now.getUTCDay() + 6) % 7) * DAY_MS;
    case "month":
      return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
    case "total":
      return 0;
  }
}

/** What a key has spent, in OpenRouter's words and US dollars, and what of its limit is left. */
export async function shownSpending(
  spending: Spending,
  key: string,
  { limit, now }: { readonly limit: Budget | undefined; readonly now: Date },
): Promise<JsonObject> {
  const spent = (window: BudgetWindow) => spending.spentNano({ kind: "key", id: key }, windowStart(window, now));
  const [total, day, week, month] = await Promise.all([spent("total"), spent("day"), spent("week"), spent("month")]);
  const used = { total, day, week, month };
  return {
    ...shownLimit(limit),
    limit_remaining: limit === undefined ? null : nanoToDollars(Math.max(0, limit.limitNano - used[limit.window])),
    usage: nanoToDollars(total),
    usage_daily: nanoToDollars(day),
    usage_weekly: nanoToDollars(week),
    usage_monthly: nanoToDollars(month),
  };
}
