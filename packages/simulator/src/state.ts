import type { Fields } from "./json.ts";

/** A map that forgets its oldest entries, so that a long-lived simulator does not grow. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
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

/** What one simulator remembers between requests; everything else follows from the request. */
export interface SimulatorState {
  /** Prompt-cache prefixes that were written, by their checksum. */
  readonly cachedPrefixes: BoundedMap<true>;
  /** Responses that can be read, and that a later request may name as `previous_response_id`. */
  readonly storedResponses: BoundedMap<StoredResponse>;
  /** How often a limited `[[fault … times=N]]` was used. */
  readonly faultUses: BoundedMap<number>;
  readonly nextRequest: () => number;
}

export function createState(): SimulatorState {
  let requests = 0;
  return {
    cachedPrefixes: new BoundedMap(10_000),
    storedResponses: new BoundedMap(200),
    faultUses: new BoundedMap(10_000),
    nextRequest: () => {
      requests += 1;
      return requests;
    },
  };
}
