import type { CanonicalRequest, Message, Part, TextPart } from "@signalbox/protocol";
import { type Block, readConversation } from "./blocks.ts";
import type { CompressibleText } from "./engine.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import { minifyJson } from "./json-text.ts";
import { keptShare, LEAST_SAVED, LEAST_TOKENS } from "./levels.ts";
import { collapseLog } from "./logs.ts";
import { type Lossless, withoutLoss } from "./lossless.ts";
import { type ReadSoFar, startReading } from "./repeated-lines.ts";
import { segmentsOf } from "./segments.ts";
import { type SentSoFar, startSending } from "./sent-so-far.ts";
import { kindOf, type TextKind } from "./text-kind.ts";
import { skipped, type Wished, wishedOf } from "./wishes.ts";

/** From which message on what holds. */
export interface Era {
  readonly from: number;
  /** Absent: everything stays as it is. */
  readonly aggressiveness?: number;
}

export interface ConversationSettings {
  /** Of the whole request, earliest first; empty: only what its author wishes is compressed. */
  readonly eras: readonly Era[];
  /**
   * The shortest prompt that the target's cache keeps. Nothing is compressed before so much is sent: shorter prompts would be paid for in
   * full on every turn, where the longer one is read from the cache. Absent: there is no cache.
   */
  readonly floorTokens?: number;
}

/** What an engine is to do, in one call. */
export interface Job {
  readonly aggressiveness: number;
  readonly texts: readonly CompressibleText[];
}

/** Tokens are estimates. */
export interface CompressionReport {
  /** Of the texts that were compressed. */
  readonly originalTokens: number;
  readonly compressedTokens: number;
  readonly savedTokens: number;
  /** Of those that were saved: in what was not sent before, */
  readonly freshTokens: number;
  /** and in what was. */
  readonly historyTokens: number;
  readonly warnings: readonly string[];
}

export interface Compressed extends CompressionReport {
  /** The request itself where nothing was gained. No part of it carries a wish any more. */
  readonly request: CanonicalRequest;
  /** Some part of the request carried one. */
  readonly hasWishes: boolean;
  /** Of the saved tokens: those that lay between the tokens of JSON objects, for vendors who are sent objects as objects. */
  readonly layout: () => Saved;
}

export type Saved = Pick<CompressionReport, "freshTokens" | "historyTokens">;

/** What is known before any engine has run. */
export interface Prepared {
  readonly jobs: readonly Job[];
  /** With what the engine made of each job's texts. One that has failed is told as undefined: its texts stay. */
  readonly finish: (results: readonly (readonly string[] | undefined)[]) => Compressed;
}

/** A text on its way. */
interface Draft {
  readonly block: Block;
  readonly tokens: number;
  /** Protected and free pieces, in their order. The engine's have a place among its texts. */
  readonly pieces: readonly (string | { readonly job: number; readonly at: number; readonly text: string })[];
  /** Something of it may be left out for good. */
  readonly isLossy: boolean;
  /** Without loss. */
  readonly text: string;
  readonly leastTokens: number;
  /** For certain. */
  readonly savedTokens: number;
}

/**
 * A pure function of the request and the settings. What becomes of a text depends on nothing that stands behind the messages that it was
 * sent with, so that the same conversation is sent the same on every turn.
 */
export function prepareCompression(request: CanonicalRequest, settings: ConversationSettings): Prepared {
  const { blocks, newest } = readConversation(request);
  const read = forgetsItself(request) ? undefined : startReading();
  const jobs = startJobs();
  const warnings: string[] = [];
  const wished = wishedOf(blocks, warnings);
  const shortened = new Set<string>();
  const sent = startSending(settings.floorTokens);
  const drafts = blocks.flatMap((block) => {
    const wish = wished.get(block.part);
    const draft =
      wish === undefined
        ? draftOf(block, { settings, read, jobs, shortened, sent })
        : wishDraft(block, wish, { read, jobs });
    sent.add(block.part.text, draft);
    // What was left out for good is not what the model is pointed to.
    if (draft?.isLossy === true) shortened.add(block.part.text);
    else if (isRead(block)) read?.add(draft === undefined ? block.part.text : draft.text, block.label, block.part.text);
    return draft ?? [];
  });
  const hasWishes = blocks.some(
    ({ part, result }) => part.compression !== undefined || result?.compression !== undefined,
  );
  return {
    jobs: jobs.all(),
    finish: (results) => {
      const report = reportOf(drafts, { results, newest, wished, warnings, sent: startSending(settings.floorTokens) });
      const { changes, ...told } = report;
      const isSame = changes.size === 0 && !hasWishes;
      return { request: isSame ? request : rewritten(request, changes), hasWishes, ...told };
    },
  };
}

