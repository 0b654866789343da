import { countColumns, countNames } from "./count-columns.ts";
import { dayOf } from "./days.ts";
import type { Admission, AnswerPlace, AttemptRow, LedgerEntry, Savings, Settlement } from "./ledger-rows.ts";
import { clean, cleanOrNull, signedOrNull, type Value, whole, wholeOrNull } from "./values.ts";

/** What an ended request adds up to, over all of its attempts. */
export interface Totals {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costNano: number;
  readonly unpriced: number;
}

/** An entry whose request has ended. `unknown` ones have no attempts, and cost their reservation. */
export interface EndedEntry {
  readonly admission: Admission;
  readonly settlement: Settlement;
  readonly attempts: readonly AttemptRow[];
  readonly answered: AttemptRow | undefined;
  /** Who gave the answer, now or when it was kept. */
  readonly place: AnswerPlace | undefined;
  readonly totals: Totals;
}

const nothing: Totals = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costNano: 0,
  unpriced: 0,
};

export function ended(admission: Admission, settlement: Settlement): EndedEntry {
  if (settlement.state === "unknown") {
    const totals = { ...nothing, costNano: whole(admission.reservedNano) };
    return { admission, settlement, attempts: [], answered: undefined, place: undefined, totals };
  }
  const { attempts, answeredBy } = settlement;
  const answered = answeredBy === undefined ? undefined : attempts[answeredBy];
  return {
    admission,
    settlement,
    attempts,
    answered,
    place: settlement.answeredFrom ?? answered,
    totals: addUp(settlement),
  };
}

function addUp({ attempts, unpriced }: Settlement): Totals {
  const totals = { ...nothing, unpriced: unpriced ? 1 : 0 };
  for (const attempt of attempts) {
    const { usage } = attempt;
    totals.costNano += whole(attempt.costNano);
    if (attempt.unpriced === true) totals.unpriced = 1;
    if (usage === undefined) continue;
    totals.inputTokens += whole(usage.inputTokens);
    totals.cacheReadTokens += whole(usage.cacheReadTokens);
    totals.cacheWriteTokens += whole(usage.cacheWrite5mTokens) + whole(usage.cacheWrite1hTokens);
    totals.outputTokens += whole(usage.outputTokens);
    totals.reasoningTokens += whole(usage.reasoningTokens);
  }
  return totals;
}

type Column = readonly [name: string, type: "text" | "number"];

const admissionColumns = [
  ["id", "text"],
  ["day", "text"],
  ["at", "number"],
  ["key_id", "text"],
  ["team_id", "text"],
  ["org_id", "text"],
  ["session", "text"],
  ["agent", "text"],
  ["parent_agent", "text"],
  ["dialect", "text"],
  ["operation", "text"],
  ["model", "text"],
  ["router", "text"],
  ["stream", "number"],
  ["reserved_nano", "number"],
  ["instance", "text"],
] as const satisfies readonly Column[];

/** What a settlement says, in the order of `settlementValues`. */
export const settlementColumns = [
  ["state", "text"],
  ["status", "number"],
  ["error", "text"],
  ["finish_reason", "text"],
  ["provider", "text"],
  ["target_model", "text"],
  ["attempts", "number"],
  ["input_tokens", "number"],
  ["cache_read_tokens", "number"],
  ["cache_write_tokens", "number"],
  ["output_tokens", "number"],
  ["reasoning_tokens", "number"],
  ["cost_nano", "number"],
  ["unpriced", "number"],
  ["duration_ms", "number"],
  ["first_token_ms", "number"],
  ["overhead_ms", "number"],
  ["dropped", "text"],
  ["cache", "text"],
  ["saved_cache_nano", "number"],
  ["saved_compression_nano", "number"],
  ["saved_routing_nano", "number"],
  ["savings_unpriced", "number"],
] as const satisfies readonly Column[];

/** In the order of `requestValues`. */
export const requestColumns: readonly Column[] = [...admissionColumns, ...settlementColumns];

