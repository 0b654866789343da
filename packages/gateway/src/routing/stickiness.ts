import { expectedCost, ratesFor } from "../catalogue/prices.ts";
import type { Price } from "../catalogue/profile.ts";

/** Where a conversation's prompt cache lives. */
export interface CachedPlace {
  readonly provider: string;
  readonly model: string;
  /** A vendor's cache belongs to the account that wrote it. */
  readonly credential: string | undefined;
  /** Tokens that the next turn will find: what was read from the cache and what was written to it. */
  readonly cachedTokens: number;
  /** How long the vendor keeps them after their last use: 5 minutes, or an hour where that was asked and paid for. */
  readonly ttlMs: number;
}

/** What `auto` has chosen for a conversation. */
export interface Pin {
  /** `provider/model`. */
  readonly target: string;
  /** The kind of task that it was chosen for. */
  readonly taskType: string;
  /** How often the user had spoken then. */
  readonly turns: number;
}

/**
 * What is remembered of conversations, by whatever id the caller makes. The id must tell keys, requested models and
 * conversations apart (`sessionKey`), because clients choose their own session names.
 */
export interface SessionMemory {
  /** The place whose cache is still alive at `now`. */
  readonly placeOf: (session: string, now: number) => CachedPlace | undefined;
  readonly note: (session: string, place: CachedPlace, now: number) => void;
  readonly pinned: (session: string, now: number) => Pin | undefined;
  /** Also renews a pin. */
  readonly pin: (session: string, pin: Pin, now: number) => void;
  readonly size: () => number;
}

export interface SessionMemorySettings {
  /** Conversations; the one that was quiet longest is forgotten first. */
  readonly limit?: number;
  /** How long a pin outlives the last turn. No shorter than a vendor's longest cache, or a warm cache would be left. */
  readonly pinMs?: number;
}

interface Entry {
  readonly place?: { readonly value: CachedPlace; readonly until: number };
  readonly pin?: { readonly value: Pin; readonly until: number };
}

const HOUR = 3_600_000;

export function createSessionMemory({ limit = 20_000, pinMs = HOUR }: SessionMemorySettings = {}): SessionMemory {
  const entries = new Map<string, Entry>();
  const write = (session: string, change: Entry) => {
    const entry = { ...entries.get(session), ...change };
    // A map keeps the order of insertion: what is written again moves to its end.
    entries.delete(session);
    entries.set(session, entry);
    if (entries.size <= limit) return;
    const [oldest] = entries.keys();
    if (oldest !== undefined) entries.delete(oldest);
  };
  return {
    placeOf: (session, now) => alive(entries.get(session)?.place, now),
    note: (session, value, now) => write(session, { place: { value, until: now + value.ttlMs } }),
    pinned: (session, now) => alive(entries.get(session)?.pin, now),
    pin: (session, value, now) => write(session, { pin: { value, until: now + pinMs } }),
    size: () => entries.size,
  };
}

function alive<T>(kept: { readonly value: T; readonly until: number } | undefined, now: number): T | undefined {
  return kept === undefined || kept.until <= now ? undefined : kept.value;
}

/** The id of a conversation in `SessionMemory`. A client's small model for titles shares its session with the large one. */
export function sessionKey(parts: { readonly key: string; readonly model: string; readonly session: string }): string {
  return JSON.stringify([parts.key, parts.model, parts.session]);
}

/** A target of a plan, with what it asks for a token where that is known. */
export interface PricedTarget {
  readonly provider: string;
  readonly model: string;
  readonly price: Price | undefined;
}

export interface StickyInput {
  /** In the plan's order; those that are resting have left it or stand behind. */
  readonly plan: readonly PricedTarget[];
  readonly place: CachedPlace | undefined;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Somebody has said the order (an operator's priorities, `order`, a pinned provider): it is not changed. */
  readonly isExplicit: boolean;
}

export interface Stay {
  /** The place in the plan of the target that goes first. */
  readonly index: number;
  /** The credential that wrote the cache, to be tried first. */
  readonly credential: string | undefined;
  readonly reason: string;
}

/**
 * Whether a conversation stays where its prompt cache lives although the plan prefers another target: unless this turn costs
 * less there even without the cache. Undefined: the plan's order holds.
 */
export function keepOrMove(input: StickyInput): Stay | undefined {
  const { plan, place } = input;
  if (place === undefined || place.cachedTokens <= 0) return undefined;
  const index = plan.findIndex(({ provider, model }) => provider === place.provider && model === place.model);
  const current = plan[index];
  const first = plan[0];
  if (current === undefined || first === undefined || (input.isExplicit && index > 0)) return undefined;
  const { credential } = place;
  const name = `${place.provider}/${place.model}`;
  const holds = `the prompt cache of ${name} holds ${place.cachedTokens} tokens of this conversation`;
  if (index === 0) return { index, credential, reason: `${holds}.` };
  const other = `${first.provider}/${first.model}`;
  if (current.price === undefined || first.price === undefined) {
    return { index, credential, reason: `${holds}, and what leaving it for ${other} costs is not known.` };
  }
  const staying = turnCost(current, current.price, input);
  const moving = turnCost(first, first.price, input);
  if (moving < staying) return undefined;
  const loss = `$${(moving - staying).toPrecision(2)}`;
  return { index, credential, reason: `${holds}; this turn would cost ${loss} more at ${other}.` };
}

/** What a turn is expected to use, and where the conversation's prompt cache lives. */
export type Turn = Pick<StickyInput, "place" | "inputTokens" | "outputTokens">;

/**
 * US dollars for one turn at a target. Where the cache lives its tokens are read from it; at any other place a conversation
 * that is cached writes its prompt to a cache again, which Anthropic bills at 1.25 or 2 times the input.
 */
export function turnCost(target: Pick<PricedTarget, "provider" | "model">, price: Price, turn: Turn): number {
  const { place, inputTokens, outputTokens } = turn;
  const counts = { inputTokens, outputTokens };
  if (place === undefined || place.cachedTokens <= 0) return expectedCost(price, counts);
  if (place.provider === target.provider && place.model === target.model) {
    return expectedCost(price, { ...counts, cachedTokens: place.cachedTokens });
  }
  const rates = ratesFor(price, inputTokens);
  const write = (place.ttlMs >= HOUR ? rates.cacheWrite1h : rates.cacheWrite5m) ?? rates.input;
  return (inputTokens * write + outputTokens * rates.output) / 1_000_000;
}
