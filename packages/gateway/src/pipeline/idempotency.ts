import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { GatewayError, invalidRequest } from "@signalbox/protocol";
import type {
  ClaimOutcome,
  IdempotencyClaim,
  IdempotencyStore,
  Unrepeatable,
} from "../store/idempotency/idempotency.ts";
import type { StoredAnswer } from "../store/idempotency/stored-answer.ts";
import { type AnswerTap, tapAnswer } from "./answer-tap.ts";
import type { ClientRequest } from "./client-request.ts";
import { answerAttempts, type Exchange } from "./exchange.ts";

const HEADER = "idempotency-key";
const LONGEST_KEY = 255;
/** As long as Stripe's: https://docs.stripe.com/api/idempotent_requests */
const KEEP_MS = 24 * 60 * 60 * 1000;
/** Beyond the deadline of a request it may still be writing to a slow client. */
const LEASE_MARGIN_MS = 2 * 60 * 1000;
/** A longer answer is not kept, and cannot be given a second time. */
export const LARGEST_REPLAY = 4 * 1024 * 1024;
/** A client does not wait for its answer's end for longer because the database is slow. */
const STORE_PATIENCE_MS = 2000;
const RETRY_AFTER_MS = 1000;

/** A request that is to be done once. */
export interface Once {
  /** It was done before, and the client has its answer: nothing is left to do. */
  readonly replayed: boolean;
  /** In every ending of the request: what it came to, if its answer never ended. */
  readonly leave: () => void;
}

/**
 * For a request with an Idempotency-Key; undefined without one. Resolves when it may begin, or has been answered with what the first
 * request of that key was answered. Rejects with `invalid_request` (no such key is possible), `conflict` (it is being answered, or
 * cannot be answered again), `unprocessable` (the key was used for something else) or `overloaded` (nobody can tell).
 */
export function onceOnly(exchange: Exchange, request: Pick<ClientRequest, "sent">): Promise<Once> | undefined {
  const key = exchange.request.headers[HEADER];
  return key === undefined
    ? undefined
    : begin({ exchange, request, store: exchange.services.idempotency }, String(key));
}

interface Asked {
  readonly exchange: Exchange;
  readonly request: Pick<ClientRequest, "sent">;
  readonly store: IdempotencyStore | undefined;
}

async function begin({ exchange, request, store }: Asked, idempotencyKey: string): Promise<Once> {
  checkKey(idempotencyKey);
  if (store === undefined) throw unknowable();
  const claim: IdempotencyClaim = {
    keyId: exchange.outcome.key?.id ?? "",
    idempotencyKey,
    requestDigest: digestOf(exchange, request),
    requestId: exchange.id,
    leaseMs: exchange.snapshot.timeouts.deadlineMs + LEASE_MARGIN_MS,
    keepMs: KEEP_MS,
  };
  const taken = await take(store, claim);
  switch (taken.outcome) {
    case "claimed":
      return watch(exchange, claim, store);
    case "finished":
      replay(exchange, taken);
      return { replayed: true, leave: () => {} };
    case "mismatch":
      throw new GatewayError(
        "unprocessable",
        `This Idempotency-Key came with another request before (${taken.requestId}).`,
        {
          param: HEADER,
        },
      );
    case "running":
    case "unknown":
    case "cancelled":
    case "too-large":
    case "unreadable":
      throw refusal(taken.outcome, taken.requestId);
  }
}

/** Printable ASCII: what a header holds besides is read differently by different servers. */
function checkKey(key: string): void {
  if (key.length <= LONGEST_KEY && /^[\x20-\x7e]+$/.test(key)) return;
  throw invalidRequest(`The Idempotency-Key must be 1 to ${LONGEST_KEY} printable ASCII characters.`, HEADER);
}

function digestOf({ request, surface }: Exchange, { sent }: Pick<ClientRequest, "sent">): string {
  const [path = ""] = (request.url ?? "").split("?", 1);
  return createHash("sha256").update(`${path}?${surface.query}\n`).update(sent).digest("hex");
}

async function take(store: IdempotencyStore, claim: IdempotencyClaim): Promise<ClaimOutcome> {
  try {
    return await store.claim(claim);
  } catch (cause) {
    // The insert may have come through without its answer. Then nobody would do what was asked.
    store.release(claim).catch(() => undefined);
    throw unknowable(cause);
  }
}

