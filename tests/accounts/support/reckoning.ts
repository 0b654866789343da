import type { JournalEntry } from "@signalbox/simulator";
import type { LedgerRow } from "./ledger.ts";
import type { Told } from "./load.ts";
import { PRICES, type Provider } from "./site.ts";

export interface Books {
  readonly journal: readonly JournalEntry[];
  readonly rows: readonly LedgerRow[];
  readonly told: readonly Told[];
}

export interface Reckoning {
  /** What does not add up, in words; none is right. */
  readonly problems: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** What a failing test shows. */
const MOST_TOLD = 20;

/** A request in all three books. */
interface Case {
  readonly name: string;
  readonly calls: readonly JournalEntry[];
  readonly rows: readonly LedgerRow[];
  readonly told: Told | undefined;
}

/**
 * Holds the ledger against the upstream's journal and what clients have seen: each request once, `settled` with exactly what the
 * upstream has counted, whatever a client has all of settled, and what nobody learnt the end of at its reservation.
 */
export function reckon({ journal, rows, told }: Books): Reckoning {
  const cases = new Map<string, { calls: JournalEntry[]; rows: LedgerRow[]; told?: Told }>();
  const of = (name: string) => {
    const known = cases.get(name) ?? { calls: [], rows: [] };
    cases.set(name, known);
    return known;
  };
  // Those that broke off before their body was there name nothing.
  const named = journal.filter(({ text }) => text !== "");
  for (const entry of named) of(entry.text.split(" ", 1)[0] ?? "").calls.push(entry);
  for (const row of rows) of(row.session).rows.push(row);
  for (const one of told) of(one.name).told = one;
  const problems: string[] = [];
  const counts: Record<string, number> = { calls: journal.length, rows: rows.length, whole: 0 };
  const cut = journal.length - named.length;
  const begun = [...cases.values()].filter(isBegun).length;
  if (begun > cut) problems.push(`${begun} were begun to be asked, and ${cut} have come half`);
  for (const [name, one] of cases) {
    const wrong = problemsOf({ name, told: undefined, ...one });
    problems.push(...wrong.map((problem) => `${name} ${wayOf(one.told)}: ${problem} (${describe(one.rows)})`));
    const state = one.rows[0]?.state ?? "no row";
    counts[state] = (counts[state] ?? 0) + 1;
    if (one.told?.whole === true) counts["whole"] = (counts["whole"] ?? 0) + 1;
  }
  return { problems: problems.slice(0, MOST_TOLD), counts };
}

/** Its prompt counts, and no upstream has all of it. */
function isBegun({ calls, rows: [row] }: Pick<Case, "calls" | "rows">): boolean {
  return calls.length === 0 && (row?.state === "cancelled" || row?.state === "failed") && row.input > 0;
}

function problemsOf({ calls, rows, told }: Case): readonly string[] {
  const [row, ...more] = rows;
  const problems: string[] = [];
  if (more.length > 0) problems.push("is in the ledger more than once");
  if (row === undefined) {
    if (calls.length > 0) problems.push("was asked of the upstream and is not in the ledger");
    if (told?.whole === true) problems.push("was answered and is not in the ledger");
    return problems;
  }
  if (told?.whole === true && row.state !== "settled") problems.push("was answered in full and is not settled");
  if (row.durationMs < 0) problems.push("has lasted less than no time");
  return [...problems, ...stateProblems(row, calls, told)];
}

function stateProblems(row: LedgerRow, calls: readonly JournalEntry[], told: Told | undefined): readonly string[] {
  switch (row.state) {
    case "settled":
      return settledProblems(row, calls, told);
    case "unknown": {
      const isBare = row.input + row.output + row.attempts === 0;
      return isBare && row.cost === row.reserved ? [] : ["is unknown and does not cost what was reserved"];
    }
    case "failed":
    case "cancelled":
      return calls.length === 0 && row.output > 0 ? ["used something that no upstream has said"] : [];
    default:
      return [`is left ${row.state}`];
  }
}

function settledProblems(row: LedgerRow, calls: readonly JournalEntry[], told: Told | undefined): readonly string[] {
  const used = calls.flatMap(({ usage, complete }) => (usage !== undefined && complete ? [usage] : []));
  const input = used.reduce((sum, usage) => sum + usage.input, 0);
  const output = used.reduce((sum, usage) => sum + usage.output, 0);
  const problems: string[] = [];
  if (used.length !== 1) problems.push(`is settled, and the upstream has answered it ${used.length} times`);
  if (row.input !== input || row.output !== output) problems.push(`used ${input}+${output} by the upstream's journal`);
  if (told !== undefined && row.cost !== costOf(told.provider, { input, output }))
    problems.push(`should have cost ${costOf(told.provider, { input, output })}`);
  return problems;
}

/** In nano-dollars: the price is one per million, in millionths of a dollar; half up. */
export function costOf(provider: Provider, used: { readonly input: number; readonly output: number }): bigint {
  const millionths = (rate: number) => BigInt(Math.round(rate * 1_000_000));
  const { input, output } = PRICES[provider];
  return (BigInt(used.input) * millionths(input) + BigInt(used.output) * millionths(output) + 500n) / 1000n;
}

function wayOf(told: Told | undefined): string {
  if (told === undefined) return "";
  const { dialect, stream, model } = told.asked;
  return `(${dialect} ${stream === true ? "streamed" : "whole"} of ${model})`;
}

function describe(rows: readonly LedgerRow[]): string {
  return rows
    .slice(0, 3)
    .map(({ id, state, input, output, cost }) => `${id} ${state} ${input}+${output} tokens, ${cost} nano`)
    .join("; ");
}