/** What the model may not see any more cannot be pointed to: servers that drop the beginning of long conversations. */
function forgetsItself({ extensions }: CanonicalRequest): boolean {
  const { truncation } = extensions?.["openai-responses"] ?? {};
  return truncation === "auto" || extensions?.["anthropic-messages"]?.["context_management"] !== undefined;
}

const isRead = ({ role, result }: Block): boolean => result !== undefined || role === "user";

interface Tools {
  readonly read: ReadSoFar | undefined;
  readonly jobs: Jobs;
}

interface WholeTools extends Tools {
  readonly settings: ConversationSettings;
  /** What was shortened. Whoever reads it again misses what was left out: it is sent whole then. */
  readonly shortened: ReadonlySet<string>;
  readonly sent: SentSoFar;
}

/** By the rules for whole requests; undefined: it stays as it is. */
function levelOf(block: Block, { eras }: ConversationSettings): number | undefined {
  const { part, result, role, message } = block;
  const isOwn = result === undefined;
  if (block.isCached || (isOwn && (role !== "user" || block.isQuestion))) return undefined;
  if (isBound(part) || (result !== undefined && isSealed(result)) || part.text.length < LEAST_TOKENS) return undefined;
  return eras.findLast(({ from }) => from <= message)?.aggressiveness;
}

function draftOf(block: Block, tools: WholeTools): Draft | undefined {
  const { part, result } = block;
  const { sent, shortened, read, jobs } = tools;
  const aggressiveness = levelOf(block, tools.settings);
  const tokens = aggressiveness === undefined ? 0 : estimateTokens(part.text);
  if (aggressiveness === undefined || tokens < LEAST_TOKENS) return undefined;
  const kind = kindOf(part.text);
  const lossless = withoutLoss({ text: part.text, tokens, kind, isResult: result !== undefined }, read);
  const savedTokens = tokens - lossless.tokens;
  const leastTokens = Math.floor(lossless.tokens * keptShare(aggressiveness));
  const mayLose = aggressiveness > 0 && result?.isError !== true && !shortened.has(part.text);
  if (mayLose && (kind === "prose" || kind === "log") && sent.isEnoughWith(leastTokens)) {
    const pieces = lossyPieces(block, { ...lossless, kind, aggressiveness, jobs });
    return { block, tokens, pieces, isLossy: true, text: lossless.text, leastTokens, savedTokens: 0 };
  }
  if (!sent.isEnoughWith(lossless.tokens) || !sent.isWorth(savedTokens)) return undefined;
  const { text } = lossless;
  return { block, tokens, pieces: [text], isLossy: false, text, leastTokens: lossless.tokens, savedTokens };
}

/** As its author wishes: prose and anything that is no code, diff or JSON. */
function wishDraft(block: Block, { aggressiveness, group }: Wished, { read, jobs }: Tools): Draft | undefined {
  const { part, result } = block;
  if (isBound(part) || (result !== undefined && isSealed(result))) return undefined;
  const tokens = estimateTokens(part.text);
  const kind = kindOf(part.text);
  const lossless: Lossless =
    result === undefined && block.role !== "user"
      ? { text: part.text, tokens }
      : withoutLoss({ text: part.text, tokens, kind, isResult: result !== undefined }, read);
  const isLossy = aggressiveness > 0 && (kind === "prose" || kind === "log" || kind === "other");
  const pieces = isLossy ? lossyPieces(block, { ...lossless, kind, aggressiveness, jobs, group }) : [lossless.text];
  const leastTokens = Math.floor(lossless.tokens * keptShare(aggressiveness));
  return { block, tokens, pieces, isLossy, text: lossless.text, leastTokens, savedTokens: 0 };
}

/** Vendors' own values belong to the very text that they stand beside, and citations to its places. */
const isBound = ({ opaque, citations, extension }: TextPart): boolean =>
  opaque !== undefined || (citations?.length ?? 0) > 0 || extension !== undefined;

const isSealed = ({ opaque }: Part): boolean => opaque !== undefined;

interface Lossy extends Lossless {
  readonly kind: TextKind;
  readonly aggressiveness: number;
  readonly jobs: Jobs;
  readonly group?: number;
}

function lossyPieces(
  { part, query }: Block,
  { text, segments, kind, aggressiveness, jobs, group }: Lossy,
): Draft["pieces"] {
  const own = group ?? jobs.group();
  const asked = query === undefined || query === part.text ? {} : { query };
  return (segments ?? segmentsOf(text)).map(({ lines, isProtected }) => {
    if (isProtected) return lines.join("\n");
    if (kind === "log") return collapseLog(lines, aggressiveness).join("\n");
    const free = lines.join("\n");
    return { ...jobs.add(aggressiveness, { text: free, group: own, ...asked }), text: free };
  });
}

interface Jobs {
  readonly add: (aggressiveness: number, text: CompressibleText) => { readonly job: number; readonly at: number };
  readonly group: () => number;
  readonly all: () => readonly Job[];
}

