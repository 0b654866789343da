import type { Recording } from "./recordings.ts";

/** The columns of the table, in order. */
export const COLUMNS = [
  "passthrough",
  "request",
  "request schema",
  "crossed request schema",
  "decode",
  "re-encode",
  "answer schema",
  "to openai-chat",
  "to openai-responses",
  "to anthropic-messages",
  "to gemini",
] as const;

export type Column = (typeof COLUMNS)[number];

/** What came of one check of one recording. */
export interface Outcome {
  readonly recording: Recording;
  readonly column: Column;
  /** The first thing that went wrong; absent when nothing did. */
  readonly failure?: string;
}

/** Runs one check; whatever it throws is its failure. */
export function attempt(recording: Recording, column: Column, check: () => string | undefined): Outcome {
  const failure = failureOf(check);
  return failure === undefined ? { recording, column } : { recording, column, failure };
}

function failureOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    return `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  }
}

export function firstFailure(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const failure = check();
    if (failure !== undefined) return failure;
  }
  return undefined;
}
