import { type CompressibleText, type CompressionEngine, GAP } from "./engine.ts";
import { ANYTHING_GOES, keptShare } from "./levels.ts";
import { readWords } from "./words.ts";

/**
 * Leaves out sentences. Which: those that share the fewest words with what is asked (BM25), say what was said before, and stand neither
 * at the beginning nor at the end. What stays is as it was written, in its order.
 */
export const extractive = {
  id: "extractive",
  compress: (texts: readonly CompressibleText[], aggressiveness: number): readonly string[] => {
    const groups = Map.groupBy(texts.keys(), (at) => texts[at]?.group);
    const compressed: string[] = texts.map(({ text }) => text);
    for (const places of groups.values()) {
      const group = places.flatMap((at) => texts[at] ?? []);
      for (const [index, text] of compressGroup(group, aggressiveness).entries()) {
        const at = places[index];
        if (at !== undefined) compressed[at] = text;
      }
    }
    return compressed;
  },
} satisfies CompressionEngine;

/** A sentence or a line, with the white space behind it. */
interface Unit {
  readonly text: string;
  readonly terms: readonly number[];
  /** It may be left out by none but the most eager. */
  readonly isExact: boolean;
  readonly isEdge: boolean;
}

function compressGroup(group: readonly CompressibleText[], aggressiveness: number): readonly string[] {
  const texts = group.map(({ text }) => unitsOf(text));
  const units = texts.flat();
  const kept = choose(units, scoresOf(units, group[0]?.query), aggressiveness);
  let at = 0;
  return texts.map((own) => {
    const text = rebuilt(own, kept.subarray(at, at + own.length));
    at += own.length;
    return text;
  });
}

/** The longest heading. */
const HEADING = 80;

function unitsOf(text: string): readonly Unit[] {
  const units: Unit[] = [];
  for (const line of linesOf(text)) {
    const isHeading = isHeadingLine(line);
    for (const sentence of isHeading ? [line] : sentencesOf(line)) {
      const { terms, isExact } = readWords(sentence, 0, sentence.length);
      units.push({ text: sentence, terms, isExact: isExact || isHeading || terms.length === 0, isEdge: false });
    }
  }
  const last = units.length - 1;
  return units.map((unit, at) => (at === 0 || at === last ? { ...unit, isEdge: true } : unit));
}

