import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { parseJsonObject } from "@signalbox/protocol";
import type { Secret } from "../../config/secret.ts";
import type { Logger } from "../../observe/log.ts";
import { StoreError } from "../errors.ts";
import type { Sealer } from "../seal.ts";
import { RedisLink } from "./redis-link.ts";
import { groupOf, type Looked, type Put, type Terms, type ValueStore } from "./values.ts";

/** A request is not kept waiting for longer by what may only save it time. */
const PATIENCE_MS = 100;
/** What is put waits for nobody. */
const PUT_PATIENCE_MS = 2_000;
const SCAN_COUNT = "500";
const HEAD_BYTES = 4_096;
/** The mark that every value has. */
const ALL = "*";
/** Beside the marks: a word that is another one after each drop of a name of the group. */
const droppedOf = (name: string): string => `${ALL}${groupOf(name)}`;
/** Nothing is put whose words are not today's: what came to lie there would be found again where they are forgotten. */
const SET_AS_BEGUN = `
for at = 3, #ARGV, 2 do
  if (redis.call('HGET', KEYS[2], ARGV[at]) or '') ~= ARGV[at + 1] then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;
/** What was put under the name since it was looked at begins otherwise, and stays. */
const UNLINK_AS_SEEN = `if redis.call('GETRANGE', KEYS[1], 0, ARGV[2]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end`;

export interface RedisValuesOptions {
  readonly url: Secret;
  readonly log: Logger;
  /** Values are sealed with it; absent: they stand there as they are. */
  readonly sealer?: Sealer | undefined;
  readonly prefix?: string;
  readonly patienceMs?: number;
}

/**
 * In Redis or Valkey, for all replicas. Marks are random words in one hash, and a value holds those under which it was begun: a value
 * whose words are not today's is none. Drops are words in the same hash, and only who puts is held to them. A hash that was evicted is
 * made anew with other words, so that nothing comes back to life.
 */
export class RedisValues implements ValueStore {
  readonly kind = "redis";
  readonly #link: RedisLink;
  readonly #sealer: Sealer | undefined;
  readonly #marks: string;
  readonly #names: string;
  readonly #patienceMs: number;

  /** Throws StoreError `invalid` for a wrong URL. */
  constructor({ url, log, sealer, prefix = "signalbox:", patienceMs = PATIENCE_MS }: RedisValuesOptions) {
    this.#sealer = sealer;
    // One hash tag: a look-up is answered by one server.
    this.#marks = `${prefix}{cache}:marks`;
    this.#names = `${prefix}{cache}:value:`;
    this.#patienceMs = patienceMs;
    const meanwhile = "nothing is found in the response cache meanwhile";
    this.#link = new RedisLink({ url, log, meanwhile, prepare: () => Promise.resolve(), bears: isFull });
  }

  get firstTry(): Promise<void> {
    return this.#link.firstTry;
  }

  readonly get = async (name: string, marks: readonly string[]): Promise<Looked> => {
    if (!this.#link.isReady()) return {};
    return within(this.#patienceMs, this.#look(name, marks), {});
  };

  readonly put = async (name: string, value: string, { stamp, ttlMs }: Terms): Promise<Put> => {
    if (!this.#link.isReady()) return "lost";
    const { stamp: dropped, body: marked } = halves(stamp);
    const text = `${marked}\n${this.#sealed(name, value)}`;
    const ttl = String(Math.max(1, Math.ceil(ttlMs)));
    const words = [
      droppedOf(name),
      dropped,
      ...Object.entries(parseJsonObject(marked) ?? {})
        .flat()
        .map(asText),
    ];
    const put = this.#link.send(["EVAL", SET_AS_BEGUN, "2", this.#names + name, this.#marks, text, ttl, ...words]).then(
      (done): Put => (done === 1 ? "kept" : "purged"),
      (): Put => "lost",
    );
    return within<Put>(PUT_PATIENCE_MS, put, "lost");
  };

  readonly peek = async (name: string): Promise<string | undefined> => {
    const text = await this.#link.send(["GET", this.#names + name]);
    if (typeof text !== "string") return undefined;
    const { stamp, body } = halves(text);
    return (await this.#isOfToday(stamp)) ? this.#opened(name, body) : undefined;
  };

  readonly drop = async (name: string): Promise<boolean> => {
    // In this order: what comes in between is refused, or is gone.
    const told = this.#link.send(["HSET", this.#marks, droppedOf(name), word()]);
    const gone = this.#link.send(["UNLINK", this.#names + name]);
    return (await Promise.all([told, gone]))[1] === 1;
  };

  readonly renew = async (mark: string = ALL): Promise<void> => {
    await this.#link.send(["HSET", this.#marks, mark, word()]);
    // Nothing of it is found from here on. What it takes is given back in the background.
    void this.#sweep().catch(() => undefined);
  };

  readonly size = (): undefined => undefined;

  readonly close = (): void => this.#link.close();

  async #look(name: string, marks: readonly string[]): Promise<Looked> {
    try {
      // Both are on their way before either is answered.
      const words = this.#link.send(["HMGET", this.#marks, droppedOf(name), ALL, ...marks]).then(asTexts);
      const found = this.#link.send(["GET", this.#names + name]);
      const told = words.then(async ([dropped = "", ...now]) => ({ dropped, marked: await this.#stampOf(now, marks) }));
      const [{ dropped, marked }, text] = await Promise.all([told, found]);
      const stamp = `${dropped}\n${marked}`;
      if (typeof text !== "string") return { stamp };
      const { stamp: begun, body } = halves(text);
      const value = begun === marked ? this.#opened(name, body) : undefined;
      return value === undefined ? { stamp } : { stamp, value };
    } catch {
      return {};
    }
  }

  async #stampOf([all = "", ...rest]: readonly string[], marks: readonly string[]): Promise<string> {
    return stampOf(all === "" ? await this.#begin() : all, marks, rest);
  }

  /** Of several replicas that begin, one has its word. */
  async #begin(): Promise<string> {
    await this.#link.send(["HSETNX", this.#marks, ALL, word()]);
    return asText(await this.#link.send(["HGET", this.#marks, ALL]));
  }

  async #isOfToday(stamp: string): Promise<boolean> {
    const told = parseJsonObject(stamp);
    if (told === undefined) return false;
    const marks = Object.keys(told);
    const words = await this.#link.send(["HMGET", this.#marks, ...marks]);
    return Array.isArray(words) && marks.every((mark, index) => told[mark] === (words[index] ?? ""));
  }

  async #sweep(): Promise<void> {
    let cursor = "0";
    do {
      const page = await this.#link.send(["SCAN", cursor, "MATCH", `${escaped(this.#names)}*`, "COUNT", SCAN_COUNT]);
      const [next, names] = Array.isArray(page) ? page : ["0", []];
      cursor = String(next);
      for (const name of Array.isArray(names) ? names : []) await this.#sweepOne(String(name));
    } while (cursor !== "0");
  }

  async #sweepOne(name: string): Promise<void> {
    const head = await this.#link.send(["GETRANGE", name, "0", String(HEAD_BYTES)]);
    if (typeof head === "string" && head !== "" && !(await this.#isOfToday(halves(head).stamp))) {
      await this.#link.send(["EVAL", UNLINK_AS_SEEN, "1", name, head, String(HEAD_BYTES)]);
    }
  }

  #sealed(name: string, value: string): string {
    if (this.#sealer === undefined) return value;
    return Buffer.from(this.#sealer.seal(Buffer.from(value), contextOf(name))).toString("base64");
  }

  /** What was sealed with another key is not there. */
  #opened(name: string, body: string): string | undefined {
    if (this.#sealer === undefined) return body;
    try {
      return Buffer.from(this.#sealer.open(Buffer.from(body, "base64"), contextOf(name))).toString();
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }
}

const word = (): string => randomBytes(9).toString("base64url");
const contextOf = (name: string): string => `response-cache|${name}|value|1`;
const asText = (value: unknown): string => (typeof value === "string" ? value : "");
const asTexts = (told: unknown): readonly string[] => (Array.isArray(told) ? told.map(asText) : []);

/** A line of JSON, so that a name of a router may be anything. */
function stampOf(all: string, marks: readonly string[], words: readonly string[]): string {
  return JSON.stringify(Object.fromEntries([[ALL, all], ...marks.map((mark, index) => [mark, words[index] ?? ""])]));
}

function halves(text: string): { readonly stamp: string; readonly body: string } {
  const end = text.indexOf("\n");
  return end < 0 ? { stamp: "", body: "" } : { stamp: text.slice(0, end), body: text.slice(end + 1) };
}

/** Of a pattern of SCAN. */
const escaped = (text: string): string => text.replaceAll(/[\\*?[\]^-]/g, "\\$&");

/**
 * Redis has no room, or cannot write its disk: it answers all the same, and what it holds can be read. Before 7 a script's error stands
 * within another one's words.
 */
function isFull(error: unknown): boolean {
  return error instanceof Error && /(?:^|: -)(?:OOM|MISCONF) /.test(error.message);
}

async function within<T>(ms: number, work: Promise<T>, otherwise: T): Promise<T> {
  const stop = new AbortController();
  const patience = delay(ms, otherwise, { signal: stop.signal, ref: false }).catch(() => otherwise);
  const first = await Promise.race([work, patience]);
  stop.abort();
  return first;
}
