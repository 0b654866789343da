import { GatewayError } from "@signalbox/protocol";
import { exactFigures } from "../../accounting/rates.ts";
import { outputCap, worstCaseNano } from "../../accounting/worst-case.ts";
import { priceOf } from "../../catalogue/prices.ts";
import type { ResourceId } from "../../config/resources.ts";
import { entrantOf } from "../../routing/access/access.ts";
import { makePlan } from "../../routing/make-plan.ts";
import type { RequestView } from "../../routing/request-view.ts";
import { serves } from "../../routing/serving.ts";
import type { Target } from "../../routing/target.ts";
import type { Exchange } from "../exchange.ts";
import { callerOf } from "../request-view.ts";
import type { BatchEndpoint } from "./batch-endpoints.ts";
import { firstAccount, type Keeper, keyOf, placeOf } from "./keeper.ts";
import type { Demands } from "./tally.ts";

export interface BatchWish {
  readonly resource: ResourceId;
  readonly endpoint: BatchEndpoint;
  /** The only one that may be asked, by its id. */
  readonly provider?: string | undefined;
}

/** Who runs a batch, and what that one calls each model that its requests name. */
export interface BatchRun {
  readonly keeper: Keeper;
  readonly models: ReadonlyMap<string, Target>;
}

/** Vendors' word for the price of what runs in a batch: half. */
export const BATCH_TIER = "batch";

/**
 * Where all of a batch's models lead: to one provider that takes batches and speaks their API itself. Throws what routing says of a model
 * that nobody has, or that this caller may not ask, and `unsupported_feature` where they have no such provider in common.
 */
export function resolveModels(exchange: Exchange, names: readonly string[], wish: BatchWish): BatchRun {
  const found = names.map((name) => ({ name, targets: targetsOf(exchange, name, wish) }));
  const [first] = found;
  if (first === undefined) throw new GatewayError("invalid_request", "A batch must have at least one request.");
  const shared = first.targets.find(({ provider }) =>
    found.every(({ targets }) => targets.some((target) => target.provider.id === provider.id)),
  );
  const place = shared === undefined ? undefined : placeOf(shared.provider, wish.resource);
  if (shared === undefined || place === undefined) throw nobody(found.map(({ name }) => name));
  const models = found.flatMap(({ name, targets }): [string, Target][] => {
    const target = targets.find(({ provider }) => provider.id === shared.provider.id);
    return target === undefined ? [] : [[name, target]];
  });
  for (const [, target] of models) expectPrice(exchange, target);
  return { keeper: { target: shared, place, credential: firstAccount(shared) }, models: new Map(models) };
}

function targetsOf(exchange: Exchange, name: string, { resource, endpoint, provider }: BatchWish): readonly Target[] {
  const { snapshot, services } = exchange;
  const plan = makePlan(snapshot, viewOf(exchange, name, endpoint), {
    now: performance.now(),
    chance: Math.random,
    health: services.health,
    sessions: services.sessions,
  });
  if (plan.asked !== "model") {
    throw new GatewayError(
      "unsupported_feature",
      `'${name.slice(0, 200)}' chooses anew for each request, which a batch cannot: name a model.`,
      { param: "model" },
    );
  }
  const able = plan.targets.filter(
    (target) =>
      (provider === undefined || target.provider.id === provider) &&
      placeOf(target.provider, resource) !== undefined &&
      speaksIt(target, endpoint),
  );
  if (able.length > 0) return able;
  const where = provider === undefined ? "" : ` at '${provider}'`;
  throw new GatewayError(
    "unsupported_feature",
    `Nobody who answers for '${name.slice(0, 200)}'${where} takes batches of these requests here.`,
    { param: "model" },
  );
}

/** Requests go up as they are, but for their model. */
function speaksIt({ provider, model }: Target, { dialect, operation }: BatchEndpoint): boolean {
  if (operation !== undefined) return provider.operations[operation]?.format === "openai";
  const endpoint = provider.endpoints[dialect];
  return endpoint !== undefined && serves(endpoint, model);
}

/** Whoever may ask only for what has a price may not ask in a batch for what has none there. */
function expectPrice(exchange: Exchange, { provider, model }: Target): void {
  const key = keyOf(exchange);
  if (!entrantOf(key, exchange.snapshot).refusesUnpriced) return;
  const price = priceOf(provider, model);
  if (price !== undefined && exactFigures(price, BATCH_TIER, exchange.arrivedAt) !== undefined) return;
  throw new GatewayError(
    "permission_denied",
    `This key may not ask for '${provider.id}/${model}' in a batch: its price there is not known, and this key may only ask for what has one.`,
    { param: "model" },
  );
}

function nobody(names: readonly string[]): GatewayError {
  const list = names.slice(0, 5).map((name) => `'${name.slice(0, 100)}'`);
  return new GatewayError(
    "unsupported_feature",
    `All requests of a batch must lead to the same provider, and no provider that takes batches answers for all of ${list.join(", ")}.`,
    { param: "model" },
  );
}

function viewOf(exchange: Exchange, model: string, { dialect, operation }: BatchEndpoint): RequestView {
  return {
    model,
    dialect,
    ...(operation === undefined ? {} : { operation }),
    stream: false,
    preferences: { metadata: {}, promptVariables: {}, unserved: [] },
    caller: callerOf(exchange),
    user: undefined,
    headers: exchange.request.headers,
    session: () => exchange.generationId,
    features: () => ({
      tools: false,
      images: false,
      documents: false,
      audio: false,
      jsonSchema: false,
      reasoning: false,
      inputTokens: 0,
      maxOutputTokens: undefined,
    }),
    hasTools: () => false,
    sample: () => ({ system: "", firstUser: "", lastUser: "", turns: 1 }),
    messages: () => [],
  };
}

/** What all of it costs at most. Where no price of batches is known it is the ordinary one. */
export function worstOfBatch({ models }: BatchRun, demands: Demands, at: number): number {
  let worst = 0;
  for (const [name, { inputTokens, outputTokens, unlimited }] of demands) {
    const target = models.get(name);
    if (target === undefined) continue;
    const output = outputTokens + unlimited * outputCap(target, undefined);
    worst += worstCaseNano([target], { input: inputTokens, output, serviceTier: BATCH_TIER }, at);
  }
  return Math.min(worst, Number.MAX_SAFE_INTEGER);
}

/** Whether any of the caller's budgets has to be kept. */
export function hasBudgets(exchange: Exchange): boolean {
  return keyOf(exchange).policies.some(({ policy }) => (policy.budgets ?? []).length > 0);
}
