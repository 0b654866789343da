import type { CanonicalRequest, EncodedRequest, Loss, Part, Usage } from "@signalbox/protocol";
import { behindCache, contentsOf, type WirePrefix, wirePrefix } from "../../features/prompt-cache/gemini-split.ts";
import { minimumPrefix } from "../../features/prompt-cache/minimums.ts";
import { hasBreakpoints } from "../../features/prompt-cache/own-breakpoints.ts";
import type { PlannedAttempt } from "../../routing/plan.ts";
import type { Exchange } from "../exchange.ts";
import { promptCachePolicy } from "./prompt-cache.ts";
import { type Candidate, createWhereItPays } from "./prompt-cache-creation.ts";

/** An explicit cache of Gemini's, or what may become one, in one attempt. */
export interface ExplicitCache {
  /** What it used is known, and not billed yet: a cache is made for later requests, where that pays. Undefined: that is not known. */
  readonly answered: (usage: Usage | undefined) => void;
  /** Whether the attempt failed because its cache is gone. It is forgotten then: the next try sends the whole request. */
  readonly isGone: (failure: Failed) => boolean;
}

interface Failed {
  readonly message: string;
  readonly status: number | undefined;
}

export interface Encoded {
  readonly encoded: EncodedRequest;
  readonly cache?: ExplicitCache;
}

type Encode = (request: CanonicalRequest) => EncodedRequest;

const LEFT_TO_IT: Loss = {
  feature: "cache-control",
  detail: "Gemini caches prefixes by itself, and the gateway keeps an explicit cache of one where that pays.",
};

/** A request for Gemini that has breakpoints, behind the explicit cache of its longest prefix that has one. Others are encoded as they are. */
export function encodeCached(exchange: Exchange, asked: CanonicalRequest, by: By): Encoded {
  const { planned, encode } = by;
  if (planned.endpoint.dialect !== "gemini" || exchange.surface.operation !== "generate")
    return { encoded: encode(asked) };
  if (!hasBreakpoints(asked) || promptCachePolicy(exchange).enabled === false) return { encoded: encode(asked) };
  const bare = withoutBreakpoints(asked);
  const whole = encode(bare);
  const encoded = { ...whole, adapted: [...whole.adapted, LEFT_TO_IT] };
  const candidates = candidatesIn(exchange, { asked, bare, whole }, by);
  if (candidates.length === 0) return { encoded };
  const registry = exchange.services.cachedContents;
  const now = performance.now();
  for (const candidate of candidates) {
    const name = registry.nameOf(candidate.id, now);
    if (name === undefined) continue;
    const body = behindCache(whole.body, candidate.prefix, name);
    return { encoded: { ...encoded, body }, cache: usedCache(exchange, candidate, name) };
  }
  return { encoded, cache: wantedCache(exchange, candidates, { planned, body: whole.body }) };
}

export interface By {
  readonly planned: PlannedAttempt;
  readonly encode: Encode;
}

interface Asked {
  readonly asked: CanonicalRequest;
  readonly bare: CanonicalRequest;
  readonly whole: EncodedRequest;
}

/** The prefixes up to the request's breakpoints that are long enough, longest first. */
function candidatesIn(
  exchange: Exchange,
  { asked, bare, whole }: Asked,
  { planned, encode }: By,
): readonly Candidate[] {
  const minimum = minimumPrefix("gemini", planned.target.model);
  const found: Candidate[] = [];
  for (const [messages, ttlSeconds] of cutsOf(asked)) {
    const contents =
      messages === 0 ? 0 : contentsOf(encode({ ...bare, messages: bare.messages.slice(0, messages) }).body, whole.body);
    const prefix = contents === undefined ? undefined : wirePrefix(whole.body, contents);
    if (prefix === undefined) continue;
    if (prefix.tokens < minimum) break;
    found.push({ prefix, ttlSeconds, id: idOf(exchange, planned, prefix) });
  }
  return found;
}

/** A cache belongs to the account that made it and to one model; of its content no other tenant may learn that it exists. */
function idOf({ outcome: { key } }: Exchange, { target, credential }: PlannedAttempt, prefix: WirePrefix): string {
  return JSON.stringify([key?.org ?? key?.id, target.provider.id, credential?.id, target.model, prefix.key]);
}

const HOUR = 3600;
const FIVE_MINUTES = 300;

/** How many messages stand before each breakpoint, longest first, with the time to live that it asks for in seconds. */
function cutsOf({ tools, instructions, messages }: CanonicalRequest): ReadonlyMap<number, number> {
  const cuts = new Map<number, number>();
  const cut = (at: number, part: Pick<Part, "cache">) => {
    if (part.cache !== undefined)
      cuts.set(at, Math.max(cuts.get(at) ?? 0, part.cache.ttl === "1h" ? HOUR : FIVE_MINUTES));
  };
  for (const [index, { content }] of messages.entries()) {
    // Within a message there is no place to cut: what stands before it is the longest prefix.
    for (const [place, part] of content.entries()) cut(place === content.length - 1 ? index + 1 : index, part);
  }
  for (const before of [...tools, ...instructions]) cut(0, before);
  return new Map([...cuts].toSorted(([one], [other]) => other - one));
}

function withoutBreakpoints(request: CanonicalRequest): CanonicalRequest {
  const bare = <T extends { readonly cache?: Part["cache"] }>({ cache: _, ...rest }: T) => rest;
  const bareParts = (parts: readonly Part[]): readonly Part[] => parts.map(withoutBreakpoint);
  return {
    ...request,
    tools: request.tools.map((tool) => (tool.type === "function" ? bare(tool) : bare(tool))),
    instructions: request.instructions.map(bare),
    messages: request.messages.map((message) => ({ ...message, content: bareParts(message.content) })),
  };
}

function withoutBreakpoint({ cache: _, ...part }: Part): Part {
  return part.type === "tool-result" ? { ...part, content: part.content.map(withoutBreakpoint) } : part;
}

/** AI Studio answers 403 or 404 for what is gone, Vertex also 400: "Cache content … is expired." */
const GONE = /cache.*(?:expired|not found|does not exist|permission)/i;

function usedCache({ services: { cachedContents } }: Exchange, { id }: Candidate, name: string): ExplicitCache {
  return {
    // Had there been none, it would have been paid for in full: this is why another one follows it.
    answered: () => cachedContents.sighted(id, performance.now()),
    isGone({ status, message }) {
      if (status !== 403 && status !== 404 && !(status === 400 && GONE.test(message))) return false;
      cachedContents.forget(name);
      return true;
    },
  };
}

interface Sent {
  readonly planned: PlannedAttempt;
  readonly body: EncodedRequest["body"];
}

function wantedCache(exchange: Exchange, candidates: readonly Candidate[], sent: Sent): ExplicitCache {
  const { cachedContents } = exchange.services;
  return {
    answered(usage) {
      if (usage === undefined) return;
      const now = performance.now();
      // What the implicit cache gave for nothing needs no other.
      const paid = candidates.filter(({ prefix }) => (usage.cacheReadTokens ?? 0) < prefix.tokens / 2);
      for (const { id } of paid) cachedContents.sighted(id, now);
      createWhereItPays(exchange, paid, sent);
    },
    isGone: () => false,
  };
}
