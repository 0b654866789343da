import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Part, ToolCallPart, UnknownPart } from "../../ir/parts.ts";
import { compact, objectOf } from "../../json/read.ts";
import type { AnswerContext } from "../dialect.ts";
import type { Carried } from "../shared/envelope.ts";
import { reportFinish } from "../shared/finish-losses.ts";
import { reportForeignAnswer, reportForeignAnswerPart } from "../shared/foreign-fields.ts";
import { reportSearchPart } from "../shared/search-losses.ts";
import { openaiTier } from "../shared/service-tier.ts";
import { shownModel } from "../shared/shown-model.ts";
import { shownToolName } from "../shared/tools.ts";
import { reportUsage } from "../shared/usage-losses.ts";
import { callForm, carriedBy, customInput, extraContent, reportUncarried, sealedId } from "./answer-calls.ts";
import { ownExtensions } from "./answer-fields.ts";
import { audioOf, imageOf, isSound } from "./answer-media.ts";
import { encodeCitations } from "./citations.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { detailOfPart, isPlainReasoning } from "./reasoning-details.ts";
import { encodeUsage } from "./usage.ts";
import { DIALECT } from "./wire.ts";

export function encodeResponse(response: CanonicalResponse, context: AnswerContext): JsonObject {
  const { parts } = response;
  const own = ownExtensions(response.extensions);
  const cited = encodeCitations(
    parts.filter((part) => part.type === "text"),
    context.losses,
  );
  const { logprobs = null, ...choiceFields } = own.choice;
  const legacy = parts.some((part) => part.type === "tool-call" && callForm(part, context) === "legacy");
  const finish = encodeFinishReason(
    response.finishReason,
    parts.map((part) => part.type),
  );
  reportAnswer(response, finish, context.losses);
  const choice = {
    index: 0,
    message: encodeMessage(parts, { annotations: cited.annotations, own: own.message }, context),
    logprobs,
    finish_reason: legacy && finish === "tool_calls" ? "function_call" : finish,
    ...choiceFields,
  };
  return compact({
    id: response.id ?? `chatcmpl-${context.uniqueId}`,
    object: "chat.completion",
    created: response.createdAt ?? context.now,
    model: shownModel(context, response.model),
    choices: [choice, ...own.choices],
    usage: encodeUsage(response.usage),
    service_tier: openaiTier(response.serviceTier, context.losses),
    citations: cited.sources.length === 0 ? undefined : cited.sources,
    search_results: cited.searchResults.length === 0 ? undefined : cited.searchResults,
    ...own.body,
  });
}

/** What of the answer as a whole this wire cannot say. */
export function reportAnswer(
  end: Pick<CanonicalResponse, "extensions" | "usage" | "finishReason">,
  finish: string,
  losses: LossRecorder,
): void {
  reportFinish(end.finishReason, finish, losses);
  reportForeignAnswer(end.extensions, DIALECT, losses);
  reportUsage(end.usage, { dialect: DIALECT, says: MODALITIES }, losses);
}

const MODALITIES = ["audioInputTokens", "audioOutputTokens", "imageInputTokens", "imageOutputTokens"] as const;

interface MessageFields {
  readonly annotations: readonly JsonObject[];
  readonly own: JsonObject;
}

function encodeMessage(
  parts: readonly Part[],
  { annotations, own }: MessageFields,
  context: AnswerContext,
): JsonObject {
  for (const part of parts) reportForeignAnswerPart(part, DIALECT, context.losses);
  const { audio: kept, ...message } = own;
  const { images, calls } = carriers(parts, context);
  for (const part of parts) {
    if (part.type === "tool-result") dropPart(part.type, context.losses);
    // This wire knows what was cited, and not what was searched for.
    if (part.type === "web-search") reportSearchPart(part, { dialect: DIALECT, says: [] }, context.losses);
  }
  return compact({
    role: "assistant",
    content: joined(parts, "text") ?? null,
    refusal: joined(parts, "refusal") ?? null,
    annotations,
    audio:
      audioOf(parts.filter(isSound), objectOf(kept), context) ??
      parts.filter((part) => part.type === "unknown").reduce(audioOr(context.losses), undefined),
    images: images.length === 0 ? undefined : images,
    ...reasoningFields(parts),
    ...calls,
    ...message,
  });
}

function joined(parts: readonly Part[], type: "text" | "refusal"): string | undefined {
  const texts = parts.flatMap((part) => (part.type === type ? [part.text] : []));
  return texts.length === 0 ? undefined : texts.join("");
}

/** Plain text for every client; entries too where there is something beside the text to bring back. */
function reasoningFields(parts: readonly Part[]): JsonObject {
  const reasoning = parts.filter((part) => part.type === "reasoning");
  const text = reasoning.map((part) => part.text).join("");
  const entries = reasoning.every(isPlainReasoning) ? undefined : reasoning.map(detailOfPart);
  return compact({ reasoning_content: text === "" ? undefined : text, reasoning_details: entries });
}

/** The audio field that an unknown part of this dialect is; other unknown parts cannot be shown. */
export function keptAudio(part: UnknownPart, losses: LossRecorder): JsonValue | undefined {
  if (part.origin.dialect === DIALECT && part.value["type"] === "audio") return part.value["audio"];
  dropPart(String(part.value["type"] ?? part.type), losses);
  return undefined;
}

const audioOr = (losses: LossRecorder) => (audio: JsonValue | undefined, part: UnknownPart) =>
  keptAudio(part, losses) ?? audio;

export function dropPart(type: string, losses: LossRecorder): void {
  losses.drop("answer-part", `A part of type '${type}' has no equivalent in chat completions.`);
}

interface Carriers {
  readonly images: readonly JsonObject[];
  readonly calls: JsonObject;
}

/** The parts that carry other dialects' values, of themselves and of what stands before them. */
function carriers(parts: readonly Part[], context: AnswerContext): Carriers {
  const images: JsonObject[] = [];
  const calls: JsonObject[] = [];
  let before: readonly Carried[] = [];
  let legacy: ToolCallPart | undefined;
  for (const part of parts) {
    before = [...before, ...carriedBy(part)];
    if (part.type === "media" && !isSound(part)) {
      images.push(...imageOf(part, before.filter(isOfText), context.losses));
      if (part.kind === "image") before = before.filter((value) => !isOfText(value));
    }
    if (part.type !== "tool-call") continue;
    if (callForm(part, context) === "legacy") {
      if (legacy !== undefined) context.losses.drop("parallel-tool-calls", "'function_call' can say one call only.");
      legacy ??= part;
      continue;
    }
    calls.push(encodeCall(part, { id: sealedId(part, before, context), context }));
    before = [];
  }
  reportUncarried(before, context);
  return { images, calls: callFields(calls, legacy, context) };
}

/** Reasoning has entries of its own, and of these the next call still wants the values. */
export const isOfText = ({ of }: Carried): boolean => of === "text";

function callFields(
  calls: readonly JsonObject[],
  legacy: ToolCallPart | undefined,
  { request }: AnswerContext,
): JsonObject {
  if (legacy !== undefined)
    return { function_call: { name: shownToolName(legacy, request), arguments: legacy.arguments } };
  return calls.length === 0 ? {} : { tool_calls: calls };
}

function encodeCall(
  call: ToolCallPart,
  { id, context }: { readonly id: string; readonly context: AnswerContext },
): JsonObject {
  const name = shownToolName(call, context.request);
  if (callForm(call, context) === "custom") return { id, type: "custom", custom: { name, input: customInput(call) } };
  return { id, type: "function", function: { name, arguments: call.arguments }, ...extraContent(call) };
}
