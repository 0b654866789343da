import type { IncomingHttpHeaders } from "node:http";
import type { DialectId } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import type { ReceivedForm } from "./services/form.ts";

export interface JournalEntry {
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly startedAt: number;
  /** The request body as it arrived, and parsed (undefined when it is not JSON). Of a form nothing is kept here. */
  readonly body: Buffer;
  readonly json: unknown;
  /** What a form held. */
  readonly form?: ReceivedForm;
  /** As much as has come. */
  readonly bytesReceived: number;
  readonly dialect: DialectId | undefined;
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly system: string;
  /** The text of the last user message. */
  readonly text: string;
  readonly faults: readonly Fault[];
  readonly status: number | undefined;
  readonly eventsSent: number;
  readonly bytesSent: number;
  /** What the reply uses, prompt cache included; undefined where the answer is no reply. */
  readonly usage: ReplyUsage | undefined;
  /** Everything was sent, the answer's own end included: a vendor would bill all of it. */
  readonly complete: boolean;
  /** The client went away before the answer was complete; `eventsSent` says at what point. */
  readonly aborted: boolean;
  /** Undefined: the answer, or the wait for it, goes on. */
  readonly endedAt: number | undefined;
}

/** In tokens. */
export interface ReplyUsage {
  readonly input: number;
  readonly output: number;
}

export type OpenEntry = { -readonly [K in keyof JournalEntry]: JournalEntry[K] };

interface Waiter {
  readonly predicate: (entry: JournalEntry) => boolean;
  readonly resolve: (entry: JournalEntry) => void;
}

const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** The last requests, oldest first; fewer of them when their bodies are large. */
export class Journal {
  readonly #limit: number;
  #bodyBytes = 0;
  #entries: OpenEntry[] = [];
  #waiters: Waiter[] = [];
  #count = 0;

  constructor(limit = 1000) {
    this.#limit = limit;
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  get length(): number {
    return this.#entries.length;
  }

  last(): JournalEntry | undefined {
    return this.#entries.at(-1);
  }

  clear(): void {
    this.#keep([]);
  }

  #keep(entries: OpenEntry[]): void {
    this.#entries = entries;
    this.#bodyBytes = entries.reduce((total, { body }) => total + body.length, 0);
  }

  arrived(entry: OpenEntry, body: Buffer): void {
    entry.body = body;
    entry.bytesReceived = Math.max(entry.bytesReceived, body.length);
    this.#bodyBytes += body.length;
    if (this.#bodyBytes > MAX_BODY_BYTES) this.#keep(this.#entries.slice(-Math.ceil(this.#entries.length / 2)));
  }

  open(request: Pick<JournalEntry, "method" | "url" | "headers" | "rawHeaders">): OpenEntry {
    this.#count += 1;
    const entry: OpenEntry = {
      id: this.#count,
      method: request.method,
      url: request.url,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      startedAt: Date.now(),
      body: Buffer.alloc(0),
      json: undefined,
      bytesReceived: 0,
      dialect: undefined,
      model: undefined,
      stream: false,
      system: "",
      text: "",
      faults: [],
      status: undefined,
      eventsSent: 0,
      bytesSent: 0,
      usage: undefined,
      complete: false,
      aborted: false,
      endedAt: undefined,
    };
    this.#entries.push(entry);
    // Cutting in halves keeps this cheap under load.
    if (this.#entries.length > this.#limit * 2) this.#keep(this.#entries.slice(-this.#limit));
    return entry;
  }

  /** Tells the waiters that an entry has changed. */
  changed(entry: JournalEntry): void {
    if (this.#waiters.length === 0) return;
    const met = this.#waiters.filter((waiter) => waiter.predicate(entry));
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const waiter of met) waiter.resolve(entry);
  }

  /** The first entry, past or to come, that fits. Looked at when its body has arrived, when it was answered and when it ended. */
  waitFor(predicate: (entry: JournalEntry) => boolean, timeoutMs = 5000): Promise<JournalEntry> {
    const known = this.#entries.find(predicate);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(new Error(`No request fitted within ${timeoutMs} ms (${this.#entries.length} in the journal).`));
      }, timeoutMs);
      const waiter: Waiter = {
        predicate,
        resolve: (entry) => {
          clearTimeout(timer);
          resolve(entry);
        },
      };
      this.#waiters.push(waiter);
    });
  }
}