function unknowable(cause?: unknown): GatewayError {
  const message =
    "Whether this Idempotency-Key was used before cannot be looked up now. Try again soon, or without the header.";
  return new GatewayError("overloaded", message, { retryAfterMs: RETRY_AFTER_MS, cause });
}

function refusal(outcome: Unrepeatable, requestId: string): GatewayError {
  if (outcome === "running") {
    return new GatewayError(
      "conflict",
      `The request with this Idempotency-Key (${requestId}) is still being answered.`,
      {
        retryAfterMs: RETRY_AFTER_MS,
      },
    );
  }
  return new GatewayError(
    "conflict",
    `The request with this Idempotency-Key (${requestId}) ${WHY[outcome]}. To have it done once more, send another Idempotency-Key.`,
  );
}

const WHY: Readonly<Record<Exclude<Unrepeatable, "running">, string>> = {
  unknown: "was begun, and how it ended is not known: the process that worked on it has probably stopped",
  cancelled: "was begun and given up, since its client went away before its answer was whole",
  "too-large": "was answered, and its answer is too large to be kept",
  unreadable: "was answered, and its answer could not be kept encrypted, or cannot be decrypted any more",
};

/** From now on what goes to the client is read along, and kept before the client has the last of it. */
function watch(exchange: Exchange, claim: IdempotencyClaim, store: IdempotencyStore): Once {
  const { services, response } = exchange;
  const say = async (what: () => Promise<unknown>): Promise<void> => {
    try {
      await what();
    } catch (error) {
      services.log.warn({ requestId: exchange.id, err: error }, "how an idempotent request ended could not be kept");
    }
  };
  const keep = (ending: StoredAnswer | "cancelled" | "too-large") => async () => {
    if (await store.finish(claim, ending)) return;
    services.log.warn(
      { requestId: exchange.id },
      "the answer of an idempotent request was not kept: encryptionKey is not set",
    );
  };
  const release = () => store.release(claim);
  const tap = tapAnswer(response, {
    limit: LARGEST_REPLAY,
    beforeEnd: (ended) => within(say(hasOutcome(exchange) ? keep(answerOf(exchange, ended)) : release)),
  });
  return {
    replayed: false,
    leave() {
      if (!tap.isEnded()) void say(hasBegun(exchange) ? keep("cancelled") : release);
    },
  };
}

/** Nothing is kept of a request that was refused before an upstream was asked: asking again may help, and costs nothing twice. */
function hasBegun({ outcome }: Exchange): boolean {
  return outcome.runsOn === true || answerAttempts(outcome).some(({ sentAt }) => sentAt !== undefined);
}

/** An answer that was given from the response cache is one, too: by the next time another may stand there, or none. */
function hasOutcome(exchange: Exchange): boolean {
  const { cache, error } = exchange.outcome;
  return hasBegun(exchange) || (cache?.original !== undefined && error === undefined);
}

async function within(work: Promise<void>): Promise<void> {
  const stop = new AbortController();
  const patience = delay(STORE_PATIENCE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  await Promise.race([work, patience]);
  stop.abort();
}

function answerOf({ response }: Exchange, tap: AnswerTap): StoredAnswer | "too-large" {
  if (tap.size() > LARGEST_REPLAY) return "too-large";
  const headers = Object.entries(response.getHeaders())
    .filter(([name, value]) => value !== undefined && isOfAnswer(name))
    .map(([name, value]) => [name, String(value)]);
  return { status: response.statusCode, headers: Object.fromEntries(headers), body: tap.bytes() };
}

/** What is said of the connection, of this one request or of the limits at that moment is said anew, or not at all. */
const isOfAnswer = (name: string): boolean => !NOT_OF_ANSWER.has(name) && !name.includes("ratelimit");

const NOT_OF_ANSWER: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "request-id",
  "retry-after",
  "retry-after-ms",
  "transfer-encoding",
  "x-request-id",
  "x-should-retry",
]);

interface Found {
  readonly requestId: string;
  readonly answer: StoredAnswer;
}

function replay({ response, outcome }: Exchange, { requestId, answer }: Found): void {
  const { status, headers, body } = answer;
  outcome.replayOf = requestId;
  const isStream = headers["content-type"]?.startsWith("text/event-stream") === true;
  response.writeHead(status, {
    ...headers,
    "idempotency-replayed": "true",
    "x-signalbox-original-request-id": requestId,
    // Whoever asks again under this key reads the same again.
    ...(status < 400 ? {} : { "x-should-retry": "false" }),
    ...(isStream ? {} : { "content-length": body.length }),
  });
  response.end(body);
}
