import { compact, type JsonObject } from "@signalbox/protocol";
import { listedModel, type OfferedModel, offersUnder } from "../../catalogue/list-models.ts";
import type { HealthSnapshot } from "../../routing/health/views.ts";
import { architectureOf, supportedParameters } from "./model-details.ts";
import type { ListSource } from "./models.ts";
import { tokenPrices } from "./pricing.ts";

/** OpenRouter's words for how a place does: 0 is well, and -1 is out of order for now. */
const WELL = 0;
const RESTING = -1;

/**
 * Who may answer to a name, best first, as OpenRouter tells it; undefined when the caller's list has no such name. What nobody measures
 * here is null. https://openrouter.ai/docs/api/api-reference/endpoints/list-endpoints
 */
export function modelEndpoints(
  { snapshot, reach }: ListSource,
  id: string,
  health: HealthSnapshot,
): JsonObject | undefined {
  const model = listedModel(snapshot, id, reach);
  if (model === undefined) return undefined;
  const endpoints = offersUnder(snapshot, id, reach).map((offer) =>
    endpointOf(offer, { provider: snapshot.providers.get(offer.owner)?.name ?? offer.owner, health }),
  );
  const description = endpoints.length === 0 ? "It is chosen when it is asked." : `Offered by ${endpoints.length}.`;
  const { displayName, created } = model;
  return { data: { id, name: displayName, created, description, architecture: architectureOf(model), endpoints } };
}

interface Place {
  readonly provider: string;
  readonly health: HealthSnapshot;
}

function endpointOf(offer: OfferedModel, { provider, health }: Place): JsonObject {
  const seen = health.endpoints.find((view) => view.provider === offer.owner && view.model === offer.model);
  const { firstTokenMs, p95FirstTokenMs, tokensPerSecond, failureShare, recentAttempts = 0 } = seen ?? {};
  return {
    name: `${provider} | ${offer.model}`,
    model_id: offer.id,
    model_name: offer.displayName,
    context_length: offer.contextTokens ?? null,
    pricing: offer.price === undefined ? null : tokenPrices(offer.price),
    provider_name: provider,
    tag: offer.owner,
    quantization: null,
    max_completion_tokens: offer.maxOutputTokens ?? null,
    max_prompt_tokens: null,
    supported_parameters: supportedParameters(offer),
    supports_implicit_caching: offer.price?.cacheRead !== undefined,
    status: seen === undefined || seen.state === "closed" ? WELL : RESTING,
    uptime_last_30m: failureShare === undefined || recentAttempts === 0 ? null : 100 * (1 - failureShare),
    latency_last_30m: percentiles({ p50: firstTokenMs, p95: p95FirstTokenMs }),
    throughput_last_30m: percentiles({ p50: tokensPerSecond }),
  };
}

function percentiles(values: Readonly<Record<string, number | undefined>>): JsonObject | null {
  const known = compact(values);
  return Object.keys(known).length === 0 ? null : known;
}
