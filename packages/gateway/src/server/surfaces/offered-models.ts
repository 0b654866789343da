import { compact, type JsonObject } from "@signalbox/protocol";
import { bareName } from "../../catalogue/catalogue.ts";
import { familyOf } from "../../catalogue/families.ts";
import { type OfferedModel, offeredModels } from "../../catalogue/list-models.ts";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { ClientKey } from "../../config/settings.ts";
import { providerDefinitions } from "../../providers/index.ts";
import { reachOf } from "../../routing/access/reach.ts";
import { capabilityFlags } from "./capability-names.ts";
import { supportedParameters } from "./model-details.ts";
import { tokenPriceNumbers } from "./pricing.ts";

/**
 * `GET /llm/v1alpha/models`: every model of every provider, in Inworld's shape. `provider/model` is the name to call it by.
 * https://docs.inworld.ai/api-reference/modelsAPI/modelservice/list-models
 */
export function offeredModelList(snapshot: Snapshot, key: ClientKey): JsonObject {
  return { models: offeredModels(snapshot, reachOf(snapshot, key)).map(offeredModel) };
}

function offeredModel(model: OfferedModel): JsonObject {
  return compact({
    model: model.model,
    provider: model.owner,
    modelCreator: creatorOf(model.model),
    pricing: model.price === undefined ? undefined : tokenPriceNumbers(model.price),
    spec: specOf(model),
    isSupported: true,
  });
}

function specOf(model: OfferedModel): JsonObject {
  const { input, output } = model.modalities;
  return compact({
    // Its words are text, image, audio and video; what is none of them, vectors say, has OpenRouter's.
    inputModalities: input.filter((modality) => modality !== "file"),
    outputModalities: output,
    contextLength: model.contextTokens,
    maxCompletionTokens: model.maxOutputTokens,
    supportedParameters: supportedParameters(model),
    capabilities: capabilityFlags(model),
  });
}

/** Vendors whose service has another name than they have themselves. */
const COMPANIES: Readonly<Record<string, string>> = { "google-ai-studio": "Google", dashscope: "Alibaba" };

function creatorOf(model: string): string | undefined {
  const maker = familyOf(bareName(model))?.provider;
  if (maker === undefined) return undefined;
  return COMPANIES[maker] ?? providerDefinitions.find(({ id }) => id === maker)?.name;
}

/** `GET /v1/providers`, as OpenRouter lists them, with what each of them has here for this key. */
export function providerList(snapshot: Snapshot, key: ClientKey): JsonObject {
  const reach = reachOf(snapshot, key);
  const providers = [...snapshot.providers.values()];
  const offered = Map.groupBy(offeredModels(snapshot, reach), ({ owner }) => owner);
  return {
    data: providers
      .filter((provider) => reach === undefined || reach.provider(provider))
      .map(({ id, name, endpoints, operations }) => ({
        name,
        slug: id,
        models: offered.get(id)?.length ?? 0,
        dialects: Object.keys(endpoints),
        operations: Object.keys(operations),
      })),
  };
}
