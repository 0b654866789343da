import type { CanonicalResponse } from "../../ir/events.ts";
import type { FinishReason } from "../../ir/finish-reason.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Part, ReasoningPart, TextPart } from "../../ir/parts.ts";
import { compact, objectOf } from "../../json/read.ts";
import type { AnswerContext } from "../dialect.ts";
import { reportFinish } from "../shared/finish-losses.ts";
import { reportForeignAnswer, reportForeignAnswerPart } from "../shared/foreign-fields.ts";
import { anthropicTier } from "../shared/service-tier.ts";
import { shownModel } from "../shared/shown-model.ts";
import { argumentsObject } from "../shared/tools.ts";
import { reportUsage } from "../shared/usage-losses.ts";
import { isOwn, isOwnRedacted, reportTextSignature, signatureOf, toolUseHead, unknownBlock } from "./answer-blocks.ts";
import { fieldsOf } from "./block-fields.ts";
import { encodeCitation } from "./citations.ts";
import { encodeFinishReason, partKinds, type WireStop } from "./finish-reason.ts";
import { searchBlocks } from "./search-blocks.ts";
import { encodeUsage } from "./usage.ts";
import { DIALECT } from "./wire.ts";

export function encodeResponse(response: CanonicalResponse, context: AnswerContext): JsonObject {
  const stop = encodeFinishReason(response.finishReason, partKinds(response));
  reportStop(response.finishReason, stop, context.losses);
  return {
    id: response.id ?? `msg_${context.uniqueId}`,
    type: "message",
    role: "assistant",
    model: shownModel(context, response.model),
    content: response.parts.flatMap((part) => encodePart(part, context)),
    ...stop,
    ...ownFields(response, context.losses),
    usage: answerUsage(response, context),
  };
}

/** The usage with the tier that served the request. */
export function answerUsage(
  { usage, serviceTier }: Pick<CanonicalResponse, "usage" | "serviceTier">,
  context: AnswerContext,
): JsonObject {
  const counts = encodeUsage(usage, { inputTokens: context.estimatedInputTokens, outputTokens: 0 });
  return { ...counts, ...compact({ service_tier: anthropicTier(serviceTier, context.losses) }) };
}

/** The stop sequence itself has a place on this wire. */
export function reportStop({ stopSequence: _, ...reason }: FinishReason, stop: WireStop, losses: LossRecorder): void {
  reportFinish(reason, stop.stop_reason, losses);
}

/** What only this dialect says of an answer as a whole; what only another says is recorded as lost. */
export function ownFields(
  { extensions, usage }: Pick<CanonicalResponse, "extensions" | "usage">,
  losses: LossRecorder,
) {
  reportForeignAnswer(extensions, DIALECT, losses);
  reportUsage(usage, { dialect: DIALECT }, losses);
  return objectOf(extensions?.[DIALECT]) ?? {};
}

function encodePart(part: Part, context: AnswerContext): JsonObject[] {
  const { losses } = context;
  reportForeignAnswerPart(part, DIALECT, losses);
  switch (part.type) {
    case "text":
      return encodeText(part, context);
    case "refusal":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "reasoning":
      return encodeReasoning(part);
    case "tool-call": {
      const { type, id, name, ...fields } = toolUseHead(part, context);
      return [{ type, id, name, input: argumentsObject(part, losses), ...fields }];
    }
    case "web-search":
      return [...searchBlocks(part, context)];
    case "unknown": {
      const block = unknownBlock(part, losses);
      return block === undefined ? [] : [block];
    }
    case "media":
    case "tool-result":
      losses.drop(`${part.type}-output`, `A ${part.type} part of an answer cannot be shown to this client.`);
      return [];
  }
}

/** Empty text blocks are left out: clients send them back, and the API rejects them. */
function encodeText(part: TextPart, { losses }: AnswerContext): JsonObject[] {
  const citations = (part.citations ?? []).flatMap((citation) => {
    const wire = encodeCitation(citation, part.text, losses);
    return wire === undefined ? [] : [wire];
  });
  reportTextSignature(part, losses);
  if (part.text === "" && citations.length === 0) return [];
  return [
    {
      type: "text",
      text: part.text,
      ...(citations.length === 0 ? {} : { citations }),
      ...(isOwn(part.opaque) ? fieldsOf(part.opaque) : {}),
    },
  ];
}

function encodeReasoning(part: ReasoningPart): JsonObject[] {
  if (isOwnRedacted(part)) return [{ type: "redacted_thinking", data: part.opaque?.data ?? "" }];
  if (part.text === "" && part.opaque === undefined) return [];
  return [{ type: "thinking", thinking: part.text, signature: signatureOf(part) }];
}
