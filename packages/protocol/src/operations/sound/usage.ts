import type { JsonValue } from "../../ir/json.ts";
import { type Usage, usageOf } from "../../ir/usage.ts";
import { numberOf, objectOf, stringOf } from "../../json/read.ts";

/**
 * What a transcript, or the last event of one, tells of its cost: tokens, or seconds of sound. Undefined where it tells neither, as
 * subtitles and plain text do.
 *
 * OpenAI: https://developers.openai.com/api/reference/resources/audio/subresources/transcriptions/methods/create
 * Mistral: https://docs.mistral.ai/api/endpoint/audio/transcriptions
 */
export function transcriptUsage(answer: JsonValue): Usage | undefined {
  const body = objectOf(answer);
  const usage = objectOf(body?.["usage"]);
  const seconds = numberOf(usage?.["seconds"]) ?? numberOf(usage?.["prompt_audio_seconds"]);
  const audioSeconds = wholeSeconds(seconds ?? numberOf(body?.["duration"]));
  // Vendors that bill the minute round up to it, and say so: nothing of the rest of such a usage is billed.
  if (stringOf(usage?.["type"]) === "duration")
    return audioSeconds === undefined ? undefined : usageOf({ audioSeconds }, usage);
  const inputTokens = numberOf(usage?.["input_tokens"]) ?? numberOf(usage?.["prompt_tokens"]);
  const outputTokens = numberOf(usage?.["output_tokens"]) ?? numberOf(usage?.["completion_tokens"]);
  if (inputTokens === undefined && outputTokens === undefined && audioSeconds === undefined) return undefined;
  const details = objectOf(usage?.["input_token_details"]);
  const audioInputTokens = numberOf(details?.["audio_tokens"]);
  return usageOf({ inputTokens, outputTokens, audioInputTokens, audioSeconds }, usage);
}

const wholeSeconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined || !Number.isFinite(seconds) ? undefined : Math.ceil(seconds);

/** What the last event of spoken text tells. All that was written is sound. */
export function speechUsage(answer: JsonValue): Usage | undefined {
  const usage = objectOf(objectOf(answer)?.["usage"]);
  const inputTokens = numberOf(usage?.["input_tokens"]);
  const outputTokens = numberOf(usage?.["output_tokens"]);
  if (usage === undefined || (inputTokens === undefined && outputTokens === undefined)) return undefined;
  return usageOf({ inputTokens, outputTokens, audioOutputTokens: outputTokens }, usage);
}

/** OpenAI's moderation is free and tells nothing; Mistral's tells tokens. */
export function moderationUsage(answer: JsonValue): Usage | undefined {
  const usage = objectOf(objectOf(answer)?.["usage"]);
  const inputTokens = numberOf(usage?.["prompt_tokens"]) ?? numberOf(usage?.["input_tokens"]);
  if (usage === undefined || inputTokens === undefined) return undefined;
  const outputTokens = numberOf(usage["completion_tokens"]) ?? 0;
  return usageOf({ inputTokens, outputTokens }, usage);
}