/** With their line breaks; empty lines belong to the line before them. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]+\n*|\n+/g) ?? [];
}

function isHeadingLine(line: string): boolean {
  // Most lines of prose are longer than any heading.
  if (line.length > HEADING && !line.startsWith("#")) return false;
  const trimmed = line.trim();
  if (/^#{1,6}\s|^[=*_-]{3,}$/.test(trimmed)) return true;
  return trimmed.length <= HEADING && (/[:：]$/.test(trimmed) || !/[\p{P}]$/u.test(trimmed));
}

const ENDING = /[.!?…]+["'”’)\]]*[ \t]+|[。！？]+["'”’」』）]*/g;
/** What ends with a full stop and no sentence. */
const ABBREVIATION =
  /(?:^|[\s("'])(?:\p{Lu}\p{Ll}?|\p{L}|Mrs|Prof|vs|cf|al|ca|Inc|Ltd|etc|approx|resp|Fig|Sec|vol|incl|bzw|e\.g|i\.e|z\.B)\.\s*$/u;

function sentencesOf(line: string): readonly string[] {
  const sentences: string[] = [];
  let start = 0;
  for (const { index, 0: ending } of line.matchAll(ENDING)) {
    const end = index + ending.length;
    if (end >= line.length || ABBREVIATION.test(line.slice(Math.max(start, end - 12), end))) continue;
    sentences.push(line.slice(start, end));
    start = end;
  }
  const rest = line.slice(start);
  if (rest.trim() === "" && sentences.length > 0) sentences.push((sentences.pop() ?? "") + rest);
  else sentences.push(rest);
  return sentences;
}

const SATURATION = 1.2;
const RELEVANCE = 0.6;
const NOVELTY = 0.25;
const POSITION = 0.15;
const EXACTNESS = 0.35;

function scoresOf(units: readonly Unit[], query: string | undefined): Float64Array {
  const relevance = relevanceOf(units, query);
  const most = relevance.reduce((sofar, value) => Math.max(sofar, value), 0);
  const seen = new Set<number>();
  return Float64Array.from(units, ({ terms, isExact, isEdge }, at) => {
    let fresh = 0;
    for (const term of terms) {
      if (seen.has(term)) continue;
      seen.add(term);
      fresh += 1;
    }
    const novelty = terms.length === 0 ? 0 : fresh / terms.length;
    const relevant = most === 0 ? 0 : (relevance[at] ?? 0) / most;
    return relevant * RELEVANCE + novelty * NOVELTY + (isEdge ? POSITION : 0) + (isExact ? EXACTNESS : 0);
  });
}

/** Okapi BM25, in which sentences are the documents. https://en.wikipedia.org/wiki/Okapi_BM25 */
function relevanceOf(units: readonly Unit[], query: string | undefined): Float64Array {
  const scores = new Float64Array(units.length);
  const wanted = new Set(query === undefined ? [] : readWords(query, 0, query.length).terms);
  if (wanted.size === 0) return scores;
  const holders = new Map<number, number>();
  let length = 0;
  const counted = units.map(({ terms }) => {
    length += terms.length;
    const counts = countsOf(terms, wanted);
    for (const term of counts.keys()) holders.set(term, (holders.get(term) ?? 0) + 1);
    return counts;
  });
  const average = Math.max(1, length / Math.max(1, units.length));
  for (const [at, { terms }] of units.entries()) {
    const long = 0.25 + 0.75 * (terms.length / average);
    for (const [term, count] of counted[at] ?? NONE) {
      const holding = holders.get(term) ?? 0;
      const rarity = Math.log(1 + (units.length - holding + 0.5) / (holding + 0.5));
      scores[at] = (scores[at] ?? 0) + (rarity * count * (SATURATION + 1)) / (count + SATURATION * long);
    }
  }
  return scores;
}

const NONE: ReadonlyMap<number, number> = new Map();

function countsOf(terms: readonly number[], wanted: ReadonlySet<number>): ReadonlyMap<number, number> {
  if (!terms.some((term) => wanted.has(term))) return NONE;
  const counts = new Map<number, number>();
  for (const term of terms) if (wanted.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

/** 1 for what is kept. */
function choose(units: readonly Unit[], scores: Float64Array, aggressiveness: number): Uint8Array {
  const kept = new Uint8Array(units.length);
  const all = units.reduce((sum, { text }) => sum + text.length, 0);
  let left = all * keptShare(aggressiveness);
  if (aggressiveness < ANYTHING_GOES) {
    for (const [at, { text, isExact }] of units.entries()) {
      if (!isExact) continue;
      kept[at] = 1;
      left -= text.length;
    }
  }
  const others = [...units.keys()].filter((at) => kept[at] === 0);
  others.sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0) || one - other);
  for (const at of others) {
    if (left <= 0) break;
    kept[at] = 1;
    left -= units[at]?.text.length ?? 0;
  }
  return kept;
}

/** What is left out must be longer than the mark in its place. */
const LEAST_GAP = 12;

function rebuilt(units: readonly Unit[], kept: Uint8Array): string {
  let text = "";
  let gap = "";
  const close = () => {
    if (gap.length < LEAST_GAP) text += gap;
    else text += GAP + gap.slice(gap.trimEnd().length);
    gap = "";
  };
  for (const [at, unit] of units.entries()) {
    if (kept[at] === 0) gap += unit.text;
    else {
      close();
      text += unit.text;
    }
  }
  close();
  return text;
}
