import { estimateTokens } from "./estimate-tokens.ts";
import { minifyJson } from "./json-text.ts";
import { LEAST_SAVED } from "./levels.ts";
import type { ReadSoFar } from "./repeated-lines.ts";
import { type Segment, segmentsOf } from "./segments.ts";
import type { TextKind } from "./text-kind.ts";
import { tidy } from "./tidy.ts";
import { toonOf } from "./toon.ts";

/** Shorter, and says all the same. */
export interface Lossless {
  readonly text: string;
  readonly tokens: number;
  /** Of the text, where they are known. */
  readonly segments?: readonly Segment[];
}

export interface Original extends Lossless {
  readonly kind: TextKind;
  /** A tool's answer, and no one's own words. */
  readonly isResult: boolean;
}

/** The text itself where nothing is gained. `read` is what the model has read before. */
export function withoutLoss(original: Original, read: ReadSoFar | undefined): Lossless {
  const segments = isSegmented(original) ? segmentsOf(original.text) : undefined;
  const same: Lossless = segments === undefined ? original : { ...original, segments };
  const shorter = shortened(same, { ...original, read });
  if (shorter === undefined || shorter.length >= original.text.length) return same;
  const tokens = estimateTokens(shorter);
  return original.tokens - tokens >= LEAST_SAVED ? { text: shorter, tokens } : same;
}

const isSegmented = ({ kind }: Original): boolean => kind === "prose" || kind === "log" || kind === "other";

interface Reader extends Original {
  readonly read: ReadSoFar | undefined;
}

function shortened({ text, segments }: Lossless, { kind, isResult, read }: Reader): string | undefined {
  if (kind === "diff" || (kind === "json" && !isResult) || (kind === "code" && !isResult)) return undefined;
  if (kind === "json") return again(text, read) ?? jsonOf(text, read);
  if (isResult) {
    const same = again(text, read);
    if (same !== undefined) return same;
  }
  // Source code that a tool returns stays as it is, but for blocks that the model has read already.
  if (kind === "code") return hasFence(text) ? undefined : read?.without(text);
  return segments?.map((segment) => shortSegment(segment, read)).join("\n");
}

const hasFence = (text: string): boolean => text.includes("```") || text.includes("~~~");

function again(text: string, read: ReadSoFar | undefined): string | undefined {
  const label = read?.sameAs(text);
  return label === undefined ? undefined : `[This is the same, word for word, as ${label} above.]`;
}

function shortSegment({ lines, isProtected }: Segment, read: ReadSoFar | undefined): string {
  const text = lines.join("\n");
  if (isProtected) return text;
  const tidied = tidy(text);
  return read?.without(tidied) ?? tidied;
}

function jsonOf(text: string, read: ReadSoFar | undefined): string {
  const minified = minifyJson(text.trim());
  const same = again(minified, read);
  if (same !== undefined) return same;
  const toon = toonOf(minified);
  if (toon === undefined) return minified;
  const shorter = toon.length < minified.length && estimateTokens(toon) < estimateTokens(minified) ? toon : minified;
  return again(shorter, read) ?? shorter;
}
