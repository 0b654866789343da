import type { LedgerEntry, RequestState } from "./ledger-rows.ts";
import { type EndedEntry, ended } from "./rows.ts";

/** One request of a batch. */
export interface BatchEntry {
  readonly entry: LedgerEntry;
  /** Absent: it still runs. */
  readonly end: EndedEntry | undefined;
}

/**
 * One for each request, in the order of their ids, so that two that write at once wait for each other in one order only. Of
 * several the first that is final counts.
 */
export function mergeEntries(entries: readonly LedgerEntry[]): readonly BatchEntry[] {
  const merged = new Map<string, LedgerEntry>();
  for (const entry of entries) {
    const known = merged.get(entry.admission.id);
    if (known === undefined || weight(entry) > weight(known)) merged.set(entry.admission.id, entry);
  }
  const inOrder = [...merged.values()].sort(byId);
  return inOrder.map((entry) => ({
    entry,
    end: entry.settlement === undefined ? undefined : ended(entry.admission, entry.settlement),
  }));
}

function byId(a: LedgerEntry, b: LedgerEntry): number {
  if (a.admission.id === b.admission.id) return 0;
  return a.admission.id < b.admission.id ? -1 : 1;
}

function weight({ settlement }: LedgerEntry): number {
  if (settlement === undefined) return 0;
  return settlement.state === "unknown" ? 1 : 2;
}

/** Whether a row in that state becomes what an entry says. Settled, cancelled and failed are final. */
export function mayBecome(before: RequestState | string, after: EndedEntry): boolean {
  if (before === "admitted") return true;
  return before === "unknown" && after.settlement.state !== "unknown";
}
