import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { DialectId } from "../../ir/origin.ts";
import type { Usage } from "../../ir/usage.ts";
import { isObject } from "../../json/parse.ts";
import { objectOf, objectsOf, stringOf } from "../../json/read.ts";

/** Fields by which each dialect's own usage object is known. */
const MARKS: readonly (readonly [DialectId, readonly string[]])[] = [
  ["openai-chat", ["prompt_tokens", "completion_tokens"]],
  ["openai-responses", ["input_tokens_details", "total_tokens"]],
  ["gemini", ["promptTokenCount", "candidatesTokenCount", "trafficType"]],
  ["anthropic-messages", ["input_tokens", "output_tokens"]],
  ["bedrock-converse", ["inputTokens", "outputTokens"]],
];

/** The upstream's usage object, where it is of this dialect. */
export function ownUsage(usage: Usage | undefined, dialect: DialectId): JsonObject | undefined {
  const raw = objectOf(usage?.raw);
  if (raw === undefined) return undefined;
  const known = MARKS.find(([, marks]) => marks.some((mark) => raw[mark] !== undefined));
  return known?.[0] === dialect ? raw : undefined;
}

/** Counts that the IR has words for, and sums of them, as the dialects write them. */
const TOLD: ReadonlySet<string> = new Set([
  ...["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens"],
  ...["audio_tokens", "image_tokens", "text_tokens", "input_tokens", "output_tokens", "thinking_tokens"],
  ...["cache_read_input_tokens", "cache_creation_input_tokens", "ephemeral_5m_input_tokens", "service_tier"],
  ...["ephemeral_1h_input_tokens", "ttl_12h_tokens", "ttl_30m_tokens", "prompt_cache_hit_tokens", "serviceTier"],
  ...["prompt_cache_miss_tokens", "promptTokenCount", "candidatesTokenCount", "responseTokenCount", "totalTokenCount"],
  ...["cachedContentTokenCount", "toolUsePromptTokenCount", "thoughtsTokenCount"],
  ...["inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens", "cacheDetails"],
  ...["cacheReadInputTokenCount", "cacheWriteInputTokenCount"],
]);

/** Counts by modality, which not every dialect has a place for. */
const BY_MODALITY = ["audioInputTokens", "audioOutputTokens", "imageInputTokens", "imageOutputTokens"] as const;
type Modality = (typeof BY_MODALITY)[number];

/** Records what of the upstream's usage the client's dialect has no place for. Zero and what is empty is no loss. */
export function reportUsage(
  usage: Usage | undefined,
  { dialect, says = [] }: { readonly dialect: DialectId; readonly says?: readonly Modality[] },
  losses: LossRecorder,
): void {
  if (usage === undefined || ownUsage(usage, dialect) !== undefined) return;
  for (const count of BY_MODALITY) {
    if ((usage[count] ?? 0) > 0 && !says.includes(count)) {
      losses.drop("usage-details", `The count of ${count} has no place in ${dialect}.`);
    }
  }
  for (const field of unsaidFields(objectOf(usage.raw) ?? {})) {
    losses.drop("usage-details", `'${field}' of the usage has no place in ${dialect}.`);
  }
}

function unsaidFields(usage: JsonObject): readonly string[] {
  return Object.entries(usage).flatMap(([field, value]) => {
    if (TOLD.has(field) || isNothing(value)) return [];
    if (Array.isArray(value) && field.endsWith("Details")) return unsaidModalities(field, value);
    return isObject(value) && /details$|^cache_creation$/.test(field) ? unsaidFields(value) : [field];
  });
}

/** Gemini's counts by modality: text is what is left over, and sounds and pictures of the prompt and the answer are told. */
function unsaidModalities(field: string, rows: JsonValue): readonly string[] {
  const told = field === "cacheTokensDetails" ? ["TEXT"] : ["TEXT", "AUDIO", "IMAGE"];
  const unsaid = objectsOf(rows).filter((row) => !told.includes(stringOf(row["modality"]) ?? ""));
  return unsaid.length === 0 ? [] : [field];
}

function isNothing(value: JsonValue | undefined): boolean {
  if (isObject(value)) return Object.values(value).every(isNothing);
  return value === undefined || value === null || value === 0 || value === false || value === "";
}
