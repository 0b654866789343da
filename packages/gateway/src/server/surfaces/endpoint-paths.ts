import type { Ability } from "../../catalogue/operation-families.ts";

const PATHS: Readonly<Record<Ability, readonly string[]>> = {
  generate: ["/v1/chat/completions", "/v1/responses", "/v1/messages"],
  embeddings: ["/v1/embeddings"],
  rerank: ["/v1/rerank"],
  images: ["/v1/images/generations"],
  "image-edits": ["/v1/images/edits"],
  speech: ["/v1/audio/speech"],
  transcription: ["/v1/audio/transcriptions"],
  translation: ["/v1/audio/translations"],
  moderation: ["/v1/moderations"],
  completions: ["/v1/completions"],
};

/** Where a model may be asked, as Routeway's list tells it. https://docs.routeway.ai/core-concepts/responses/overview */
export const endpointPaths = (abilities: readonly Ability[]): readonly string[] =>
  abilities.flatMap((ability) => PATHS[ability]);
