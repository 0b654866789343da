import { compact, type JsonObject } from "@signalbox/protocol";
import { bareName } from "../../catalogue/catalogue.ts";
import { familyOf } from "../../catalogue/families.ts";
import type { ListedModel } from "../../catalogue/list-models.ts";
import type { Modalities } from "../../catalogue/operations.ts";

/** `auto` and routers take text, and answer with it; what else they take is up to whom they choose. */
const TEXT: Modalities = { input: ["text"], output: ["text"] };

export const modalitiesIn = ({ modalities = TEXT }: Pick<ListedModel, "modalities">): Modalities => modalities;

/** OpenRouter's groups of tokenizers, by maker. https://openrouter.ai/docs/api-reference/list-available-models */
const TOKENIZERS: Readonly<Record<string, string>> = {
  openai: "GPT",
  anthropic: "Claude",
  "google-ai-studio": "Gemini",
  xai: "Grok",
  cohere: "Cohere",
  mistral: "Mistral",
  deepseek: "DeepSeek",
  dashscope: "Qwen",
};

/** What a model is, as OpenRouter says it: `text+image->text`. */
export function architectureOf({ id, modalities }: Pick<ListedModel, "id" | "modalities">): JsonObject {
  const { input, output } = modalitiesIn({ ...(modalities === undefined ? {} : { modalities }) });
  return {
    modality: `${input.join("+")}->${output.join("+")}`,
    input_modalities: input,
    output_modalities: output,
    tokenizer: TOKENIZERS[familyOf(bareName(id))?.provider ?? ""] ?? "Other",
    instruct_type: null,
  };
}

/**
 * Fields of a request that the model is known to take, in OpenAI's words and OpenRouter's. Models that reason refuse some of the
 * fields for sampling, so these are named where a model is known not to.
 */
export function supportedParameters({ abilities, capabilities = {} }: ListedModel): readonly string[] {
  if (abilities !== undefined && !abilities.includes("generate")) return [];
  const { tools, jsonSchema, reasoning } = capabilities;
  return [
    "max_tokens",
    ...(tools === true ? ["tools", "tool_choice"] : []),
    ...(jsonSchema === true ? ["response_format", "structured_outputs"] : []),
    ...(reasoning === true ? ["reasoning", "reasoning_effort"] : []),
    ...(reasoning === false ? ["temperature", "top_p", "stop"] : []),
  ];
}

/** Whoever is asked first. */
export function topProvider({ contextTokens, maxOutputTokens }: ListedModel): JsonObject {
  return compact({
    context_length: contextTokens ?? null,
    max_completion_tokens: maxOutputTokens ?? null,
    is_moderated: false,
  });
}
