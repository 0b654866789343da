import { anthropic } from "./anthropic.ts";
import { azure } from "./azure.ts";
import { baseten } from "./baseten.ts";
import { bedrock } from "./bedrock.ts";
import { cerebras } from "./cerebras.ts";
import { cohere } from "./cohere.ts";
import { dashscope } from "./dashscope.ts";
import { deepinfra } from "./deepinfra.ts";
import { deepseek } from "./deepseek.ts";
import type { ProviderDefinition } from "./define.ts";
import { fireworks } from "./fireworks.ts";
import { googleAiStudio } from "./google-ai-studio.ts";
import { groq } from "./groq.ts";
import { huggingface } from "./huggingface.ts";
import { hyperbolic } from "./hyperbolic.ts";
import { jina } from "./jina.ts";
import { llamaCpp } from "./llama-cpp.ts";
import { lmStudio } from "./lm-studio.ts";
import { minimax } from "./minimax.ts";
import { mistral } from "./mistral.ts";
import { moonshot } from "./moonshot.ts";
import { nebius } from "./nebius.ts";
import { novita } from "./novita.ts";
import { nvidia } from "./nvidia.ts";
import { ollama } from "./ollama.ts";
import { openai } from "./openai.ts";
import { openrouter } from "./openrouter.ts";
import { perplexity } from "./perplexity.ts";
import { sambanova } from "./sambanova.ts";
import { siliconflow } from "./siliconflow.ts";
import { together } from "./together.ts";
import { vercel } from "./vercel.ts";
import { vertex } from "./vertex.ts";
import { vllm } from "./vllm.ts";
import { voyage } from "./voyage.ts";
import { xai } from "./xai.ts";
import { zai } from "./zai.ts";

/** Makers of models first: where several providers list one bare model id, the earlier is asked first. */
export const providerDefinitions: readonly ProviderDefinition[] = [
  openai,
  anthropic,
  googleAiStudio,
  vertex,
  azure,
  bedrock,
  mistral,
  deepseek,
  xai,
  moonshot,
  zai,
  minimax,
  dashscope,
  cohere,
  voyage,
  jina,
  perplexity,
  groq,
  cerebras,
  sambanova,
  fireworks,
  together,
  deepinfra,
  nvidia,
  huggingface,
  novita,
  siliconflow,
  nebius,
  baseten,
  hyperbolic,
  openrouter,
  vercel,
  ollama,
  lmStudio,
  vllm,
  llamaCpp,
];

const byName: ReadonlyMap<string, ProviderDefinition> = new Map(
  providerDefinitions.flatMap((definition) =>
    [definition.id, ...(definition.aliases ?? [])].map((name) => [name, definition] as const),
  ),
);

/** Every id and every alias. */
export const providerNames: readonly string[] = [...byName.keys()];

/** A built-in provider by its id or one of its aliases. */
export function definitionOf(name: string): ProviderDefinition | undefined {
  return byName.get(name);
}

/** Other names of providers, to the ids they stand for. */
export const providerAliases: ReadonlyMap<string, string> = new Map(
  [...byName].filter(([name, { id }]) => name !== id).map(([name, { id }]) => [name, id]),
);
