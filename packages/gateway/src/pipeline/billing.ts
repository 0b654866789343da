import { ERROR_TABLE, totalInputTokens, type Usage } from "@signalbox/protocol";
import { costOf } from "../accounting/price.ts";
import { priceOf } from "../catalogue/prices.ts";
import type { AttemptRow, Settlement, TokenCounts } from "../store/ledger/ledger-rows.ts";
import { type AttemptRecord, type Exchange, isBeside } from "./exchange.ts";
import { savingsOf, settledSavings } from "./savings.ts";

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

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function settlementOf(exchange: Exchange): Settlement {
  const { outcome, startedAt } = exchange;
  const { error, attempts: records, finishReason, firstContentAt } = outcome;
  const now = performance.now();
  const attempts = records.map((record) => attemptRow(exchange, record, now));
  const settlement: Writable<Settlement> = {
    id: exchange.generationId,
    state: error === undefined ? "settled" : error.code === "client_closed" ? "cancelled" : "failed",
    status: statusOf(exchange),
    attempts,
    costNano: attempts.reduce((sum, { costNano = 0 }) => sum + costNano, 0),
    unpriced: attempts.some(({ unpriced }) => unpriced === true),
    durationMs: Math.round(now - startedAt),
    overheadMs: Math.round(now - startedAt - waitedMs(records, now)),
    dropped: outcome.dropped.length === 0 ? [] : [...new Set(outcome.dropped.map(({ feature }) => feature))],
  };
  if (error !== undefined) settlement.error = error.code;
  else {
    const answeredBy = records.findLastIndex(isAnswer);
    if (answeredBy >= 0) settlement.answeredBy = answeredBy;
  }
  if (finishReason !== undefined) settlement.finishReason = finishReason;
  if (firstContentAt !== undefined) settlement.firstTokenMs = Math.round(firstContentAt - startedAt);
  const savings = savingsOf(exchange);
  if (savings !== undefined) outcome.savings = savings;
  if (savings !== undefined || outcome.cache !== undefined) Object.assign(settlement, settledSavings(outcome, savings));
  return settlement;
}

/** What the client was told, or would have been. */
function statusOf({ outcome, response }: Exchange): number {
  if (response.headersSent) return response.statusCode;
  return outcome.error === undefined ? 200 : ERROR_TABLE[outcome.error.code].status;
}

/** One that failed after its content had begun is still told to have answered; one that lost a race has no content. */
const isAnswer = (record: AttemptRecord): boolean =>
  record.error === undefined && record.firstContentAt !== undefined && !isBeside(record);

/** When its request began, and at whose prices. */
export type RowContext = Pick<Exchange, "snapshot" | "arrivedAt" | "startedAt">;

export function attemptRow(exchange: RowContext, record: AttemptRecord, now: number): AttemptRow {
  const { startedAt, endedAt = now, firstContentAt, usage, credential } = record;
  // Still under way when another has answered: it has lost.
  const isLost = isBeside(record) ? record.endedAt === undefined : firstContentAt === undefined;
  const error = record.error?.code ?? (isLost ? "client_closed" : undefined);
  const row: Writable<AttemptRow> = {
    provider: record.provider,
    model: record.model,
    dialect: record.dialect,
    lane: record.lane,
    startedAfterMs: Math.round(startedAt - exchange.startedAt),
    durationMs: Math.round(endedAt - startedAt),
  };
  if (credential !== undefined) row.credential = credential;
  if (firstContentAt !== undefined) row.firstTokenMs = Math.round(firstContentAt - startedAt);
  if (error !== undefined) row.error = error;
  if (usage !== undefined && record.purpose === "web-search") addSearches(row, record, usage);
  else if (usage !== undefined) addUsage(row, exchange, { usage, usageEstimated: record.usageEstimated });
  if (record.fee !== undefined) addFee(row, record.fee);
  return row;
}

function addFee(row: Writable<AttemptRow>, { nano, price }: NonNullable<AttemptRecord["fee"]>): void {
  row.costNano = (row.costNano ?? 0) + nano;
  row.price ??= price;
}

/** An engine has no price list but the fee. */
function addSearches(row: Writable<AttemptRow>, { usageEstimated }: AttemptRecord, usage: Usage): void {
  row.usage = countsOf(usage);
  if (usageEstimated === true) row.estimated = true;
}

function countsOf({ raw: _raw, serviceTier: _tier, ...counts }: Usage): TokenCounts {
  return counts;
}

function addUsage(
  row: Writable<AttemptRow>,
  { snapshot, arrivedAt }: RowContext,
  { usage, usageEstimated }: { readonly usage: Usage; readonly usageEstimated: true | undefined },
): void {
  const known = snapshot.providers.get(row.provider);
  const price = known === undefined ? undefined : priceOf(known, row.model);
  const cost = costOf(usage, price, arrivedAt);
  row.usage = countsOf(usage);
  if (!cost.unpriced || cost.nano !== 0) row.costNano = cost.nano;
  if (cost.unpriced) row.unpriced = cost.unpriced;
  if (cost.price !== undefined) row.price = cost.price;
  if (usageEstimated === true) row.estimated = true;
  if (usage.serviceTier !== undefined) row.serviceTier = usage.serviceTier.slice(0, LONGEST_TIER);
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
