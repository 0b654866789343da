import type { UsageAnswer } from "../../server/admin/usage/usage-answers.ts";
import type { UsageNames } from "../../store/usage/names.ts";
import type { UsageDimension, UsageGroup, UsageSums } from "../../store/usage/usage-query.ts";
import { cents, columns, counted, printable } from "./columns.ts";

/** For people: one line a group and one for all of them, in columns. */
export function usageTable({ from, to, groupBy, totals, series, names }: UsageAnswer): string {
  const saved = savedColumns.filter(({ of }) => [totals, ...series.groups].some((sums) => Number(of(sums)) !== 0));
  const cells = (sums: UsageSums) => [...sumCells(sums), ...saved.map(({ of }) => savedCell(of(sums))), marksOf(sums)];
  const heads = [...groupBy.map((of) => of.toUpperCase()), ...sumHeads, ...saved.map(({ head }) => head), ""];
  const groups = series.groups.map((group) => [...groupBy.map((of) => placeName(of, group, names)), ...cells(group)]);
  const all = ["TOTAL", ...groupBy.slice(1).map(() => ""), ...cells(totals)];
  const lines = groupBy.length === 0 ? [heads, cells(totals)] : [heads, ...groups, all];
  return [
    `Usage from ${told(from)} until ${told(to)}`,
    "",
    ...columns(lines, groupBy.length),
    ...(series.truncated ? ["", "There are more lines: take a larger --limit, or a smaller range."] : []),
    ...notes(totals),
  ].join("\n");
}

const sumHeads = ["REQUESTS", "FAILED", "INPUT", "CACHE READ", "CACHE WRITE", "OUTPUT", "COST (USD)"];

function sumCells(sums: UsageSums): readonly string[] {
  const { requests, failed, inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, costNano } = sums;
  const counts = [requests, failed, inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens];
  return [...counts.map(counted), cents(costNano)];
}

interface SavedColumn {
  readonly head: string;
  /** Money is a bigint. */
  readonly of: (sums: UsageSums) => number | bigint;
}

/** Shown where there is something to show. */
const savedColumns: readonly SavedColumn[] = [
  { head: "CACHE HITS", of: ({ cacheHits }) => cacheHits },
  { head: "SAVED BY CACHE", of: ({ savedCacheNano }) => savedCacheNano },
  { head: "BY COMPRESSION", of: ({ savedCompressionNano }) => savedCompressionNano },
  { head: "BY ROUTING", of: ({ savedRoutingNano }) => savedRoutingNano },
];

const savedCell = (sum: number | bigint): string => (typeof sum === "bigint" ? cents(sum) : counted(sum));

function marksOf({ unpriced, unknown, savingsUnpriced }: UsageSums): string {
  return `${unpriced > 0 ? "*" : ""}${unknown > 0 ? "?" : ""}${savingsUnpriced > 0 ? "+" : ""}`;
}

function notes({ requests, unpriced, unknown, cancelled, savingsUnpriced }: UsageSums): readonly string[] {
  return [
    ...(requests === 0 ? ["", "There was no request in that time."] : []),
    ...(unpriced > 0 ? ["", `* ${count(unpriced)} used something whose price is not known: the cost lacks it.`] : []),
    ...(unknown > 0
      ? ["", `? It is not known how ${count(unknown)} ended: the cost is what was reserved for them.`]
      : []),
    ...(savingsUnpriced > 0
      ? ["", `+ It is not known what ${count(savingsUnpriced)} would have cost without: what is saved lacks it.`]
      : []),
    ...(cancelled > 0 ? ["", `Clients left ${count(cancelled)} before the end.`] : []),
  ];
}

const count = (requests: number): string => `${counted(requests)} request${requests === 1 ? "" : "s"}`;

function placeName(of: UsageDimension, { of: place }: UsageGroup, names: UsageNames): string {
  const id = place[of] ?? "";
  if (id === "") return "-";
  const name = of === "key" || of === "team" || of === "org" ? names[of].get(id) : undefined;
  return printable(name === undefined || name === id ? id : `${name} (${id})`);
}

/** A whole day without its time. */
function told(time: number): string {
  return new Date(time).toISOString().replace("T00:00:00.000Z", "");
}
