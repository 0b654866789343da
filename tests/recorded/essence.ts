import {
  type CanonicalResponse,
  type FinishReason,
  isObject,
  type JsonObject,
  type JsonValue,
  type Part,
  parseJson,
  type Usage,
} from "@signalbox/protocol";
import type { Spoken } from "../protocol/codecs.ts";

/** What a client must get, as far as its dialect can say it at all: each case here stands in docs/fidelity.md. */
export function essence(response: CanonicalResponse, client: Spoken): JsonObject {
  const { parts, usage, finishReason } = response;
  const refusal = textOf(parts, "refusal");
  const words = textOf(parts, "text");
  const spoken = client === "gemini" ? parts.map(transcriptOf).join("") : "";
  const hasRefusals = client === "openai-chat" || client === "openai-responses";
  return {
    text: hasRefusals ? words : words + refusal + spoken,
    refusal: hasRefusals ? refusal : "",
    reasoning: textOf(parts, "reasoning"),
    toolCalls: parts.filter((part) => part.type === "tool-call").map(callOf),
    finish: finishOf(finishReason.unified, client, refusal !== ""),
    usage: countsFor(usage ?? {}, client),
  };
}

/** Gemini has a place for the sound and none for its words but the text. */
const transcriptOf = (part: Part): string => (part.type === "media" ? (part.transcript ?? "") : "");

/** Chat, Messages and Gemini have one word for a refusal and for a filter; Responses tells a refusal by its words. */
function finishOf(unified: FinishReason["unified"], client: Spoken, hasWords: boolean): string {
  if (unified !== "refusal") return unified;
  return client === "openai-responses" && hasWords ? unified : "content-filter";
}

/** The counts that the dialect has words for; zero and absent look the same in those that must say a number. */
function countsFor(usage: Usage, client: Spoken): JsonObject {
  const { inputTokens = 0, cacheReadTokens = 0, cacheWrite5mTokens = 0, cacheWrite1hTokens = 0 } = usage;
  const { outputTokens = 0, reasoningTokens = 0, audioInputTokens = 0, audioOutputTokens = 0 } = usage;
  const written = cacheWrite5mTokens + cacheWrite1hTokens;
  const common = { cacheReadTokens, outputTokens, reasoningTokens };
  switch (client) {
    case "openai-chat":
      return { ...common, inputTokens, written, audioInputTokens, audioOutputTokens };
    case "openai-responses":
      return { ...common, inputTokens, written };
    case "anthropic-messages":
      return { ...common, inputTokens, cacheWrite5mTokens, cacheWrite1hTokens };
    case "gemini":
      return { ...common, inputTokens: inputTokens + written, audioInputTokens, audioOutputTokens };
  }
}

function textOf(parts: readonly Part[], kind: "text" | "refusal" | "reasoning"): string {
  return parts
    .filter((part) => part.type === kind)
    .map((part) => ("text" in part ? part.text : ""))
    .join("");
}

function callOf(part: Extract<Part, { type: "tool-call" }>): JsonObject {
  const name = part.namespace === undefined ? part.name : `${part.namespace}__${part.name}`;
  return { name, arguments: part.input === "text" ? { input: part.arguments } : parsed(part.arguments) };
}

function parsed(text: string): JsonValue {
  if (text.trim() === "") return {};
  try {
    return sorted(parseJson(text));
  } catch {
    return text;
  }
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, field]): [string, JsonValue] => [
    key,
    field === undefined ? null : sorted(field),
  ]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
