import { GatewayError, type JsonObject, parseJsonObject, stringOf } from "@signalbox/protocol";
import { priceOf, ratesFor } from "../../catalogue/prices.ts";
import { cacheAddress } from "../../features/prompt-cache/cache-address.ts";
import { judgeCreation } from "../../features/prompt-cache/creation-cost.ts";
import { creationBody, type WirePrefix } from "../../features/prompt-cache/gemini-split.ts";
import { storagePrice } from "../../features/prompt-cache/storage-price.ts";
import { placeOf } from "../../routing/next-attempt.ts";
import type { PlannedAttempt } from "../../routing/plan.ts";
import { cancellation } from "../../upstream/cancellation.ts";
import { dispatch } from "../../upstream/dispatch.ts";
import { callPaths } from "../../upstream/endpoint-url.ts";
import { readBody } from "../../upstream/read-body.ts";
import { redactError, secretsOf } from "../../upstream/redact.ts";
import { startWatchdog } from "../../upstream/watchdog.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";
import { asGatewayError } from "../failure.ts";

/** A prefix of which an explicit cache may be made. */
export interface Candidate {
  readonly prefix: WirePrefix;
  readonly ttlSeconds: number;
  /** Whose it is, and where. */
  readonly id: string;
}

interface Sent {
  readonly planned: PlannedAttempt;
  readonly body: JsonObject;
}

/**
 * Makes an explicit cache of the longest prefix that is worth one, beside the request and not before it: later ones find it. Its fee
 * stands in the ledger with this request.
 */
export function createWhereItPays(exchange: Exchange, candidates: readonly Candidate[], sent: Sent): void {
  const { cachedContents } = exchange.services;
  const now = performance.now();
  for (const candidate of candidates) {
    const fee = feeOf(exchange, candidate, { sent, now });
    if (fee === undefined || !cachedContents.claim(candidate.id, now)) continue;
    const record = recordOf(sent.planned, fee, now);
    exchange.outcome.attempts.push(record);
    void create(exchange, candidate, { sent, record });
    return;
  }
}

type Fee = NonNullable<AttemptRecord["fee"]>;

/** Undefined: it does not pay, or nobody knows whether it does. */
function feeOf(
  { services }: Exchange,
  { id, prefix, ttlSeconds }: Candidate,
  at: { sent: Sent; now: number },
): Fee | undefined {
  const { target, endpoint } = at.sent.planned;
  const price = priceOf(target.provider, target.model);
  const storage = storagePrice(target.model);
  // Who promises to keep nothing is not asked to.
  if (price === undefined || storage === undefined || target.provider.zeroRetention === true) return undefined;
  if (cacheAddress(callPaths(endpoint).generate, target.model) === undefined) return undefined;
  const { input, cacheRead } = ratesFor(price, prefix.tokens);
  const sightings = services.cachedContents.sightings(id, at.now - ttlSeconds * 1000);
  const { tokens } = prefix;
  const creation = { tokens, ttlSeconds, sightings, input, cacheRead, storagePerMillionHour: storage.perMillionHour };
  const { pays, feeNano } = judgeCreation(creation);
  return pays ? { nano: feeNano, price: `${price.id}+${storage.id}` } : undefined;
}

/** A charge of the request, and none of its answers. */
function recordOf(planned: PlannedAttempt, fee: Fee, now: number): AttemptRecord {
  const place = placeOf(planned);
  const { dialect } = planned.endpoint;
  return { ...place, lane: "translate", dialect, startedAt: now, endedAt: now, purpose: "prompt-cache", fee };
}

interface Creating {
  readonly sent: Sent;
  readonly record: AttemptRecord;
}

const PATIENCE_MS = 120_000;
/** What was refused once is not tried again for so long. */
const REFUSED_MS = 3_600_000;
/** Clocks differ, and requests take a while. */
const MARGIN_MS = 10_000;
const ANSWER_LIMIT = 1024 * 1024;

async function create(exchange: Exchange, candidate: Candidate, { sent, record }: Creating): Promise<void> {
  const { cachedContents, log } = exchange.services;
  const { endpoint, credential } = sent.planned;
  try {
    const name = await ask(exchange, candidate, sent);
    const until = record.startedAt + candidate.ttlSeconds * 1000 - MARGIN_MS;
    cachedContents.made(candidate.id, name, until);
  } catch (thrown) {
    const error = redactError(asGatewayError(thrown), secretsOf(endpoint, credential));
    cachedContents.failed(candidate.id, performance.now() + REFUSED_MS);
    delete record.fee;
    record.error = error;
    log.warn(
      { requestId: exchange.id, provider: record.provider, model: record.model, error: error.code },
      "no explicit cache",
    );
  }
}

/** The name of a new explicit cache. Rejects with GatewayError. */
async function ask(
  { services }: Exchange,
  { prefix, ttlSeconds }: Candidate,
  { planned, body }: Sent,
): Promise<string> {
  const { target, endpoint, credential } = planned;
  const address = cacheAddress(callPaths(endpoint).generate, target.model);
  if (address === undefined) throw new GatewayError("internal", "An explicit cache has no address.");
  const cancel = cancellation();
  const timeouts = { ...target.timeouts, totalMs: Math.min(target.timeouts.totalMs, PATIENCE_MS) };
  const watchdog = startWatchdog(timeouts, cancel.abort);
  try {
    const answer = await dispatch(
      {
        place: endpoint,
        credential,
        url: new URL(endpoint.baseUrl + address.path),
        headers: { accept: "application/json" },
        body: JSON.stringify(creationBody(body, prefix, { model: address.model, ttlSeconds })),
      },
      { agents: services.agents, timeouts, cancel },
    );
    const told = parseJsonObject((await readBody(answer.body, ANSWER_LIMIT)).toString("utf8"));
    const name = stringOf(told?.["name"]);
    if (answer.status === 200 && name !== undefined) return name;
    throw new GatewayError("upstream_invalid_response", `No explicit cache was made: status ${answer.status}.`);
  } finally {
    watchdog.stop();
  }
}
