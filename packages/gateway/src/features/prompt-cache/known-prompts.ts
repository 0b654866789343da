import { createHash, type Hash } from "node:crypto";
import type { CanonicalRequest, Message, Part } from "@signalbox/protocol";

/**
 * What of a prompt has come before: the `conversation`, which goes on, the `beginning` (tools and instructions), or `nothing`. Who
 * writes to a cache pays for it, and only what comes again is read.
 */
export type Known = "conversation" | "beginning" | "nothing";

/** Beginnings of prompts that this process has seen, by their hashes; those that were quiet longest are forgotten first. */
export interface KnownPrompts {
  /** The same for everyone who asks about the same exchange. */
  readonly sight: (exchange: object, prompt: Prompt) => Known;
  readonly size: () => number;
}

export interface Prompt {
  readonly request: CanonicalRequest;
  /** Tells tenants apart. */
  readonly tenant: string;
  /** How long the vendor keeps what is written. */
  readonly ttlMs: number;
}

export interface KnownPromptsOptions {
  readonly limit?: number;
  /** Milliseconds. */
  readonly now?: () => number;
}

interface Entry {
  readonly at: number;
  /** How often the conversation went on before a cache would have ended, and how often after that. */
  readonly quick: number;
  readonly slow: number;
}

/** Whoever comes back in time once in three times is worth it: 0.25 is paid to save 0.9. */
const WORTH_SLOW = 2;

export function createKnownPrompts({
  limit = 100_000,
  now = () => performance.now(),
}: KnownPromptsOptions = {}): KnownPrompts {
  const startedAt = now();
  const entries = new Map<string, Entry>();
  const sighted = new WeakMap<object, Known>();
  const write = (key: string, entry: Entry) => {
    // A map keeps the order of insertion: what is written again moves to its end.
    entries.delete(key);
    entries.set(key, entry);
    const [oldest] = entries.keys();
    if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
  };
  const sawWithin = (key: string, ttlMs: number): boolean => {
    const at = entries.get(key)?.at;
    write(key, { at: now(), quick: 0, slow: 0 });
    return at !== undefined && now() - at < ttlMs;
  };
  /** Undefined: none of its turns has come before. */
  const goOn = (turns: readonly string[], ttlMs: number): Entry | undefined => {
    const found = turns.findLastIndex((key) => entries.has(key));
    const before = entries.get(turns[found] ?? "");
    const isQuick = before !== undefined && now() - before.at < ttlMs;
    const { quick = 0, slow = 0 } = before ?? {};
    const sum =
      before === undefined ? { quick, slow } : isQuick ? { quick: quick + 1, slow } : { quick, slow: slow + 1 };
    const entry = { at: now(), ...sum };
    for (const key of turns.slice(Math.max(0, found))) write(key, entry);
    return before;
  };
  const knownOf = ({ request, tenant, ttlMs }: Prompt): Known => {
    const { beginning, turns } = keysOf(request, tenant);
    const isBeginningKnown = sawWithin(beginning, ttlMs);
    const before = goOn(turns, ttlMs);
    // A process that has just started has not heard of the conversations that go on.
    const isTrusted = turns.length > 1 && now() - startedAt < ttlMs;
    const goesOn = before === undefined ? isTrusted : isAwaited(before, now() - before.at < ttlMs);
    if (goesOn) return "conversation";
    return isBeginningKnown ? "beginning" : "nothing";
  };
  return {
    sight(exchange, prompt) {
      const known = sighted.get(exchange) ?? knownOf(prompt);
      sighted.set(exchange, known);
      return known;
    },
    size: () => entries.size,
  };
}

/** The next turn is likely to come before the cache ends. */
const isAwaited = ({ quick, slow }: Entry, isInTime: boolean): boolean =>
  isInTime || (quick > 0 && quick * WORTH_SLOW > slow);

interface Keys {
  readonly beginning: string;
  /** Up to the end of each turn of the client, the newest last. */
  readonly turns: readonly string[];
}

function keysOf({ model, tools, instructions, messages }: CanonicalRequest, tenant: string): Keys {
  const hash = createHash("sha256").update(JSON.stringify([tenant, model]));
  for (const { cache: _, ...tool } of tools) hash.update(JSON.stringify(tool));
  for (const part of instructions) addPart(hash, part);
  const beginning = keyAt(hash);
  const turns: string[] = [];
  for (const [at, message] of messages.entries()) {
    addMessage(hash, message);
    const next = messages[at + 1];
    if (message.role !== "assistant" && (next === undefined || next.role === "assistant")) turns.push(keyAt(hash));
  }
  return { beginning, turns };
}

const keyAt = (hash: Hash): string => hash.copy().digest("base64url").slice(0, 20);

function addMessage(hash: Hash, { role, content }: Message): void {
  hash.update(`\u0000${role}`);
  for (const part of content) addPart(hash, part);
}

/** Breakpoints move on from turn to turn. */
function addPart(hash: Hash, { cache: _, ...part }: Part): void {
  if (part.type === "text") hash.update(`\u0001${part.text}`);
  else if (part.type === "tool-result") {
    hash.update(`\u0002${part.callId}`);
    for (const inner of part.content) addPart(hash, inner);
  } else hash.update(JSON.stringify(part));
}
