import { GatewayError, type JsonObject, type JsonValue } from "@signalbox/protocol";
import { costOf } from "../../accounting/price.ts";
import { priceOf } from "../../catalogue/prices.ts";
import { placeOf } from "../../routing/next-attempt.ts";
import { type PlannedOperation, planOperation } from "../../routing/plan.ts";
import type { Exchange } from "../exchange.ts";
import { sendPlan, shownPlan, shownReadiness } from "../explain.ts";
import { asGatewayError } from "../failure.ts";
import { sendError } from "../send-error.ts";
import { settle } from "../settle.ts";
import type { Asked } from "./operation.ts";
import { planOf } from "./perform.ts";

const NANO = 1_000_000_000;

/** The plan of a request that is no conversation, and what each target would be told of it. Calls nothing. */
export async function explainOperation(
  exchange: Exchange,
  read: (exchange: Exchange) => Promise<Asked>,
): Promise<void> {
  let asked: Asked | undefined;
  try {
    const told = await read(exchange);
    asked = told;
    const { operation, model, worst } = told;
    exchange.outcome.model = model;
    const plan = planOf(exchange, asked);
    exchange.outcome.plan = plan;
    const { lastUsed } = exchange.services.health;
    const planned = planOperation(plan.targets, operation, { lastUsed, chance: Math.random });
    const { raw: _, serviceTier: __, ...most } = worst;
    sendPlan(exchange, {
      ...shownPlan(model, plan),
      operation,
      targets: planned.map((attempt) => describe(exchange, attempt, told)),
      request: inWireNames(most),
    });
  } catch (thrown) {
    exchange.outcome.error = asGatewayError(thrown);
    sendError(exchange, thrown);
  } finally {
    asked?.close?.();
    settle(exchange);
  }
}

function describe(exchange: Exchange, planned: PlannedOperation, asked: Asked): JsonObject {
  const { target, endpoint, credential } = planned;
  const { provider, model } = target;
  const now = performance.now();
  const { health } = exchange.services;
  return {
    model: `${provider.id}/${model}`,
    provider: provider.id,
    ...(credential === undefined ? {} : { credential: credential.id }),
    format: endpoint.format,
    ...sayable(planned, asked),
    reason: target.reason,
    readiness: shownReadiness(health.readiness(placeOf(planned), now), now),
    expected_cost: probableCost(exchange, planned, asked),
  };
}

/** What of the request its API can say, or why it cannot be asked. */
function sayable(planned: PlannedOperation, { prepare }: Asked): JsonObject {
  try {
    const { lane, dropped, adapted } = prepare(planned);
    const shown = (losses: typeof dropped) => losses.map(({ feature, detail }) => ({ feature, detail }));
    return { lane, dropped: shown(dropped), adapted: shown(adapted) };
  } catch (error) {
    if (error instanceof GatewayError && error.code === "unsupported_feature") return { refused: error.message };
    throw error;
  }
}

/** An unknown price is said to be unknown: it is not 0. */
function probableCost({ arrivedAt }: Exchange, { target }: PlannedOperation, { estimate }: Asked): JsonValue {
  const usage = estimate();
  const cost = costOf(usage, priceOf(target.provider, target.model), arrivedAt);
  if (cost.unpriced) return null;
  const { inputTokens = 0, outputTokens = 0 } = usage;
  return {
    usd: cost.nano / NANO,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    ...(cost.price === undefined ? {} : { price: cost.price }),
  };
}

/** `inputTokens` is `input_tokens` to clients. */
function inWireNames(counts: Readonly<Record<string, number | undefined>>): JsonObject {
  const entries = Object.entries(counts).flatMap(([name, count]) =>
    count === undefined ? [] : [[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), count] as const],
  );
  return Object.fromEntries(entries);
}
