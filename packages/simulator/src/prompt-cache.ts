import { createHash } from "node:crypto";

/** One block of a prompt as the vendor reads it, without its breakpoint. */
export interface PromptBlock {
  readonly text: string;
  /** Absent: a quarter of its characters. */
  readonly tokens?: number;
  readonly breakpoint?: "5m" | "1h";
}

export interface CachedPrompt {
  /** Caches are one account's and one model's. */
  readonly account: string;
  readonly model: string;
  /** In the order of the prompt: tools, system, messages. */
  readonly blocks: readonly PromptBlock[];
  /** The shortest prefix that is kept. */
  readonly minimumTokens: number;
}

/** Prompt tokens, disjoint. */
export interface CacheCounts {
  readonly uncached: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

/** What a vendor's prompt cache does with one prompt after another. */
export interface PromptCacheModel {
  /**
   * Breakpoints, as Anthropic and Bedrock have them: from each one back, up to 20 blocks are looked at for what an earlier breakpoint
   * wrote. What is read lives on for its own time; what lies behind it, up to the last breakpoint, is written.
   * https://platform.claude.com/docs/en/build-with-claude/prompt-caching
   */
  readonly explicit: (prompt: CachedPrompt) => CacheCounts;
  /**
   * By itself, as OpenAI and Gemini do: the longest known beginning, in steps of 128 tokens, for five minutes; writing is free.
   * https://developers.openai.com/api/docs/guides/prompt-caching
   */
  readonly implicit: (prompt: CachedPrompt) => CacheCounts;
}

export interface PromptCacheSettings {
  /** Milliseconds. */
  readonly now: () => number;
  /** Prefixes that are remembered; the one that was quiet longest is forgotten first. */
  readonly limit?: number;
}

interface Entry {
  readonly until: number;
  readonly ttlMs: number;
}

const LIVES_MS = { "5m": 300_000, "1h": 3_600_000 } as const;
const LOOKBACK = 20;
const STEP_TOKENS = 128;
const CHARACTERS_PER_TOKEN = 4;

export function promptCacheModel({ now, limit = 200_000 }: PromptCacheSettings): PromptCacheModel {
  const entries = new Map<string, Entry>();
  const write = (key: string, ttlMs: number) => {
    entries.delete(key);
    entries.set(key, { until: now() + ttlMs, ttlMs });
    const [oldest] = entries.keys();
    if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
  };
  const touch = (key: string): boolean => {
    const entry = entries.get(key);
    if (entry === undefined || entry.until <= now()) return false;
    write(key, entry.ttlMs);
    return true;
  };
  return {
    explicit: (prompt) => countExplicit(prompt, { touch, write }),
    implicit: (prompt) => countImplicit(prompt, { touch, write }),
  };
}

interface Memory {
  /** Whether it is kept; its time begins anew. */
  readonly touch: (key: string) => boolean;
  readonly write: (key: string, ttlMs: number) => void;
}

interface Prefix {
  readonly key: string;
  readonly tokens: number;
  readonly breakpoint: "5m" | "1h" | undefined;
}

function countExplicit(prompt: CachedPrompt, { touch, write }: Memory): CacheCounts {
  const prefixes = prefixesOf(prompt);
  const total = prefixes.at(-1)?.tokens ?? 0;
  const known = longestKnown(prefixes, touch);
  const counts = { uncached: 0, cacheRead: prefixes[known]?.tokens ?? 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  let reached = counts.cacheRead;
  for (const [at, { key, tokens, breakpoint }] of prefixes.entries()) {
    if (breakpoint === undefined || tokens < prompt.minimumTokens) continue;
    if (at <= known) {
      touch(key);
      continue;
    }
    counts[breakpoint === "1h" ? "cacheWrite1h" : "cacheWrite5m"] += tokens - reached;
    reached = tokens;
    write(key, LIVES_MS[breakpoint]);
  }
  return { ...counts, uncached: total - reached };
}

function longestKnown(prefixes: readonly Prefix[], touch: Memory["touch"]): number {
  for (let at = prefixes.length - 1; at >= 0; at--) {
    if (prefixes[at]?.breakpoint === undefined) continue;
    for (let back = at; back > at - LOOKBACK && back >= 0; back--) {
      if (touch(prefixes[back]?.key ?? "")) return back;
    }
  }
  return -1;
}

function prefixesOf({ account, model, blocks }: CachedPrompt): readonly Prefix[] {
  const hash = createHash("sha256").update(JSON.stringify([account, model]));
  let characters = 0;
  let given = 0;
  return blocks.map(({ text, tokens, breakpoint }) => {
    hash.update(`${text.length}:${text}`);
    if (tokens === undefined) characters += text.length;
    else given += tokens;
    return {
      key: hash.copy().digest("base64"),
      tokens: given + Math.ceil(characters / CHARACTERS_PER_TOKEN),
      breakpoint,
    };
  });
}

function countImplicit({ account, model, blocks, minimumTokens }: CachedPrompt, { touch, write }: Memory): CacheCounts {
  const hash = createHash("sha256").update(JSON.stringify([account, model, "implicit"]));
  let cacheRead = 0;
  let isKnown = true;
  let total = 0;
  let end = STEP_TOKENS;
  for (const { text, tokens } of sized(blocks)) {
    let at = 0;
    for (; end <= total + tokens; end += STEP_TOKENS) {
      const upTo = Math.floor(((end - total) * text.length) / tokens);
      hash.update(text.slice(at, upTo));
      at = upTo;
      const key = hash.copy().digest("base64");
      isKnown = isKnown && touch(key);
      if (isKnown) cacheRead = end;
      else write(key, LIVES_MS["5m"]);
    }
    hash.update(text.slice(at));
    total += tokens;
  }
  const read = cacheRead < minimumTokens ? 0 : cacheRead;
  return { uncached: Math.ceil(total) - read, cacheRead: read, cacheWrite5m: 0, cacheWrite1h: 0 };
}

/** Blocks of which nobody says how long they are are one text. */
function sized(blocks: readonly PromptBlock[]): readonly { readonly text: string; readonly tokens: number }[] {
  if (blocks.some(({ tokens }) => tokens !== undefined))
    return blocks.map(({ text, tokens }) => ({
      text: `${text}\u0000`,
      tokens: tokens ?? text.length / CHARACTERS_PER_TOKEN,
    }));
  const text = blocks.map((block) => block.text).join("\u0000");
  return [{ text, tokens: text.length / CHARACTERS_PER_TOKEN }];
}
