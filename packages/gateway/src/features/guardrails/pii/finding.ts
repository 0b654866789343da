import type { PiiKind } from "../../../config/features.ts";

/** Where in a text something personal stands, in UTF-16 units. */
export interface Finding {
  readonly kind: PiiKind;
  readonly start: number;
  readonly end: number;
}

/**
 * One kind of personal data. `patterns` find what may be it, in time that grows with the text's length and no faster: every repetition
 * in them is bounded. `accepts` has the last word.
 */
export interface Detector {
  readonly kind: PiiKind;
  readonly find: (text: string) => readonly Finding[];
  /** What is searched for, global. */
  readonly patterns: readonly RegExp[];
}

/** The whole match where the pattern has no group `value`. */
export function findAll(
  text: string,
  pattern: RegExp,
  accepts: (value: string, match: RegExpExecArray) => boolean = () => true,
): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const match of text.matchAll(pattern)) {
    const value = match.groups?.["value"] ?? match[0];
    const start = match.index + match[0].lastIndexOf(value);
    if (accepts(value, match)) found.push({ start, end: start + value.length });
  }
  return found;
}

export const digitsOf = (text: string): string => text.replaceAll(/\D/g, "");
