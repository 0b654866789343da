import { addUsage, type Usage } from "@signalbox/protocol";
import { costOf } from "../../accounting/price.ts";
import { priceOf } from "../../catalogue/prices.ts";
import type { ResolvedProvider } from "../../providers/resolved.ts";
import { BATCH_TIER } from "./resolve-models.ts";

/** What all answers of one model came to. */
export interface ModelSum {
  readonly usage: Usage;
  readonly nano: number;
  readonly unpriced: boolean;
  readonly price?: string;
}

export interface BatchSums {
  readonly models: ReadonlyMap<string, ModelSum>;
  /** Something was answered of which nobody can say what it used. */
  readonly incomplete: boolean;
}

export const NOTHING_ANSWERED: BatchSums = { models: new Map(), incomplete: false };

/** Adds up what the answers of a batch used. Each is priced by itself: long inputs cost more, many short ones do not. */
export function batchAdder(provider: Pick<ResolvedProvider, "id" | "models">, at: number) {
  const models = new Map<string, ModelSum>();
  let incomplete = false;
  return {
    add(model: string, told: Usage | undefined): void {
      if (told === undefined) {
        incomplete = true;
        return;
      }
      const usage = inBatch(told);
      const cost = costOf(usage, priceOf(provider, model), at);
      const known = models.get(model);
      const price = cost.price ?? known?.price;
      models.set(model, {
        usage: addUsage(known?.usage, usage) ?? {},
        nano: (known?.nano ?? 0) + cost.nano,
        unpriced: known?.unpriced === true || cost.unpriced,
        ...(price === undefined ? {} : { price }),
      });
    },
    /** Something could not be read. */
    miss(): void {
      incomplete = true;
    },
    sums: (): BatchSums => ({ models, incomplete }),
  };
}

export type BatchAdder = ReturnType<typeof batchAdder>;

/** Whatever an answer says of its tier: it was made in a batch. Only Anthropic's words say more of its price. */
function inBatch(usage: Usage): Usage {
  const { serviceTier } = usage;
  const isKnown = serviceTier?.split("+").includes(BATCH_TIER) === true;
  return isKnown ? usage : { ...usage, serviceTier: BATCH_TIER };
}
