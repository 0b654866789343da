import { costOf } from "../../accounting/price.ts";
import { priceOf } from "../../catalogue/prices.ts";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { LedgerStore, NewCost, PricedAttempt } from "../../store/ledger/ledger-rows.ts";
import type { RerateOptions } from "./rerate-options.ts";

/** What the attempts at one model cost, and what they cost now. */
export interface RepricedPlace {
  readonly provider: string;
  readonly model: string;
  readonly attempts: number;
  readonly changed: number;
  /** Attempts without a known price, before and after. */
  readonly unpricedBefore: number;
  readonly unpricedAfter: number;
  readonly beforeNano: bigint;
  readonly afterNano: bigint;
}

export interface Rerated {
  readonly requests: number;
  readonly places: readonly RepricedPlace[];
}

export interface RerateParts {
  readonly ledger: Pick<LedgerStore, "reprice">;
  readonly providers: Snapshot["providers"];
}

/**
 * Prices what was used anew, by the prices of this configuration at the time of each attempt. A few requests at a time, each step whole or
 * not at all: what was interrupted is done by doing it again.
 */
export async function rerate(
  { fromDay, toDay, dryRun }: Pick<RerateOptions, "fromDay" | "toDay" | "dryRun">,
  { ledger, providers }: RerateParts,
): Promise<Rerated> {
  const places = new Map<string, RepricedPlace>();
  const priceFor = (attempt: PricedAttempt) => newCost(attempt, providers);
  let requests = 0;
  let after: string | undefined;
  do {
    const step = await ledger.reprice({ fromDay, toDay, dryRun, priceFor, ...(after === undefined ? {} : { after }) });
    requests += step.requests;
    for (const attempt of step.attempts) add(places, attempt);
    after = step.next;
  } while (after !== undefined);
  return { requests, places: [...places.values()].sort(byName) };
}

/** Undefined: it keeps the cost that it has, which is also so where the price is not known any more. */
export function newCost(attempt: PricedAttempt, providers: Snapshot["providers"]): NewCost | undefined {
  const { provider, model, at, usage, serviceTier } = attempt;
  const known = providers.get(provider);
  const price = known === undefined ? undefined : priceOf(known, model);
  if (price === undefined || isSumOfBatch(attempt) || isFee(attempt)) return undefined;
  const cost = costOf({ ...usage, ...(serviceTier === undefined ? {} : { serviceTier }) }, price, at);
  if (cost.unpriced && !attempt.unpriced) return undefined;
  return {
    ...(cost.unpriced && cost.nano === 0 ? {} : { costNano: cost.nano }),
    ...(cost.unpriced ? { unpriced: true } : {}),
    ...(cost.price === undefined ? {} : { price: cost.price }),
  };
}

/** What was charged beside tokens has no tokens to be priced by. */
function isFee({ usage, costNano = 0 }: PricedAttempt): boolean {
  return costNano > 0 && Object.values(usage).every((count) => count === undefined || count === 0);
}

/** The answers of a batch were priced one by one: their sum would be taken for one long prompt. */
function isSumOfBatch({ serviceTier, costNano }: PricedAttempt): boolean {
  return costNano !== undefined && serviceTier?.split("+").includes("batch") === true;
}

function add(
  places: Map<string, RepricedPlace>,
  { before, after }: { readonly before: PricedAttempt; readonly after?: NewCost },
): void {
  const { provider, model } = before;
  const name = JSON.stringify([provider, model]);
  const known = places.get(name);
  const now = after ?? before;
  places.set(name, {
    provider,
    model,
    attempts: (known?.attempts ?? 0) + 1,
    changed: (known?.changed ?? 0) + (after === undefined ? 0 : 1),
    unpricedBefore: (known?.unpricedBefore ?? 0) + (before.unpriced ? 1 : 0),
    unpricedAfter: (known?.unpricedAfter ?? 0) + (now.unpriced === true ? 1 : 0),
    beforeNano: (known?.beforeNano ?? 0n) + BigInt(before.costNano ?? 0),
    afterNano: (known?.afterNano ?? 0n) + BigInt(now.costNano ?? 0),
  });
}

function byName(a: RepricedPlace, b: RepricedPlace): number {
  return `${a.provider}\0${a.model}` < `${b.provider}\0${b.model}` ? -1 : 1;
}
