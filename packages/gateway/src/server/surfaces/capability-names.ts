import { compact, type JsonObject } from "@signalbox/protocol";
import type { ListedModel } from "../../catalogue/list-models.ts";

type Described = Pick<ListedModel, "capabilities" | "price">;

/**
 * What is known of a model in Inworld's words, true or false; a word that is missing is not known. The price of what was
 * cached tells that a vendor caches. https://docs.inworld.ai/api-reference/modelsAPI/modelservice/list-models
 */
export function capabilityFlags({ capabilities = {}, price }: Described): JsonObject {
  return compact({
    functionCalling: capabilities.tools,
    webSearch: capabilities.webSearch,
    reasoning: capabilities.reasoning,
    promptCaching: price?.cacheRead === undefined ? undefined : true,
    responseSchema: capabilities.jsonSchema,
    vision: capabilities.images,
  });
}

const WORDS: Readonly<Record<string, string>> = {
  functionCalling: "function_calling",
  webSearch: "web_search",
  reasoning: "reasoning",
  promptCaching: "prompt_caching",
  responseSchema: "response_schema",
  vision: "vision",
};

/** Those that a model is known to have, as a list; two more have no word in the flags. */
export function capabilityNames(model: Described): readonly string[] {
  const { documents, audio } = model.capabilities ?? {};
  const flags = Object.entries(capabilityFlags(model)).filter(([, has]) => has === true);
  return [
    ...flags.map(([name]) => WORDS[name] ?? name),
    ...(documents === true ? ["documents"] : []),
    ...(audio === true ? ["audio"] : []),
  ];
}
