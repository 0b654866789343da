import { givesOutput, lacks, lacksOutput, type MediaOutput } from "../catalogue/operations.ts";
import type { OperationId } from "../config/operations.ts";
import { type ModelCandidates, targetName } from "./candidates.ts";
import type { Rejection, Target } from "./target.ts";

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

/** What answers are made of beside words, in sentences: "it does not answer with pictures". */
export const OUTPUT_WORDS: Readonly<Record<MediaOutput, string>> = { image: "pictures", audio: "sound" };

export interface Wanted {
  /** Absent: a conversation. */
  readonly operation?: OperationId | undefined;
  /** What its answer is to be made of beside words. */
  readonly outputs?: readonly MediaOutput[] | undefined;
}

/** Without the targets whose provider has no API for what is asked, and those whose model is known not to answer so. */
export function ableOf(candidates: ModelCandidates, { operation, outputs = [] }: Wanted): ModelCandidates {
  const rejected = candidates.targets.flatMap((target): Rejection[] => {
    if (!isAble(target, operation)) {
      const words = operation === undefined ? "conversations" : OPERATION_WORDS[operation];
      return [{ target: targetName(target), why: `it does no ${words}`, unable: true }];
    }
    const lacks = outputs.find((output) => lacksOutput(target.provider, target.model, output));
    if (lacks === undefined) return [];
    return [{ target: targetName(target), why: `it does not answer with ${OUTPUT_WORDS[lacks]}`, unable: true, lacks }];
  });
  if (rejected.length === 0) return candidates;
  const names = new Set(rejected.map(({ target }) => target));
  const able = candidates.targets.filter((target) => !names.has(targetName(target)));
  return { ...candidates, targets: able, rejected: [...candidates.rejected, ...rejected] };
}

/** Of a pool only those that are known to answer so: nobody has named the others. */
export function knownToGive(candidates: ModelCandidates, outputs: readonly MediaOutput[]): ModelCandidates {
  const gives = ({ provider, model }: Target) => outputs.every((output) => givesOutput(provider, model, output));
  const [lacks] = outputs;
  if (lacks === undefined || candidates.targets.every(gives)) return candidates;
  const why = `it does not answer with ${OUTPUT_WORDS[lacks]}`;
  const others = candidates.targets.filter((target) => !gives(target));
  const rejected = others.map((target) => ({ target: targetName(target), why, unable: true, lacks }) as const);
  return { ...candidates, targets: candidates.targets.filter(gives), rejected: [...candidates.rejected, ...rejected] };
}

function isAble({ provider, model }: Target, operation: OperationId | undefined): boolean {
  if (lacks(provider, model, operation ?? "generate")) return false;
  if (operation !== undefined) return provider.operations[operation] !== undefined;
  for (const _ in provider.endpoints) return true;
  return false;
}
