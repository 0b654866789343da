import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import { claudeSampling, samplingTaken } from "../shared/claude-sampling.ts";
import { tokensForThinking } from "../shared/claude-thinking.ts";
import type { EncodeContext } from "./encode-context.ts";

/** `max_tokens` is required. Without the client's word and the model's own limit, these are taken. */
const DEFAULT_TOKENS = 32_000;
const SMALL_MODEL_TOKENS = 4096;
const SMALL_CONTEXT = 64_000;

export function maxTokensOf({ sampling, reasoning }: CanonicalRequest, { facts, losses }: EncodeContext): number {
  const limit = facts.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const wanted = sampling.maxOutputTokens;
  if (wanted !== undefined) {
    if (wanted > limit) losses.adapt("max-tokens", `max_tokens ${wanted} was sent as the model's limit, ${limit}.`);
    return Math.min(wanted, limit);
  }
  if (facts.maxOutputTokens !== undefined) return facts.maxOutputTokens;
  const small = facts.contextTokens !== undefined && facts.contextTokens < SMALL_CONTEXT;
  return Math.max(small ? SMALL_MODEL_TOKENS : DEFAULT_TOKENS, tokensForThinking(reasoning ?? {}));
}

/** Temperature, top-p, top-k and stop sequences, as far as they go with thinking and with each other. */
export function encodeSampling(request: CanonicalRequest, thinks: boolean, context: EncodeContext): JsonObject {
  const { losses, quirks, replay } = context;
  const { sampling } = request;
  for (const [field, feature] of UNSAYABLE) {
    if (sampling[field] !== undefined) losses.drop(feature, `The Messages API has no ${feature}.`);
  }
  const takes = quirks.sampling ?? samplingTaken(replay.model);
  const { temperature, topP, topK } = claudeSampling(sampling, { thinks, takes }, losses);
  return compact({
    stop_sequences: stopSequences(sampling.stopSequences, context),
    temperature,
    top_p: topP,
    top_k: topK,
  });
}

const UNSAYABLE = [
  ["presencePenalty", "presence-penalty"],
  ["frequencyPenalty", "frequency-penalty"],
  ["seed", "seed"],
] as const;

/** Each must hold something other than white space. */
function stopSequences(sequences: readonly string[] | undefined, { losses }: EncodeContext) {
  const kept = sequences?.filter((sequence) => sequence.trim() !== "");
  if (kept?.length !== sequences?.length) losses.drop("stop-sequences", "A stop sequence of white space was left out.");
  return kept === undefined || kept.length === 0 ? undefined : kept;
}