/** Groups of wishes are below 0, those of whole texts above. */
function startJobs(): Jobs {
  const jobs: { aggressiveness: number; texts: CompressibleText[] }[] = [];
  let groups = 0;
  return {
    add(aggressiveness, text) {
      const known = jobs.findIndex((job) => job.aggressiveness === aggressiveness);
      const job = known < 0 ? jobs.push({ aggressiveness, texts: [] }) - 1 : known;
      return { job, at: (jobs[job]?.texts.push(text) ?? 1) - 1 };
    },
    group: () => {
      groups += 1;
      return groups;
    },
    all: () => jobs,
  };
}

interface Finishing {
  readonly results: readonly (readonly string[] | undefined)[];
  readonly newest: number;
  readonly wished: ReadonlyMap<TextPart, Wished>;
  readonly warnings: readonly string[];
  /** To the same target, with nothing sent yet. */
  readonly sent: SentSoFar;
}

function reportOf(drafts: readonly Draft[], { results, newest, wished, warnings, sent }: Finishing) {
  const changes = new Map<TextPart, string>();
  const changed: Draft[] = [];
  const sums = { originalTokens: 0, compressedTokens: 0, savedTokens: 0, freshTokens: 0, historyTokens: 0 };
  const isFresh = ({ batch }: Block) => batch === newest || newest === 0;
  for (const draft of drafts) {
    const { block, tokens, pieces } = draft;
    const text = pieces
      .map((piece) => (typeof piece === "string" ? piece : (results[piece.job]?.[piece.at] ?? piece.text)))
      .join("\n");
    const shorter = text.length < block.part.text.length ? estimateTokens(text) : tokens;
    const saved = tokens - shorter;
    if (wished.has(block.part) ? saved < LEAST_SAVED : !sent.isWorth(saved)) continue;
    sent.add(text, { leastTokens: shorter, savedTokens: saved });
    changes.set(block.part, text);
    changed.push(draft);
    sums.originalTokens += tokens;
    sums.compressedTokens += shorter;
    sums.savedTokens += saved;
    // Instructions are sent for the first time with the first turn.
    if (isFresh(block)) sums.freshTokens += saved;
    else sums.historyTokens += saved;
  }
  const layout = () => layoutOf(changed, isFresh);
  return { changes, ...sums, layout, warnings: [...warnings, ...fruitless(drafts, wished, changes)] };
}

function layoutOf(changed: readonly Draft[], isFresh: (block: Block) => boolean): Saved {
  const sums = { freshTokens: 0, historyTokens: 0 };
  for (const { block, tokens } of changed) {
    const text = block.part.text.trim();
    if (block.result === undefined || !text.startsWith("{") || kindOf(text) !== "json") continue;
    sums[isFresh(block) ? "freshTokens" : "historyTokens"] += tokens - estimateTokens(minifyJson(text));
  }
  return sums;
}

/** Wishes of which nothing came; texts that follow one another are one. */
function fruitless(
  drafts: readonly Draft[],
  wished: ReadonlyMap<TextPart, Wished>,
  changes: ReadonlyMap<TextPart, string>,
): readonly string[] {
  const gained = new Set([...changes.keys()].map((part) => wished.get(part)?.group));
  const told = new Map<number, string>();
  for (const { block } of drafts) {
    const { group, aggressiveness = 0 } = wished.get(block.part) ?? {};
    if (group === undefined || aggressiveness === 0 || gained.has(group) || told.has(group)) continue;
    told.set(group, skipped(block, "nothing was gained by it, or it is code, a diff or JSON"));
  }
  return [...told.values()];
}

/** The request as it would be sent without compression: no upstream is told what its author wished. */
export function withoutWishes(request: CanonicalRequest): CanonicalRequest {
  return rewritten(request, new Map());
}

function rewritten(request: CanonicalRequest, changes: ReadonlyMap<TextPart, string>): CanonicalRequest {
  const textPart = (part: TextPart): TextPart => {
    const { compression, ...bare } = part;
    const text = changes.get(part);
    if (text === undefined) return compression === undefined ? part : bare;
    return { ...bare, text };
  };
  const rewrite = (part: Part): Part => {
    if (part.type === "text") return textPart(part);
    const { compression, ...bare } = part;
    const clean: Part = compression === undefined ? part : bare;
    if (clean.type !== "tool-result") return clean;
    const content = clean.content.map(rewrite);
    return content.every((inner, at) => inner === clean.content[at]) ? clean : { ...clean, content };
  };
  const message = (given: Message): Message => {
    const content = given.content.map(rewrite);
    return content.every((part, at) => part === given.content[at]) ? given : { ...given, content };
  };
  return { ...request, instructions: request.instructions.map(textPart), messages: request.messages.map(message) };
}
