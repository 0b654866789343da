import { ERROR_TABLE, totalInputTokens, type Usage } from "@signalbox/protocol";
import { costOf } from "../accounting/price.ts";
import { priceOf } from "../catalogue/prices.ts";
import type { AttemptRow, Settlement, TokenCounts } from "../store/ledger/ledger-rows.ts";
import type { AttemptRecord, Exchange } from "./exchange.ts";

/** It is the upstream's word. */
const LONGEST_TIER = 40;

/**
 * What the request has cost goes to the ledger, and what it held is given back. Once: before the last bytes of an answer are sent, so
 * that whoever has a whole answer is in the ledger with it; else when the request ends.
 */
export function bill(exchange: Exchange): void {
  const { outcome, services } = exchange;
  const { hold } = outcome;
  if (outcome.billed === true || hold === undefined) return;
  outcome.billed = true;
  const settlement = settlementOf(exchange);
  // The ledger first: a counter that is filled from it in between must not miss what is given back here.
  if (outcome.admitted === true) services.ledger.settle(settlement);
  hold.settle({ tokens: tokensOf(settlement.attempts), costNano: settlement.costNano });
}

function settlementOf(exchange: Exchange): Settlement {
  const { outcome, startedAt } = exchange;
  const { error, attempts: records, finishReason, firstContentAt } = outcome;
  const now = performance.now();
  const attempts = records.map((record) => attemptRow(exchange, record, now));
  const answeredBy = error === undefined ? records.findLastIndex(isAnswer) : -1;
  return {
    id: exchange.generationId,
    state: error === undefined ? "settled" : error.code === "client_closed" ? "cancelled" : "failed",
    status: statusOf(exchange),
    ...(error === undefined ? {} : { error: error.code }),
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(answeredBy < 0 ? {} : { answeredBy }),
    attempts,
    costNano: attempts.reduce((sum, { costNano = 0 }) => sum + costNano, 0),
    unpriced: attempts.some(({ unpriced }) => unpriced === true),
    durationMs: Math.round(now - startedAt),
    ...(firstContentAt === undefined ? {} : { firstTokenMs: Math.round(firstContentAt - startedAt) }),
    overheadMs: Math.round(now - startedAt - waitedMs(records, now)),
    dropped: [...new Set(outcome.dropped.map(({ feature }) => feature))],
  };
}

/** What the client was told, or would have been. */
function statusOf({ outcome, response }: Exchange): number {
  if (response.headersSent) return response.statusCode;
  return outcome.error === undefined ? 200 : ERROR_TABLE[outcome.error.code].status;
}

/** One that failed after its content had begun is still told to have answered; one that lost a race has no content. */
const isAnswer = ({ error, firstContentAt }: AttemptRecord): boolean =>
  error === undefined && firstContentAt !== undefined;

function attemptRow(exchange: Exchange, record: AttemptRecord, now: number): AttemptRow {
  const { startedAt, endedAt = now, firstContentAt, usage, usageEstimated, credential } = record;
  // Still under way when another has answered: it has lost.
  const error = record.error?.code ?? (firstContentAt === undefined ? "client_closed" : undefined);
  return {
    provider: record.provider,
    model: record.model,
    ...(credential === undefined ? {} : { credential }),
    dialect: record.dialect,
    lane: record.lane,
    startedAfterMs: Math.round(startedAt - exchange.startedAt),
    durationMs: Math.round(endedAt - startedAt),
    ...(firstContentAt === undefined ? {} : { firstTokenMs: Math.round(firstContentAt - startedAt) }),
    ...(error === undefined ? {} : { error }),
    ...(usage === undefined ? {} : { usage: countsOf(usage), ...costed(exchange, record) }),
    ...(usageEstimated === true ? { estimated: true } : {}),
    ...(usage?.serviceTier === undefined ? {} : { serviceTier: usage.serviceTier.slice(0, LONGEST_TIER) }),
  };
}

function countsOf({ raw: _raw, serviceTier: _tier, ...counts }: Usage): TokenCounts {
  return counts;
}

function costed({ snapshot, arrivedAt }: Exchange, { provider, model, usage }: AttemptRecord) {
  const known = snapshot.providers.get(provider);
  const { nano, unpriced, price } = costOf(usage, known === undefined ? undefined : priceOf(known, model), arrivedAt);
  return {
    ...(unpriced && nano === 0 ? {} : { costNano: nano }),
    ...(unpriced ? { unpriced } : {}),
    ...(price === undefined ? {} : { price }),
  };
}

function tokensOf(attempts: readonly AttemptRow[]): { input: number; output: number } {
  return attempts.reduce(
    ({ input, output }, { usage = {} }) => ({
      input: input + (totalInputTokens(usage) ?? 0),
      output: output + (usage.outputTokens ?? 0),
    }),
    { input: 0, output: 0 },
  );
}

/** How long at least one attempt was under way: they may overlap. In the order in which they began. */
function waitedMs(records: readonly AttemptRecord[], now: number): number {
  let waited = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { startedAt, endedAt = now } of records) {
    waited += Math.max(0, endedAt - Math.max(startedAt, until));
    until = Math.max(until, endedAt);
  }
  return waited;
}
