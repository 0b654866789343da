import type { PiiKind } from "../../../config/features.ts";
import { detect } from "./detect.ts";

/**
 * What a placeholder looks like, whoever wrote it; also as servers write it that escape angle brackets in the JSON of arguments, as Go's
 * do: https://pkg.go.dev/encoding/json#Marshal
 */
const PLACEHOLDER = /(?:<|\\u003c)(?<name>(?:EMAIL|PHONE|CARD|IBAN|SSN|IP|SECRET)_\d{1,7})(?:>|\\u003e)/gi;
const LONGEST_PLACEHOLDER = 32;

/** A piece of a text that another piece has taken the place of. */
export interface Edit {
  /** In the text before. */
  readonly start: number;
  readonly end: number;
  /** Of what stands there now. */
  readonly length: number;
}

export interface Edited {
  readonly text: string;
  readonly edits: readonly Edit[];
}

/**
 * The personal values of one conversation, each with the placeholder that stands for it wherever it occurs. Numbers are given in the
 * order in which values are met, so that a conversation that has grown begins with the same words.
 */
export interface Vault {
  /** These placeholders stand in the conversation already and mean nothing here: they are given to no value. */
  readonly reserve: (text: string) => void;
  readonly hide: (text: string) => Edited;
  /** `written`: how a value is written where it is put back. What is no placeholder of this vault stays. */
  readonly restore: (text: string, written?: (value: string) => string) => Edited;
  /** Where the beginning of a placeholder stands at the end of the text; undefined: none does. */
  readonly openAt: (text: string) => number | undefined;
  /** Where the first placeholder of this vault stands; undefined: none does. */
  readonly firstAt: (text: string) => number | undefined;
  /** How many different values of each kind there are. */
  readonly counts: () => Readonly<Partial<Record<PiiKind, number>>>;
}

export function createVault(kinds?: readonly PiiKind[]): Vault {
  const placeholders = new Map<string, string>();
  const values = new Map<string, string>();
  const beginnings = new Set<string>();
  const taken = new Set<string>();
  const numbers = new Map<PiiKind, number>();
  const counts = new Map<PiiKind, number>();

  const fresh = (kind: PiiKind): string => {
    let number = numbers.get(kind) ?? 0;
    let name: string;
    do {
      number += 1;
      name = `<${kind.toUpperCase()}_${number}>`;
    } while (taken.has(name));
    numbers.set(kind, number);
    return name;
  };
  const placeholderFor = (kind: PiiKind, value: string): string => {
    const key = `${kind} ${value}`;
    const known = placeholders.get(key);
    if (known !== undefined) return known;
    const name = fresh(kind);
    placeholders.set(key, name);
    values.set(name, value);
    for (const written of [name, name.replace("<", "\\U003C").replace(">", "\\U003E")])
      for (let length = 1; length < written.length; length++) beginnings.add(written.slice(0, length));
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return name;
  };

  return {
    reserve(text) {
      for (const { name } of placeholdersIn(text)) if (!values.has(name)) taken.add(name);
    },
    hide: (text) =>
      edited(
        text,
        detect(text, kinds).map(({ kind, start, end }) => ({
          start,
          end,
          instead: placeholderFor(kind, text.slice(start, end)),
        })),
      ),
    restore: (text, written = (value) => value) =>
      edited(
        text,
        placeholdersIn(text).flatMap(({ name, start, end }) => {
          const value = values.get(name);
          return value === undefined ? [] : [{ start, end, instead: written(value) }];
        }),
      ),
    openAt(text) {
      for (let at = Math.max(0, text.length - LONGEST_PLACEHOLDER); at < text.length; at++) {
        const isMark = text[at] === "<" || text[at] === "\\";
        if (isMark && beginnings.has(text.slice(at).toUpperCase())) return at;
      }
      return undefined;
    },
    firstAt(text) {
      return placeholdersIn(text).find(({ name }) => values.has(name))?.start;
    },
    counts: () => Object.fromEntries(counts),
  };
}

interface Found {
  /** As it is given to a value. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function placeholdersIn(text: string): readonly Found[] {
  if (!text.includes("_")) return NONE;
  return [...text.matchAll(PLACEHOLDER)].map(({ 0: written, index, groups }) => ({
    name: `<${groups?.["name"] ?? ""}>`.toUpperCase(),
    start: index,
    end: index + written.length,
  }));
}

const NONE: readonly Found[] = [];

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly instead: string;
}

const NOTHING: readonly Edit[] = [];

function edited(text: string, replacements: readonly Replacement[]): Edited {
  if (replacements.length === 0) return { text, edits: NOTHING };
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end, instead } of replacements) {
    pieces.push(text.slice(from, start), instead);
    from = end;
  }
  pieces.push(text.slice(from));
  const edits = replacements.map(({ start, end, instead }) => ({ start, end, length: instead.length }));
  return { text: pieces.join(""), edits };
}

/** Where an offset into the text before stands in the text after. Inside of what was replaced: at the end of what stands there now. */
export function moved(offset: number, edits: readonly Edit[]): number {
  let shift = 0;
  for (const { start, end, length } of edits) {
    if (offset <= start) break;
    if (offset < end) return start + shift + length;
    shift += length - (end - start);
  }
  return offset + shift;
}
