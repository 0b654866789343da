import { GatewayError } from "@signalbox/protocol";
import type { PlannedAttempt } from "../routing/plan.ts";
import { attempt } from "./attempt.ts";
import { authenticate } from "./authenticate.ts";
import { type ClientStream, clientStream } from "./client-stream.ts";
import type { Exchange } from "./exchange.ts";
import { AttemptFailure, asGatewayError } from "./failure.ts";
import { planFor } from "./plan-for.ts";
import { type ClientRequest, receive } from "./receive.ts";
import { sendError } from "./send-error.ts";
import { settle } from "./settle.ts";

/** The way of a request that wants an answer: authenticate, receive, resolve, attempt until one holds, settle. */
export async function generate(exchange: Exchange): Promise<void> {
  const client = clientStream(exchange);
  try {
    exchange.outcome.key = authenticate(exchange.request, exchange.snapshot);
    const request = await receive(exchange);
    exchange.outcome.model = request.model;
    exchange.outcome.stream = request.stream;
    await attemptAll(exchange, request, client);
  } catch (thrown) {
    exchange.outcome.error = asGatewayError(thrown);
    if (client.hasHead()) client.fail(exchange.outcome.error, { told: false, sequence: 0 });
    else sendError(exchange, thrown);
  } finally {
    client.stop();
    settle(exchange);
  }
}

async function attemptAll(exchange: Exchange, request: ClientRequest, client: ClientStream): Promise<void> {
  const plan = planFor(exchange, request);
  const deadline = exchange.startedAt + exchange.snapshot.timeouts.deadlineMs;
  if (request.stream) client.awaitContent();
  let failure: AttemptFailure | undefined;
  for (const planned of plan) {
    if (failure !== undefined && !mayFollow(failure, planned, exchange)) continue;
    if (failure !== undefined && performance.now() > deadline) break;
    failure = await attemptOnce({ exchange, request, planned, client });
    if (failure === undefined) return;
    if (exchange.clientGone.reason() !== undefined) break;
  }
  throw failure ?? new GatewayError("internal", "The plan was empty.");
}

async function attemptOnce(parts: Parameters<typeof attempt>[0]): Promise<AttemptFailure | undefined> {
  const { exchange, planned } = parts;
  const record = {
    provider: planned.target.provider.id,
    model: planned.target.model,
    credential: planned.credential?.id,
    lane: planned.lane,
  };
  const place = exchange.outcome.attempts.push(record) - 1;
  try {
    await attempt(parts);
    return undefined;
  } catch (thrown) {
    const failure = thrown instanceof AttemptFailure ? thrown : new AttemptFailure(asGatewayError(thrown));
    exchange.outcome.attempts[place] = { ...record, error: failure.error };
    return failure;
  }
}

/**
 * Whether an attempt may follow a failure: another credential of the same provider only helps when the credential was at
 * fault, another target whenever the failure was not the request's own.
 */
function mayFollow(failure: AttemptFailure, planned: PlannedAttempt, { outcome }: Exchange): boolean {
  const { error } = failure;
  if (error.retry === "never") return false;
  const last = outcome.attempts.at(-1);
  const sameTarget = last?.provider === planned.target.provider.id && last.model === planned.target.model;
  return sameTarget ? error.scope === "credential" : true;
}
