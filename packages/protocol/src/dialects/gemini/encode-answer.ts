import type { CanonicalResponse, ResponseEnd } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Opaque } from "../../ir/origin.ts";
import type { MediaPart, Part, ReasoningPart, SearchPart, ToolCallPart } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { compact, objectOf } from "../../json/read.ts";
import type { AnswerContext } from "../dialect.ts";
import { reportCitation } from "../shared/citation-losses.ts";
import { reportForeignAnswer } from "../shared/foreign-fields.ts";
import { geminiTier } from "../shared/service-tier.ts";
import { shownModel } from "../shared/shown-model.ts";
import { shownCallId } from "../shared/synthetic-ids.ts";
import { argumentsObject, shownToolName } from "../shared/tools.ts";
import { reportUsage } from "../shared/usage-losses.ts";
import { encodeGrounding, type ShownText } from "./citations.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { withSearches } from "./searches.ts";
import { sealSignature } from "./thought-signatures.ts";
import { encodeUsage } from "./usage.ts";

/** What the encoders of whole and of streamed answers have in common. */
export interface AnswerEncoder {
  readonly context: AnswerContext;
  head: AnswerHead;
  readonly showsThoughts: boolean;
  /** Reasoning since the last call, which the next call carries. */
  reasoning: ReasoningPart[];
  texts: readonly ShownText[];
  readonly searches: SearchPart[];
}

/** Thoughts are shown to clients that asked for them: others would take their text for the answer. */
export function answerEncoder(context: AnswerContext, head: AnswerHead = {}): AnswerEncoder {
  const { summary } = context.request.reasoning ?? {};
  const showsThoughts = summary !== undefined && summary !== "none";
  return { context, head, showsThoughts, reasoning: [], texts: [], searches: [] };
}

/** The reasoning that stands before a call, once. */
export function takeReasoning(encoder: AnswerEncoder): readonly ReasoningPart[] {
  const { reasoning } = encoder;
  encoder.reasoning = [];
  return reasoning;
}

export function thoughtPart(part: ReasoningPart): JsonObject {
  const own = part.opaque?.origin.dialect === "gemini" && part.opaque.data !== "";
  return { text: part.text, thought: true, ...(own ? { thoughtSignature: part.opaque?.data } : {}) };
}

export function signatureField(
  of: "tool-call" | "text" | "media",
  part: Part,
  reasoning: readonly ReasoningPart[],
): JsonObject {
  return compact({ thoughtSignature: sealSignature(of, part.opaque, reasoning) });
}

export function callPart(
  call: ToolCallPart,
  reasoning: readonly ReasoningPart[],
  { context }: AnswerEncoder,
): JsonObject {
  const functionCall = {
    id: shownCallId(call.id, context.uniqueId),
    name: shownToolName(call, context.request),
    args: argumentsObject(call, context.losses),
  };
  return withFields({ functionCall, ...signatureField("tool-call", call, reasoning) }, call);
}

/** Media, unknown parts and tool results: what arrives whole. */
export function wholePart(part: Part, { context }: AnswerEncoder): readonly JsonObject[] {
  const { losses } = context;
  if (part.type === "media") {
    const data = mediaData(part);
    if (data !== undefined) {
      const words = wordsOf(part.transcript, context);
      return [...words, withFields({ ...data, ...signatureField("media", part, []) }, part)];
    }
    losses.drop("answer-media", "The answer's media cannot be shown in gemini.");
    return [];
  }
  if (part.type === "unknown" && part.origin.dialect === "gemini") return [part.value];
  const from = part.type === "unknown" ? part.origin.dialect : "the upstream";
  losses.drop("unknown-part", `A part of ${from} cannot be said in gemini.`);
  return [];
}

/** The words of a sound stand beside it, for those who asked for words too. */
export function wordsOf(words: string | undefined, { request, losses }: AnswerContext): readonly JsonObject[] {
  if (words === undefined || words === "") return [];
  if (request.modalities?.includes("text") === true) return [{ text: words }];
  losses.drop("audio-transcript", "The words of what was said aloud were not asked for.");
  return [];
}

