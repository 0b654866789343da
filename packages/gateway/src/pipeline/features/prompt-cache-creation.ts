import { GatewayError, type JsonObject, numberOf, objectOf, parseJsonObject, stringOf } from "@signalbox/protocol";
import { priceOf, ratesFor } from "../../catalogue/prices.ts";
import { cacheAddress } from "../../features/prompt-cache/cache-address.ts";
import { creationFee, judgeCreation } from "../../features/prompt-cache/creation-cost.ts";
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
import { type OwnEntry, ownEntry } from "./side-call-ledger.ts";

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
 * Makes an explicit cache of the longest prefix that is worth one, beside the request and not before it: later ones find it. It stands
 * in the ledger as a request of its own, which costs what making it did.
 */
export function createWhereItPays(exchange: Exchange, candidates: readonly Candidate[], sent: Sent): void {
  const { cachedContents } = exchange.services;
  const now = performance.now();
  for (const candidate of candidates) {
    const cost = costOf(exchange, candidate, { sent, now });
    if (cost === undefined || !cachedContents.claim(candidate.id, now)) continue;
    void create(exchange, candidate, { sent, cost });
    return;
  }
}

interface Cost {
  /** By its own count of the prefix. */
  readonly nano: number;
  readonly feeOf: (tokens: number) => NonNullable<AttemptRecord["fee"]>;
}

/** Undefined: it does not pay, or nobody knows whether it does. */
function costOf(
  { services }: Exchange,
  { id, prefix, ttlSeconds }: Candidate,
  at: { sent: Sent; now: number },
): Cost | undefined {
  const { target, endpoint } = at.sent.planned;
  const price = priceOf(target.provider, target.model);
  const storage = storagePrice(target.model);
  // Who promises to keep nothing is not asked to.
  if (price === undefined || storage === undefined || target.provider.zeroRetention === true) return undefined;
  if (cacheAddress(callPaths(endpoint).generate, target.model) === undefined) return undefined;
  const { tokens } = prefix;
  const { input, cacheRead } = ratesFor(price, tokens);
  const sightings = services.cachedContents.sightings(id, at.now - ttlSeconds * 1000);
  const creation = { tokens, ttlSeconds, sightings, input, cacheRead, storagePerMillionHour: storage.perMillionHour };
  const { pays, feeNano } = judgeCreation(creation);
  if (!pays) return undefined;
  const feeOf = (counted: number) => ({
    nano: creationFee({ ...creation, tokens: counted, input: ratesFor(price, counted).input }),
    price: `${price.id}+${storage.id}`,
  });
  return { nano: feeNano, feeOf };
}

interface Creating {
  readonly sent: Sent;
  readonly cost: Cost;
}

const PATIENCE_MS = 120_000;
/** What was refused once is not tried again for so long. */
const REFUSED_MS = 3_600_000;
/** Clocks differ, and requests take a while. */
const MARGIN_MS = 10_000;
const ANSWER_LIMIT = 1024 * 1024;

async function create(exchange: Exchange, candidate: Candidate, { sent, cost }: Creating): Promise<void> {
  const { cachedContents, log } = exchange.services;
  const { endpoint, credential, target } = sent.planned;
  const record = recordOf(sent.planned);
  let entry: OwnEntry | undefined;
  try {
    entry = await ownEntry(exchange, {
      model: target.model,
      worst: { nano: cost.nano, leaseMs: PATIENCE_MS + MARGIN_MS },
    });
    entry.records.push(record);
    const { name, tokens } = await ask(exchange, candidate, { sent, record });
    record.fee = cost.feeOf(tokens ?? candidate.prefix.tokens);
    if (name === undefined) throw new GatewayError("upstream_invalid_response", "An explicit cache has no name.");
    record.endedAt = performance.now();
    cachedContents.made(candidate.id, name, record.startedAt + candidate.ttlSeconds * 1000 - MARGIN_MS);
    entry.settle(undefined);
  } catch (thrown) {
    const error = redactError(asGatewayError(thrown), secretsOf(endpoint, credential));
    cachedContents.failed(candidate.id, performance.now() + REFUSED_MS);
    record.error = error;
    record.endedAt = performance.now();
    // What nobody has waited for may have been made all the same, and is kept to its end.
    if (record.sentAt !== undefined && isUnanswered(error)) record.fee ??= cost.feeOf(candidate.prefix.tokens);
    entry?.settle(error);
    log.warn(
      { requestId: exchange.id, provider: record.provider, model: record.model, error: error.code },
      "no explicit cache",
    );
  }
}

function recordOf(planned: PlannedAttempt): AttemptRecord {
  const { dialect } = planned.endpoint;
  return {
    ...placeOf(planned),
    lane: "translate",
    dialect,
    startedAt: performance.now(),
    purpose: "prompt-cache",
  };
}

const isUnanswered = ({ code, cause }: GatewayError): boolean => code === "upstream_timeout" && cause === undefined;

interface Asking {
  readonly sent: Sent;
  readonly record: AttemptRecord;
}

interface Made {
  readonly name: string | undefined;
  /** As the vendor counts them, and bills them. */
  readonly tokens: number | undefined;
}

/** A new explicit cache. Rejects with GatewayError where there is none. */
async function ask(
  { services }: Exchange,
  { prefix, ttlSeconds }: Candidate,
  { sent: { planned, body }, record }: Asking,
): Promise<Made> {
  const { target, endpoint, credential } = planned;
  const address = cacheAddress(callPaths(endpoint).generate, target.model);
  if (address === undefined) throw new GatewayError("internal", "An explicit cache has no address.");
  const cancel = cancellation();
  const timeouts = { ...target.timeouts, totalMs: Math.min(target.timeouts.totalMs, PATIENCE_MS) };
  const watchdog = startWatchdog(timeouts, cancel.abort);
  const onSent = () => {
    record.sentAt = performance.now();
  };
  try {
    const answer = await dispatch(
      {
        place: endpoint,
        credential,
        url: new URL(endpoint.baseUrl + address.path),
        headers: { accept: "application/json" },
        body: JSON.stringify(creationBody(body, prefix, { model: address.model, ttlSeconds })),
      },
      { agents: services.agents, timeouts, cancel, onSent },
    );
    const told = parseJsonObject((await readBody(answer.body, ANSWER_LIMIT)).toString("utf8"));
    if (answer.status !== 200)
      throw new GatewayError("upstream_invalid_response", `No explicit cache was made: status ${answer.status}.`);
    return {
      name: stringOf(told?.["name"]),
      tokens: numberOf(objectOf(told?.["usageMetadata"])?.["totalTokenCount"]),
    };
  } catch (thrown) {
    throw cancel.reason() ?? thrown;
  } finally {
    watchdog.stop();
  }
}
