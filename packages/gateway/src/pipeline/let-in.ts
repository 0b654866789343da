import { GatewayError } from "@signalbox/protocol";
import { priceOf } from "../catalogue/prices.ts";
import type { Plan, Target } from "../routing/target.ts";
import { admit, worstNanoOf } from "./admission.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";
import { planFor } from "./plan-for.ts";

/**
 * Lets a planned request in. What a budget has too little left for may still be had from whoever takes least: a budget
 * whose rest is less than the dear variant's longest answer would else never come to the share from which on routers save.
 */
export async function letIn(exchange: Exchange, request: ClientRequest, plan: Plan): Promise<void> {
  const { outcome } = exchange;
  try {
    await admit(exchange, request, plan);
  } catch (error) {
    if (!(error instanceof GatewayError && error.code === "budget_exceeded")) throw error;
    const cheapest = cheapestPlan(exchange, request, plan);
    if (cheapest === undefined) throw error;
    outcome.plan = cheapest;
    await admit(exchange, request, cheapest);
  }
}

const WHY = "too little is left of a budget for anything dearer";

/** Undefined where nothing of a known price is cheaper. */
function cheapestPlan(exchange: Exchange, request: ClientRequest, dear: Plan): Plan | undefined {
  const plan: Plan = { ...planFor(exchange, request, WHY), hedging: false };
  const worst = (...targets: readonly Target[]) => worstNanoOf(exchange, request, { ...plan, targets });
  const priced = plan.targets.filter(({ provider, model }) => priceOf(provider, model) !== undefined);
  const least = Math.min(...priced.map((target) => worst(target)));
  if (!(least < worstNanoOf(exchange, request, dear))) return undefined;
  const reasoning = plan.reasoning.includes(WHY) ? plan.reasoning : `${plan.reasoning} Only the cheapest: ${WHY}.`;
  return { ...plan, reasoning, targets: priced.filter((target) => worst(target) === least) };
}