function mediaData({ source, mediaType }: MediaPart): JsonObject | undefined {
  switch (source.type) {
    case "base64":
      return { inlineData: { mimeType: mediaType ?? "application/octet-stream", data: source.data } };
    case "url":
      return { fileData: { ...compact({ mimeType: mediaType }), fileUri: source.url } };
    case "file":
      return source.origin.dialect === "gemini"
        ? { fileData: { ...compact({ mimeType: mediaType }), fileUri: source.id } }
        : undefined;
    case "text":
    case "parts":
      return undefined;
  }
}

/** Wire fields that only Gemini says; those within a message are merged into it. */
export function withFields(wire: JsonObject, { extension }: Part): JsonObject {
  if (extension?.dialect !== "gemini") return wire;
  const merged = Object.entries(extension.fields).map(([key, value]) => {
    const own = wire[key];
    return [key, isObject(own) && isObject(value) ? { ...own, ...value } : value] as const;
  });
  return { ...wire, ...Object.fromEntries(merged) };
}

/** What the answer's first event says, which every chunk repeats. */
export type AnswerHead = Pick<CanonicalResponse, "id" | "model" | "createdAt">;

export function chunk(
  { context, head }: AnswerEncoder,
  parts: readonly JsonObject[],
  tail: { readonly candidate?: JsonObject; readonly response?: JsonObject } = {},
): JsonObject {
  const content = parts.length === 0 ? {} : { content: { parts, role: "model" } };
  return {
    candidates: [{ ...content, ...tail.candidate, index: 0 }],
    ...tail.response,
    modelVersion: shownModel(context, head.model),
    ...compact({ createTime: timestamp(head.createdAt) }),
    responseId: head.id ?? context.uniqueId,
  };
}

/** RFC 3339; an upstream may have told a time that no calendar has. */
function timestamp(seconds: number | undefined): string | undefined {
  const date = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

export interface AnswerTail {
  readonly candidate: JsonObject;
  readonly response: JsonObject;
  /** The prompt itself was blocked: Google answers without candidates then. */
  readonly isBlocked: boolean;
}

export function answerTail(end: Omit<ResponseEnd, "type">, encoder: AnswerEncoder): AnswerTail {
  const { losses } = encoder.context;
  reportForeignAnswer(end.extensions, "gemini", losses);
  reportUntold(encoder);
  const own = objectOf(end.extensions?.["gemini"]) ?? {};
  const candidate = objectOf(own["candidate"]) ?? {};
  const response = objectOf(own["response"]) ?? {};
  const grounding =
    candidate["groundingMetadata"] === undefined
      ? withSearches(encodeGrounding(encoder.texts), encoder.searches, losses)
      : undefined;
  const blockReason = objectOf(response["promptFeedback"])?.["blockReason"];
  return {
    candidate: {
      finishReason: encodeFinishReason(end.finishReason, losses),
      ...candidate,
      ...(candidate["citationMetadata"] === undefined ? compact({ groundingMetadata: grounding }) : {}),
    },
    response: { ...response, ...usageField(end, losses) },
    isBlocked: blockReason !== undefined && blockReason === end.finishReason.raw,
  };
}

/** Values of reasoning that no call followed have nothing to travel in; other dialects' citations say more than ours. */
function reportUntold({ reasoning, texts, context: { losses } }: AnswerEncoder): void {
  const signed = reasoning.some(({ opaque }) => opaque !== undefined && opaque.data !== "" && !isOwn(opaque));
  if (signed) losses.adapt("reasoning-replay", "The signature of reasoning that no call followed was not sent.");
  for (const { citations } of texts) {
    for (const citation of citations) {
      reportCitation(citation, { dialect: "gemini", quotes: citation.kind !== "url" }, losses);
    }
  }
}

const isOwn = (opaque: Opaque): boolean => opaque.origin.dialect === "gemini";

function usageField({ usage, serviceTier }: Omit<ResponseEnd, "type">, losses: LossRecorder): JsonObject {
  reportUsage(usage, { dialect: "gemini", says: MODALITIES }, losses);
  const tier = geminiTier(serviceTier, losses);
  return usage === undefined ? {} : { usageMetadata: { ...compact({ serviceTier: tier }), ...encodeUsage(usage) } };
}

const MODALITIES = ["audioInputTokens", "audioOutputTokens", "imageInputTokens", "imageOutputTokens"] as const;
