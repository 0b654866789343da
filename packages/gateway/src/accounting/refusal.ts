import { GatewayError } from "@signalbox/protocol";
import type { HoldAnswer, RateStanding } from "../store/shared-state/shared-state.ts";
import { type LimitStanding, withStandings } from "./accounts.ts";
import { budgetExceeded } from "./budgets.ts";
import type { PlannedClaim } from "./claims.ts";
import { crowded, rateExceeded } from "./limits.ts";

/** Until a Redis or a database that restarts is back. */
const OUTAGE_PAUSE_MS = 5_000;

/** The client's error for what shared state has refused, with how its limits stand. */
export function refusal(answer: HoldAnswer & { readonly outcome: "refused" }, planned: PlannedClaim): GatewayError {
  return withStandings(reason(answer, planned), limitStandings(planned, answer.rates));
}

export function limitStandings({ plan }: PlannedClaim, rates: readonly RateStanding[]): readonly LimitStanding[] {
  const told: LimitStanding[] = [];
  rates.forEach((rate, index) => {
    const planned = plan.rates[index];
    if (planned !== undefined) told.push({ ...rate, unit: planned.unit, windowMs: planned.windowMs });
  });
  return told;
}

export function cannotBeChecked(): GatewayError {
  const message = "The budgets of this API key cannot be checked at the moment. Please try again.";
  return new GatewayError("overloaded", message, { retryAfterMs: OUTAGE_PAUSE_MS });
}

function reason(answer: HoldAnswer & { readonly outcome: "refused" }, planned: PlannedClaim): GatewayError {
  const { by, index, retryAfterMs = 0 } = answer;
  const { claim, plan, budgets } = planned;
  switch (by) {
    case "rate": {
      const rate = plan.rates[index];
      return rate === undefined ? cannotBeChecked() : rateExceeded(rate, retryAfterMs);
    }
    case "concurrency": {
      const slots = plan.slots[index];
      return slots === undefined ? cannotBeChecked() : crowded(slots);
    }
    case "budget": {
      const open = budgets[index];
      const spentNano = answer.budgets[index]?.spentNano ?? 0;
      const amountNano = claim.budgets[index]?.amountNano ?? 0;
      return open === undefined ? cannotBeChecked() : budgetExceeded({ open, amountNano, spentNano });
    }
  }
}
