import type { Admission, AttemptRow, Settlement, TokenCounts } from "../../store/ledger/ledger-rows.ts";
import type { KeptObject } from "../../store/objects/object-rows.ts";
import type { Exchange } from "../exchange.ts";
import { admissionIn } from "./batch-facts.ts";
import type { BatchSums, ModelSum } from "./batch-sums.ts";
import { keyOf } from "./keeper.ts";

/** Whoever has begun to write a batch to the ledger has done so by then, or is no more. */
const CLAIM_MS = 60_000;

/**
 * The batch was started: until somebody learns what it cost it counts in the ledger as what was held for it. To be called in the place of
 * `bill`.
 */
export function billAsStarted({ services, outcome, startedAt }: Exchange, admission: Admission): void {
  outcome.billed = true;
  const durationMs = Math.round(performance.now() - startedAt);
  services.ledger.settle({
    ...settlementOf(admission, { state: "unknown", attempts: [] }),
    durationMs,
    overheadMs: durationMs,
  });
  outcome.hold?.settle({ tokens: { input: 0, output: 0 }, costNano: admission.reservedNano });
}

/**
 * Writes to the ledger what a batch came to: one row, however many have fetched its results, and whatever became of them. Never throws:
 * what could not be written is written when the results are fetched again.
 */
export async function settleBatch(exchange: Exchange, batch: KeptObject, sums: BatchSums): Promise<void> {
  const { objects, ledger, accounts, log } = exchange.services;
  const admission = admissionIn(batch.facts);
  if (batch.billed || admission === undefined) return;
  try {
    if (!(await objects.claimBilling(batch, CLAIM_MS))) return;
    const settlement = settlementOf(admission, { state: "settled", attempts: attemptsOf(batch, sums) });
    const { id, at, session, agent, reservedNano } = admission;
    // Before the ledger: a counter that is filled from it in between counts too much rather than too little.
    accounts.correct({
      id,
      at,
      key: keyOf(exchange),
      ...(session === undefined ? {} : { session }),
      ...(agent === undefined ? {} : { agent }),
      costNano: settlement.costNano - reservedNano,
    });
    await ledger.admit(admission);
    ledger.settle(settlement);
    await ledger.written();
    await objects.billed(batch);
  } catch (err) {
    log.error({ err, requestId: exchange.id, batch: batch.id }, "what a batch has cost is not in the ledger yet");
  }
}

interface Ending {
  readonly state: Settlement["state"];
  readonly attempts: readonly AttemptRow[];
}

function settlementOf({ id }: Admission, { state, attempts }: Ending): Settlement {
  return {
    id,
    state,
    status: 200,
    ...(attempts.length === 0 ? {} : { answeredBy: 0 }),
    attempts,
    costNano: attempts.reduce((sum, { costNano = 0 }) => sum + costNano, 0),
    unpriced: attempts.some(({ unpriced }) => unpriced === true),
    durationMs: 0,
    overheadMs: 0,
    dropped: [],
  };
}

/** One for each model. */
function attemptsOf(batch: KeptObject, { models, incomplete }: BatchSums): readonly AttemptRow[] {
  const { provider, credential, kind } = batch;
  const base = {
    provider,
    ...(credential === undefined ? {} : { credential }),
    dialect: kind,
    lane: "passthrough",
    startedAfterMs: 0,
    durationMs: 0,
  } as const;
  const rows = [...models].map(([model, sum]) => ({ ...base, model, ...costsOf(sum) }));
  return incomplete ? [...rows, { ...base, model: "unknown", usage: {}, unpriced: true }] : rows;
}

function costsOf({
  usage,
  nano,
  unpriced,
  price,
}: ModelSum): Pick<AttemptRow, "usage" | "costNano" | "unpriced" | "price" | "serviceTier"> {
  const { raw: _raw, serviceTier, ...counts } = usage;
  const tokens: TokenCounts = counts;
  return {
    usage: tokens,
    ...(unpriced && nano === 0 ? {} : { costNano: nano }),
    ...(unpriced ? { unpriced } : {}),
    ...(price === undefined ? {} : { price }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
}
