import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { remainder, totalInputTokens, type Usage, usageOf } from "../../ir/usage.ts";
import { arrayOf, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";

/**
 * `promptTokenCount` includes cached tokens but not those that hosted tools put into the prompt;
 * `candidatesTokenCount` excludes thoughts. Proto JSON leaves out counts that are zero.
 * https://ai.google.dev/api/generate-content#UsageMetadata
 * What it searched the web for stands in the answer's grounding metadata.
 */
export function decodeUsage(metadata: JsonObject, { grounding, model }: Grounded = {}): Usage {
  const count = (key: string) => numberOf(metadata[key]);
  const prompt = count("promptTokenCount");
  const cached = count("cachedContentTokenCount");
  const toolUse = count("toolUsePromptTokenCount");
  const thoughts = count("thoughtsTokenCount");
  return usageOf(
    {
      inputTokens: prompt === undefined ? undefined : remainder(prompt, cached) + (toolUse ?? 0),
      cacheReadTokens: cached,
      outputTokens: outputTokens(metadata, prompt, toolUse),
      reasoningTokens: thoughts,
      audioInputTokens: modality(metadata, ["promptTokensDetails", "toolUsePromptTokensDetails"], "AUDIO"),
      imageInputTokens: modality(metadata, ["promptTokensDetails", "toolUsePromptTokensDetails"], "IMAGE"),
      audioOutputTokens: modality(metadata, ["candidatesTokensDetails", "responseTokensDetails"], "AUDIO"),
      imageOutputTokens: modality(metadata, ["candidatesTokensDetails", "responseTokensDetails"], "IMAGE"),
      audioCacheReadTokens: modality(metadata, ["cacheTokensDetails"], "AUDIO"),
      imageCacheReadTokens: modality(metadata, ["cacheTokensDetails"], "IMAGE"),
      webSearches: searches(objectOf(grounding)?.["webSearchQueries"], model),
    },
    metadata,
    servedTier(metadata),
  );
}

/** What an answer looked for, and whose answer it is. */
interface Grounded {
  readonly grounding?: JsonValue | undefined;
  readonly model?: string | undefined;
}

/** Each query is billed; before Gemini 3, each prompt that searched. https://ai.google.dev/gemini-api/docs/pricing */
function searches(queries: JsonValue | undefined, model = ""): number | undefined {
  const { length } = arrayOf(queries);
  if (length === 0) return undefined;
  return /gemini-[12]\b/.test(model) ? 1 : length;
}

/**
 * Vertex AI's word for it is the kind of traffic: `ON_DEMAND`, `PROVISIONED_THROUGHPUT`.
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#TrafficType
 */
function servedTier(metadata: JsonObject): string | undefined {
  const traffic = stringOf(metadata["trafficType"])?.toLowerCase();
  const tier = stringOf(metadata["serviceTier"])?.toLowerCase();
  return traffic === undefined || ORDINARY_TRAFFIC.has(traffic) ? tier : traffic;
}

const ORDINARY_TRAFFIC: ReadonlySet<string> = new Set(["on_demand", "traffic_type_unspecified"]);

/** What is known of the input before the answer is complete: the output counts of a stream grow with each chunk. */
export function decodeEarlyUsage(metadata: JsonObject): Usage | undefined {
  const { inputTokens, cacheReadTokens } = decodeUsage(metadata);
  return inputTokens === undefined ? undefined : usageOf({ inputTokens, cacheReadTokens });
}

function outputTokens(metadata: JsonObject, prompt: number | undefined, toolUse: number | undefined) {
  const candidates = numberOf(metadata["candidatesTokenCount"]) ?? numberOf(metadata["responseTokenCount"]);
  const thoughts = numberOf(metadata["thoughtsTokenCount"]);
  if (candidates !== undefined || thoughts !== undefined) return (candidates ?? 0) + (thoughts ?? 0);
  const total = numberOf(metadata["totalTokenCount"]);
  return total === undefined || prompt === undefined ? undefined : remainder(total, prompt, toolUse);
}

function modality(metadata: JsonObject, lists: readonly string[], name: string): number | undefined {
  const rows = lists.flatMap((list) => objectsOf(metadata[list])).filter((row) => row["modality"] === name);
  const counts = rows.map((row) => numberOf(row["tokenCount"])).filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

/** Gemini's own object is shown as it came; other usage is put into Gemini's terms. */
export function encodeUsage(usage: Usage): JsonObject {
  if (isGeminiUsage(usage.raw)) return usage.raw;
  const prompt = totalInputTokens(usage);
  const { outputTokens: output, reasoningTokens: thoughts } = usage;
  const candidates = output === undefined ? undefined : remainder(output, thoughts);
  const fields = {
    promptTokenCount: prompt,
    cachedContentTokenCount: usage.cacheReadTokens,
    candidatesTokenCount: candidates,
    thoughtsTokenCount: thoughts,
    totalTokenCount: prompt === undefined && output === undefined ? undefined : (prompt ?? 0) + (output ?? 0),
    promptTokensDetails: details(prompt, usage.audioInputTokens, usage.imageInputTokens),
    candidatesTokensDetails: details(candidates, usage.audioOutputTokens, usage.imageOutputTokens),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isGeminiUsage(raw: JsonValue | undefined): raw is JsonObject {
  return (
    typeof raw === "object" &&
    raw !== null &&
    !Array.isArray(raw) &&
    ("promptTokenCount" in raw || "trafficType" in raw)
  );
}

/** Only where something other than text is known; the rest is then taken for text. */
function details(total: number | undefined, audio: number | undefined, image: number | undefined) {
  if (total === undefined || (audio === undefined && image === undefined)) return undefined;
  const rows = [
    { modality: "TEXT", tokenCount: remainder(total, audio, image) },
    { modality: "AUDIO", tokenCount: audio },
    { modality: "IMAGE", tokenCount: image },
  ];
  return rows.filter((row): row is { modality: string; tokenCount: number } => row.tokenCount !== undefined);
}
