import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest, Sampling } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import type { EncodeContext } from "./encode-context.ts";
import { tokensForThinking } from "./encode-reasoning.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

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
  const { losses } = context;
  const { sampling } = request;
  for (const [field, feature] of UNSAYABLE) {
    if (sampling[field] !== undefined) losses.drop(feature, `The Messages API has no ${feature}.`);
  }
  return compact({
    stop_sequences: stopSequences(sampling.stopSequences, context),
    ...(thinks ? thinkingSampling(request, context) : plainSampling(request, context)),
  });
}

const UNSAYABLE = [
  ["presencePenalty", "presence-penalty"],
  ["frequencyPenalty", "frequency-penalty"],
  ["seed", "seed"],
] as const;

function plainSampling({ sampling }: CanonicalRequest, context: EncodeContext): JsonObject {
  const { losses } = context;
  const { temperature, topP, topK } = sampling;
  const takes = samplingOf(context);
  if (takes === "none") return noSampling(sampling, losses);
  const clamped = temperature === undefined ? undefined : Math.min(1, temperature);
  if (clamped !== temperature) losses.adapt("temperature", `Temperature ${temperature} was sent as 1, the maximum.`);
  const clash = takes === "one" && temperature !== undefined && topP !== undefined;
  if (clash) losses.drop("top-p", "The model does not take top_p beside temperature.");
  return { temperature: clamped, top_p: clash ? undefined : topP, top_k: topK };
}

function noSampling({ temperature, topP, topK }: Sampling, losses: LossRecorder): JsonObject {
  if (temperature !== undefined) losses.drop("temperature", "The model takes no temperature.");
  if (topP !== undefined) losses.drop("top-p", "The model takes no top_p.");
  if (topK !== undefined) losses.drop("top-k", "The model takes no top_k.");
  return {};
}

/**
 * What of temperature, top-p and top-k the model takes. Since Claude 4.1 temperature and top-p exclude one another; since
 * Opus 4.7 all three are refused. Models of other names are look-alikes, which take all.
 * https://platform.claude.com/docs/en/about-claude/models/migration-guide
 */
function samplingOf({ quirks, replay }: EncodeContext): NonNullable<AnthropicMessagesQuirks["sampling"]> {
  if (quirks.sampling !== undefined) return quirks.sampling;
  const [, major, minor = "0"] = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(replay.model) ?? [];
  if (major === undefined) return "both";
  const version = Number(major) * 100 + Number(minor);
  if (version >= 407) return "none";
  return version >= 401 ? "one" : "both";
}

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility */
function thinkingSampling({ sampling }: CanonicalRequest, context: EncodeContext): JsonObject {
  const { losses } = context;
  if (samplingOf(context) === "none") return noSampling(sampling, losses);
  const { temperature, topP, topK } = sampling;
  const highTopP = topP !== undefined && topP >= 0.95 && topP <= 1 && temperature === undefined;
  if (temperature !== undefined && temperature !== 1) losses.drop("temperature", "Thinking takes no temperature.");
  if (topP !== undefined && !highTopP) losses.drop("top-p", "Thinking takes no top_p below 0.95.");
  if (topK !== undefined) losses.drop("top-k", "Thinking takes no top_k.");
  return { temperature: temperature === 1 ? 1 : undefined, top_p: highTopP ? topP : undefined };
}

/** Each must hold something other than white space. */
function stopSequences(sequences: readonly string[] | undefined, { losses }: EncodeContext) {
  const kept = sequences?.filter((sequence) => sequence.trim() !== "");
  if (kept?.length !== sequences?.length) losses.drop("stop-sequences", "A stop sequence of white space was left out.");
  return kept === undefined || kept.length === 0 ? undefined : kept;
}
