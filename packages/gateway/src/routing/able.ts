import { lacks } from "../catalogue/operations.ts";
import type { OperationId } from "../config/operations.ts";
import { type ModelCandidates, targetName } from "./candidates.ts";
import type { Target } from "./target.ts";

/** What an operation is called in sentences: "it does no embeddings". */
export const OPERATION_WORDS: Readonly<Record<OperationId, string>> = {
  embeddings: "embeddings",
  rerank: "ranking",
  images: "image generation",
  "image-edits": "image editing",
  speech: "speech",
  transcription: "transcription",
  translation: "translation of sound",
  moderation: "moderation",
  completions: "completions",
};

/** Without the targets whose provider has no API for what is asked. `operation`: absent, it is a conversation. */
export function ableOf(candidates: ModelCandidates, operation: OperationId | undefined): ModelCandidates {
  const able = candidates.targets.filter((target) => isAble(target, operation));
  if (able.length === candidates.targets.length) return candidates;
  const words = operation === undefined ? "conversations" : OPERATION_WORDS[operation];
  const unable = candidates.targets.filter((target) => !able.includes(target));
  const rejected = unable.map((target) => ({
    target: targetName(target),
    why: `it does no ${words}`,
    unable: true as const,
  }));
  return { ...candidates, targets: able, rejected: [...candidates.rejected, ...rejected] };
}

function isAble({ provider, model }: Target, operation: OperationId | undefined): boolean {
  if (lacks(provider, model, operation ?? "generate")) return false;
  if (operation !== undefined) return provider.operations[operation] !== undefined;
  for (const _ in provider.endpoints) return true;
  return false;
}
