import { compact, type JsonObject, type JsonValue } from "@signalbox/protocol";
import { priceVersion } from "../catalogue/price-rows.ts";
import { expectedCost, priceOf } from "../catalogue/prices.ts";

import type { Decision } from "../routing/auto/decide.ts";
import type { Readiness } from "../routing/health/place.ts";
import { placeOf } from "../routing/next-attempt.ts";
import { type PlannedAttempt, planAttempts } from "../routing/plan.ts";
import { typicalTokens } from "../routing/rank.ts";
import type { RequestFeatures } from "../routing/request-view.ts";
import type { Plan } from "../routing/target.ts";
import type { Exchange } from "./exchange.ts";
import { asGatewayError } from "./failure.ts";
import { asksForBreakpoints } from "./features/prompt-cache.ts";
import { searchesAt } from "./features/search.ts";
import { passthroughObstacle } from "./obstacle.ts";
import { planFor } from "./plan-for.ts";
import { receive } from "./receive.ts";
import { requestView } from "./request-view.ts";
import { sendError } from "./send-error.ts";
import { settle } from "./settle.ts";

/** The plan of a request in words and figures: the targets in order, why, and what each would probably cost. Calls nothing. */
export async function explain(exchange: Exchange): Promise<void> {
  try {
    const request = await receive(exchange);
    exchange.outcome.model = request.model;
    const plan = planFor(exchange, request);
    exchange.outcome.plan = plan;
    const { health } = exchange.services;
    const view = requestView(exchange, request);
    const planned = planAttempts(plan.targets, {
      dialect: exchange.surface.dialect,
      outputs: view.outputs?.() ?? [],
      obstacle: passthroughObstacle(request, exchange),
      breakpoints: asksForBreakpoints(request, exchange),
      searches: searchesAt(exchange, request, plan),
      lastUsed: health.lastUsed,
      chance: Math.random,
    });
    const features = view.features();
    sendPlan(exchange, {
      ...shownPlan(request.model, plan),
      targets: planned.map((attempt) => describe(exchange, attempt, features)),
      request: { ...shownFeatures(features, view.session()), outputs: view.outputs?.() ?? [] },
      ...(plan.decision === undefined ? {} : { decision: shownDecision(plan.decision) }),
    });
  } catch (thrown) {
    exchange.outcome.error = asGatewayError(thrown);
    sendError(exchange, thrown);
  } finally {
    settle(exchange);
  }
}

/** What is told of a plan, whatever it is for. */
export function shownPlan(model: string, { asked, reasoning, rejected, unserved }: Plan): JsonObject {
  return {
    object: "signalbox.plan",
    model,
    asked,
    reasoning,
    rejected: rejected.map(({ target, why }) => ({ model: target, reason: why })),
    dropped: [...unserved],
    prices: { ...priceVersion },
  };
}

function shownDecision({ cohort, ranked, best, saved }: Decision): JsonObject {
  return {
    task_type: cohort.type,
    cohort: cohort.key,
    best: best.name,
    saves_usd: saved ?? null,
    candidates: ranked.map(({ name, success, mass, cost, utility }) => ({
      model: name,
      expected_success: success,
      observations: mass,
      expected_usd: cost ?? null,
      utility,
    })),
  };
}

function shownFeatures(features: RequestFeatures, session: string): JsonObject {
  return {
    input_tokens: features.inputTokens,
    max_output_tokens: features.maxOutputTokens ?? null,
    tools: features.tools,
    images: features.images,
    documents: features.documents,
    audio: features.audio,
    json_schema: features.jsonSchema,
    reasoning: features.reasoning,
    session,
  };
}

function describe({ services }: Exchange, planned: PlannedAttempt, features: RequestFeatures): JsonObject {
  const { target, endpoint, credential, lane } = planned;
  const { health } = services;
  const now = performance.now();
  const { provider, model } = target;
  return compact({
    model: `${provider.id}/${model}`,
    provider: provider.id,
    credential: credential?.id,
    dialect: endpoint.dialect,
    lane,
    reason: target.reason,
    readiness: shownReadiness(health.readiness(placeOf(planned), now), now),
    expected_cost: costOf(planned, features),
    first_token_ms: health.firstTokenMs(provider.id, model),
    tokens_per_second: health.tokensPerSecond(provider.id, model),
  });
}

export function shownReadiness(readiness: Readiness, now: number): JsonObject {
  if (readiness.state !== "resting") return { state: readiness.state };
  return { state: "resting", for_ms: Math.max(0, Math.round(readiness.until - now)), reason: readiness.why };
}

/** An unknown price is said to be unknown: it is not 0. */
function costOf({ target }: PlannedAttempt, features: RequestFeatures): JsonValue {
  const price = priceOf(target.provider, target.model);
  if (price === undefined) return null;
  const tokens = typicalTokens(features);
  return {
    usd: expectedCost(price, tokens),
    input_tokens: tokens.inputTokens,
    output_tokens: tokens.outputTokens,
    price: price.id,
  };
}

export function sendPlan({ response }: Exchange, body: JsonObject): void {
  const bytes = Buffer.from(JSON.stringify(body, undefined, 2));
  response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": bytes.length });
  response.end(bytes);
}
