import type { JsonObject } from "@signalbox/protocol";
import type { OwnerKind } from "../../../config/access.ts";
import { nanoToDollars } from "../../../config/money.ts";
import type { ClientKey } from "../../../config/settings.ts";
import type { UsageStore } from "../../../store/usage/usage-store.ts";

/**
 * What a key has left to spend, for clients that ask other routers for a balance. Only budgets of the window `total` are like one: of
 * those of the key, its team and its organisation the one with the least left is told. Without any there is no balance (`null`).
 * OpenRouter: `data.total_credits - data.total_usage` is left; AnyRouter: `balance`.
 */
export async function creditsOf(key: ClientKey, usage: UsageStore, until: number): Promise<JsonObject> {
  const spentBy = async (kind: OwnerKind, id: string) =>
    (await usage.totals({ from: 0, to: until, filters: { [kind]: [id] } })).costNano;
  const own = await spentBy("key", key.id);
  const budgets = await Promise.all(
    totalBudgets(key).map(async ({ kind, id, limitNano }) => {
      const spent = kind === "key" && id === key.id ? own : await spentBy(kind, id);
      return { limit: BigInt(limitNano), spent, left: BigInt(limitNano) - spent };
    }),
  );
  const tightest = budgets.reduce<(typeof budgets)[number] | undefined>(
    (least, budget) => (least === undefined || budget.left < least.left ? budget : least),
    undefined,
  );
  const spent = tightest?.spent ?? own;
  const left = tightest === undefined ? null : tightest.left > 0n ? tightest.left : 0n;
  return {
    data: {
      total_credits: tightest === undefined ? null : nanoToDollars(tightest.limit),
      total_usage: nanoToDollars(spent),
    },
    balance: left === null ? null : nanoToDollars(left),
    balance_nano: left === null ? null : String(left),
    total_usage: nanoToDollars(own),
    total_usage_nano: String(own),
  };
}

interface TotalBudget {
  readonly kind: OwnerKind;
  readonly id: string;
  readonly limitNano: number;
}

/** A policy may hold budgets of others than its owner: an organisation may give each of its keys so much. */
function totalBudgets(key: ClientKey): readonly TotalBudget[] {
  const ids: { readonly [K in OwnerKind]: string | undefined } = { key: key.id, team: key.team, org: key.org };
  return key.policies.flatMap(({ policy }) =>
    (policy.budgets ?? []).flatMap(({ per, window, limitNano }) => {
      if (window !== "total" || per === "session" || per === "agent") return [];
      const id = ids[per];
      return id === undefined ? [] : [{ kind: per, id, limitNano }];
    }),
  );
}
