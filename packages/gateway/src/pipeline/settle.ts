import { ERROR_TABLE, type GatewayError } from "@signalbox/protocol";
import type { AttemptRecord, Exchange, Outcome } from "./exchange.ts";

/** The end of every request, whatever its way: one log line. Called once. */
export function settle(exchange: Exchange): void {
  const { outcome, surface, services, startedAt } = exchange;
  const { error } = outcome;
  if (error === undefined && !services.log.isLevelEnabled("info")) return;
  const endedAt = performance.now();
  const { raw: _, ...usage } = outcome.usage ?? {};
  const fields = {
    requestId: exchange.id,
    surface: surface.dialect,
    operation: surface.operation,
    key: outcome.key?.name,
    model: outcome.model?.slice(0, 200),
    stream: outcome.stream,
    status: error === undefined ? exchange.response.statusCode : ERROR_TABLE[error.code].status,
    ...(outcome.replayOf === undefined ? {} : { replayOf: outcome.replayOf }),
    ...(outcome.plan === undefined ? {} : { plan: outcome.plan.reasoning }),
    attempts: outcome.attempts.map(logged),
    ...(outcome.finishReason === undefined ? {} : { finishReason: outcome.finishReason }),
    ...(outcome.usage === undefined ? {} : { usage }),
    ...changesOf(outcome),
    ...(outcome.firstContentAt === undefined ? {} : { firstContentMs: Math.round(outcome.firstContentAt - startedAt) }),
    durationMs: Math.round(endedAt - startedAt),
    ...(error === undefined ? {} : { error: error.code, ...wordsOf(error) }),
  };
  if (error === undefined) services.log.info(fields, "request");
  else if (error.code === "internal") services.log.error({ ...fields, cause: error.cause }, "request");
  else services.log.warn(fields, "request");
}

function changesOf({ dropped, adapted, guardrails, savings }: Outcome) {
  return {
    ...(dropped.length === 0 ? {} : { dropped }),
    ...(adapted.length === 0 ? {} : { adapted }),
    ...(guardrails === undefined ? {} : { guardrails }),
    ...(savings === undefined ? {} : { savings }),
  };
}

/** Vendors quote the prompt in their errors, and a prompt is nothing for a log: its client has read them. */
function wordsOf({ message, detail }: GatewayError): { readonly message?: string } {
  return detail.upstreamWords === true ? {} : { message: message.slice(0, 500) };
}

function logged({
  startedAt,
  sentAt: _,
  told: _told,
  endedAt,
  firstContentAt,
  error,
  usage,
  ...attempt
}: AttemptRecord) {
  const { raw: _raw, ...tokens } = usage ?? {};
  return {
    ...attempt,
    ...(usage === undefined ? {} : { usage: tokens }),
    ...(firstContentAt === undefined ? {} : { firstTokenMs: Math.round(firstContentAt - startedAt) }),
    ...(endedAt === undefined ? {} : { durationMs: Math.round(endedAt - startedAt) }),
    ...(error === undefined ? {} : { error: error.code, upstreamStatus: error.detail.upstreamStatus }),
  };
}
