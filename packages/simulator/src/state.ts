import type { Fields } from "./json.ts";
import { type PromptCacheModel, promptCacheModel } from "./prompt-cache.ts";

/** A map that forgets its oldest entries, so that a long-lived simulator does not grow. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Oldest first. */
  values(): readonly V[] {
    return [...this.#entries.values()];
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  /** False: it was not there. */
  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}

export interface StoredResponse {
  /** The conversation that it was asked with. */
  readonly items: readonly Fields[];
  /** As it ended. */
  readonly response: Fields;
  /** Work in the background that nobody has asked after yet. */
  readonly untouched: boolean;
}

export interface KeptFile {
  readonly id: string;
  /** The credential under which it was uploaded: no other one sees it. */
  readonly account: string;
  /** What it is called and how long it is, as the vendor tells. */
  readonly told: Fields;
  /** At most a megabyte of its beginning. */
  readonly content: Buffer;
}

export interface KeptBatch {
  readonly id: string;
  readonly vendor: "openai" | "anthropic" | "gemini";
  readonly account: string;
  readonly told: Fields;
  /** How often it is asked for before it is over. */
  readonly pollsLeft: number;
  readonly isOver: boolean;
  /** What it shall answer, as it came. */
  readonly requests: readonly Fields[];
  /** Lines, once it is over. */
  readonly results: string;
}

/** Prompt caches that behave as the vendors' do: with minimums, times to live and what is cached by itself. */
export interface PromptCaching {
  /** Milliseconds; absent: the machine's clock. */
  readonly now?: () => number;
  /** The shortest prefix that a model keeps; absent: 1,024 tokens. */
  readonly minimumTokens?: (model: string) => number;
  /** Whether a model of OpenAI's or Gemini's caches by itself; absent: each does. */
  readonly implicit?: (model: string) => boolean;
}

/** Gemini's explicit cache. */
export interface KeptContent {
  readonly account: string;
  readonly model: string;
  readonly tokens: number;
  readonly until: number;
  /** What stands before a request that names it. */
  readonly content: Fields;
  readonly told: Fields;
}

/** What one simulator remembers between requests; everything else follows from the request. */
export interface SimulatorState {
  /** Prompt-cache prefixes that were written, by their checksum. */
  readonly cachedPrefixes: BoundedMap<true>;
  /** Absent: what is written is kept for good, however short, and nothing is cached by itself. */
  readonly caching?: Required<PromptCaching> & { readonly model: PromptCacheModel };
  /** By its name. */
  readonly cachedContents: BoundedMap<KeptContent>;
  /** Responses that can be read, and that a later request may name as `previous_response_id`. */
  readonly storedResponses: BoundedMap<StoredResponse>;
  /** Files and batches, by their ids. */
  readonly files: BoundedMap<KeptFile>;
  readonly batches: BoundedMap<KeptBatch>;
  /** How often a limited `[[fault … times=N]]` was used. */
  readonly faultUses: BoundedMap<number>;
  readonly nextRequest: () => number;
}

export function createState(caching?: PromptCaching): SimulatorState {
  let requests = 0;
  return {
    ...(caching && { caching: cachingOf(caching) }),
    cachedContents: new BoundedMap(1000),
    cachedPrefixes: new BoundedMap(10_000),
    storedResponses: new BoundedMap(200),
    files: new BoundedMap(200),
    batches: new BoundedMap(200),
    faultUses: new BoundedMap(10_000),
    nextRequest: () => {
      requests += 1;
      return requests;
    },
  };
}

function cachingOf({ now = Date.now, minimumTokens = () => 1024, implicit = () => true }: PromptCaching) {
  return { now, minimumTokens, implicit, model: promptCacheModel({ now }) };
}
