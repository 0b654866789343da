import type { Column } from "./outcome.ts";

/** A failure whose cause is understood. docs/fidelity.md says more of each. */
export interface KnownFailure {
  readonly name: string;
  readonly columns?: readonly Column[];
  readonly matches: RegExp;
}

export const KNOWN_FAILURES: readonly KnownFailure[] = [];

export const UNNAMED = "unnamed";

export function nameOfFailure(column: Column, failure: string): string {
  const known = KNOWN_FAILURES.find(
    ({ columns, matches }) => (columns?.includes(column) ?? true) && matches.test(failure),
  );
  return known?.name ?? UNNAMED;
}
