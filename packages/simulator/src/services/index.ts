import { cohereEmbeddings, geminiEmbeddings, openaiEmbeddings, voyageEmbeddings } from "./embeddings.ts";
import { cohereRerank, voyageRerank } from "./rerank.ts";
import type { Service, ServiceTarget } from "./service.ts";

/** The first that matches answers. */
const SERVICES: readonly Service[] = [
  openaiEmbeddings,
  geminiEmbeddings,
  cohereEmbeddings,
  voyageEmbeddings,
  cohereRerank,
  voyageRerank,
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
