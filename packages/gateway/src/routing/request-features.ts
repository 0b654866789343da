import type { ByteSpan } from "@signalbox/protocol";
import { CHARACTERS_PER_TOKEN } from "../catalogue/rough-tokens.ts";
import type { RequestFeatures } from "./request-view.ts";
import { mediaIn } from "./wire-media.ts";
import { nested, outermost, positiveAt, shapeOf, type WireRequest, wordAt } from "./wire-request.ts";

/**
 * What a target must be able to do to answer a request. Reads marks that the scan has left and a few short values, and
 * never throws: what is malformed is for the parser to refuse.
 */
export function requestFeatures(request: WireRequest): RequestFeatures {
  const media = mediaIn(request);
  const textBytes = Math.max(0, promptBytes(request) - media.payloadBytes);
  return {
    tools: hasTools(request),
    images: media.images > 0,
    documents: media.documents > 0,
    audio: media.audio > 0,
    jsonSchema: wantsSchema(request),
    reasoning: wantsReasoning(request),
    inputTokens: Math.max(1, Math.ceil(textBytes / CHARACTERS_PER_TOKEN) + media.tokens),
    maxOutputTokens: maxOutputTokens(request),
  };
}

const generationConfig = ["generationConfig", "generation_config"];
/** What a model reads besides instructions and messages, in whichever dialect. */
const promptMembers = ["tools", "functions", "response_format", "text", "output_config"];

function promptBytes(request: WireRequest): number {
  const { system, messages } = shapeOf(request);
  return [...system, messages, ...promptMembers]
    .map((key) => request.scan.members.get(key))
    .reduce((sum, span) => sum + (span === undefined ? 0 : span.end - span.start), 0);
}

/** Of all features the one that conditions ask for most, and the cheapest to know. */
export function hasTools(request: WireRequest): boolean {
  return ["tools", "functions"].some((name) => {
    const span = outermost(request, [name]);
    return span !== undefined && request.bytes[span.start] === 0x5b && !isEmpty(request, span);
  });
}

function isEmpty({ bytes }: WireRequest, { start, end }: ByteSpan): boolean {
  return end - start < 64 && bytes.toString("latin1", start + 1, end - 1).trim() === "";
}

function wantsSchema(request: WireRequest): boolean {
  switch (request.dialect) {
    case "openai-chat":
      return wordAt(request, nested(request, [["response_format"], ["type"]])) === "json_schema";
    case "openai-responses":
      return wordAt(request, nested(request, [["text"], ["format"], ["type"]])) === "json_schema";
    case "anthropic-messages": {
      const beta = nested(request, [["output_format"], ["type"]]);
      return wordAt(request, nested(request, [["output_config"], ["format"], ["type"]]) ?? beta) === "json_schema";
    }
    case "gemini":
      return (
        nested(request, [
          generationConfig,
          ["responseJsonSchema", "response_json_schema", "responseSchema", "response_schema", "_responseJsonSchema"],
        ]) !== undefined
      );
  }
}

/**
 * Whether the client insists on thinking. Codex sends `reasoning: {summary}` and Claude Code `thinking: {type: adaptive}` to
 * every model, also to those that cannot: neither insists.
 */
function wantsReasoning(request: WireRequest): boolean {
  switch (request.dialect) {
    case "openai-chat":
      return isEffort(wordAt(request, nested(request, [["reasoning_effort"]]) ?? effortOf(request)));
    case "openai-responses":
      return isEffort(wordAt(request, effortOf(request)));
    case "anthropic-messages":
      return wordAt(request, nested(request, [["thinking"], ["type"]])) === "enabled";
    case "gemini": {
      const thinking = [generationConfig, ["thinkingConfig", "thinking_config"]];
      const level = wordAt(request, nested(request, [...thinking, ["thinkingLevel", "thinking_level"]]));
      const budget = nested(request, [...thinking, ["thinkingBudget", "thinking_budget"]]);
      return level !== undefined || positiveAt(request, budget) !== undefined;
    }
  }
}

const effortOf = (request: WireRequest) => nested(request, [["reasoning"], ["effort"]]);
const isEffort = (word: string | undefined): boolean => word !== undefined && word !== "none";

/** How many answers the client wants of one request. What cannot be read is for the upstream to refuse. */
export function answersWanted(request: WireRequest): number {
  const span = answersSpan(request);
  if (span === undefined) return 1;
  // Some servers take a number in quotes for one.
  const text = request.bytes.toString("latin1", span.start, span.end).replace(/^"(.*)"$/, "$1");
  const count = Math.ceil(Number(text));
  return Number.isFinite(count) && count > 1 ? count : 1;
}

function answersSpan(request: WireRequest): ByteSpan | undefined {
  switch (request.dialect) {
    case "openai-chat":
      return outermost(request, ["n"]);
    case "gemini":
      return nested(request, [generationConfig, ["candidateCount", "candidate_count"]]);
    case "openai-responses":
    case "anthropic-messages":
      return undefined;
  }
}

function maxOutputTokens(request: WireRequest): number | undefined {
  switch (request.dialect) {
    case "openai-chat":
      return largestOf(request, ["max_completion_tokens", "max_tokens"]);
    case "openai-responses":
      return positiveAt(request, outermost(request, ["max_output_tokens"]));
    case "anthropic-messages":
      return positiveAt(request, outermost(request, ["max_tokens"]));
    case "gemini":
      return positiveAt(request, nested(request, [generationConfig, ["maxOutputTokens", "max_output_tokens"]]));
  }
}

/** Servers differ in which of two names they go by. */
function largestOf(request: WireRequest, names: readonly string[]): number | undefined {
  const figures = names.map((name) => positiveAt(request, outermost(request, [name])));
  return figures.reduce((most, next) => (next === undefined || (most ?? 0) > next ? most : next), undefined);
}