/** In the order of `attemptValues`. */
export const attemptColumns: readonly Column[] = [
  ["request_id", "text"],
  ["day", "text"],
  ["position", "number"],
  ["provider", "text"],
  ["model", "text"],
  ["credential", "text"],
  ["dialect", "text"],
  ["lane", "text"],
  ["started_after_ms", "number"],
  ["duration_ms", "number"],
  ["first_token_ms", "number"],
  ["error", "text"],
  ...countNames.map((name) => [countColumns[name], "number"] as const),
  ["estimated", "number"],
  ["cost_nano", "number"],
  ["price", "text"],
  ["unpriced", "number"],
  ["service_tier", "text"],
];

/** A whole row: of a request that has ended, or of one that runs. */
export function requestValues({ admission }: LedgerEntry, end: EndedEntry | undefined, instance: string): Value[] {
  const values = admissionValues(admission, instance);
  if (end !== undefined) pushSettlement(values, end);
  else values.push("admitted", ...runningValues);
  return values;
}

/** Of one that runs, beside its state. */
const runningValues: readonly Value[] = [
  ...[null, null, null, null, null],
  ...[0, 0, 0, 0, 0, 0, 0, 0],
  ...[null, null, null, null],
  ...[null, null, null, null, 0],
];

export function settlementValues(end: EndedEntry): Value[] {
  const values: Value[] = [];
  pushSettlement(values, end);
  return values;
}

function admissionValues(admission: Admission, instance: string): Value[] {
  return [
    clean(admission.id),
    dayOf(admission.at),
    whole(admission.at),
    clean(admission.key),
    cleanOrNull(admission.team),
    cleanOrNull(admission.org),
    cleanOrNull(admission.session),
    cleanOrNull(admission.agent),
    cleanOrNull(admission.parentAgent),
    admission.dialect,
    clean(admission.operation),
    clean(admission.model),
    cleanOrNull(admission.router),
    admission.stream ? 1 : 0,
    whole(admission.reservedNano),
    instance,
  ];
}

function pushSettlement(values: Value[], { settlement, attempts, place, totals }: EndedEntry): void {
  const known = settlement.state !== "unknown";
  const { cacheNano, compressionNano, routingNano, unpriced } = savingsOf(settlement);
  values.push(
    settlement.state,
    known ? whole(settlement.status) : null,
    cleanOrNull(settlement.error),
    cleanOrNull(settlement.finishReason),
    cleanOrNull(place?.provider),
    cleanOrNull(place?.model),
    attempts.length,
    totals.inputTokens,
    totals.cacheReadTokens,
    totals.cacheWriteTokens,
    totals.outputTokens,
    totals.reasoningTokens,
    totals.costNano,
    totals.unpriced,
    known ? whole(settlement.durationMs) : null,
    wholeOrNull(settlement.firstTokenMs),
    known ? whole(settlement.overheadMs) : null,
    settlement.dropped.length === 0 ? null : JSON.stringify(settlement.dropped.map(clean)),
    (known ? settlement.cache : undefined) ?? null,
    signedOrNull(cacheNano),
    signedOrNull(compressionNano),
    signedOrNull(routingNano),
    unpriced === true ? 1 : 0,
  );
}

/** Of a request whose end nobody knows, nobody knows them either. */
export function savingsOf({ state, savings }: Settlement): Savings {
  return state === "unknown" || savings === undefined ? nothingSaved : savings;
}

const nothingSaved: Savings = {};

export function attemptValues(admission: Admission, position: number, attempt: AttemptRow): Value[] {
  const { usage = {} } = attempt;
  return [
    clean(admission.id),
    dayOf(admission.at),
    position,
    clean(attempt.provider),
    clean(attempt.model),
    cleanOrNull(attempt.credential),
    attempt.dialect,
    attempt.lane,
    whole(attempt.startedAfterMs),
    whole(attempt.durationMs),
    wholeOrNull(attempt.firstTokenMs),
    cleanOrNull(attempt.error),
    ...countNames.map((name) => wholeOrNull(usage[name])),
    attempt.estimated === true ? 1 : 0,
    wholeOrNull(attempt.costNano),
    cleanOrNull(attempt.price),
    attempt.unpriced === true ? 1 : 0,
    cleanOrNull(attempt.serviceTier),
  ];
}
