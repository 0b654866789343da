import { completions } from "./completions.ts";
import { cohereEmbeddings, geminiEmbeddings, openaiEmbeddings, voyageEmbeddings } from "./embeddings.ts";
import { imageEdits, imageGenerations, imagen } from "./images.ts";
import { anthropicBatches } from "./kept/anthropic-batches.ts";
import { geminiBatches } from "./kept/gemini-batches.ts";
import { geminiCaches } from "./kept/gemini-caches.ts";
import { openaiBatches } from "./kept/openai-batches.ts";
import { openaiFiles } from "./kept/openai-files.ts";
import { moderation } from "./moderation.ts";
import { cohereRerank, voyageRerank } from "./rerank.ts";
import { brave, exa, searxng, tavily } from "./search/engines.ts";
import type { Service, ServiceTarget } from "./service.ts";
import { speech } from "./speech.ts";
import { transcription, translation } from "./transcription.ts";

/** The first that matches answers. */
const SERVICES: readonly Service[] = [
  anthropicBatches,
  geminiBatches,
  geminiCaches,
  openaiFiles,
  openaiBatches,
  openaiEmbeddings,
  geminiEmbeddings,
  cohereEmbeddings,
  voyageEmbeddings,
  cohereRerank,
  voyageRerank,
  transcription,
  translation,
  speech,
  moderation,
  completions,
  imageGenerations,
  imageEdits,
  imagen,
  searxng,
  brave,
  tavily,
  exa,
];

export interface FoundService {
  readonly service: Service;
  readonly model?: string;
}

export function findService(target: ServiceTarget): FoundService | undefined {
  for (const service of SERVICES) {
    const matched = service.match(target);
    if (matched !== undefined) return { service, ...matched };
  }
  return undefined;
}
