import { cents, columns, counted, printable } from "./columns.ts";
import type { RepricedPlace, Rerated } from "./rerate.ts";
import type { RerateOptions } from "./rerate-options.ts";

/** For people: one line for each model, and one for all of them. */
export function rerateTable(
  { requests, places }: Rerated,
  { fromDay, toDay, dryRun }: Pick<RerateOptions, "fromDay" | "toDay" | "dryRun">,
): string {
  const days = fromDay === toDay ? fromDay : `${fromDay} to ${toDay}`;
  const counts = `${counted(requests)} request${requests === 1 ? "" : "s"} of ${days}`;
  const said = dryRun ? `${counts} would be priced so. Nothing was changed.` : `${counts} were priced anew.`;
  const heads = ["PROVIDER", "MODEL", "ATTEMPTS", "CHANGED", "BEFORE (USD)", "AFTER (USD)", "DIFFERENCE", "UNPRICED"];
  const lines = places.map((place) => [printable(place.provider), printable(place.model), ...cells(place)]);
  const all = ["TOTAL", "", ...cells(places.reduce(plus, nothing))];
  return [said, "", ...columns([heads, ...lines, all], 2)].join("\n");
}

const nothing = {
  attempts: 0,
  changed: 0,
  unpricedBefore: 0,
  unpricedAfter: 0,
  beforeNano: 0n,
  afterNano: 0n,
};

type Sums = Omit<RepricedPlace, "provider" | "model">;

function plus(a: Sums, b: Sums): Sums {
  return {
    attempts: a.attempts + b.attempts,
    changed: a.changed + b.changed,
    unpricedBefore: a.unpricedBefore + b.unpricedBefore,
    unpricedAfter: a.unpricedAfter + b.unpricedAfter,
    beforeNano: a.beforeNano + b.beforeNano,
    afterNano: a.afterNano + b.afterNano,
  };
}

function cells({ attempts, changed, unpricedBefore, unpricedAfter, beforeNano, afterNano }: Sums): readonly string[] {
  const difference = afterNano - beforeNano;
  const unpriced = unpricedBefore === unpricedAfter ? counted(unpricedAfter) : `${unpricedBefore} → ${unpricedAfter}`;
  const money = [cents(beforeNano), cents(afterNano), `${difference > 0n ? "+" : ""}${cents(difference)}`];
  return [counted(attempts), counted(changed), ...money, unpriced];
}
