import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Part, ReasoningPart, TextPart } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import type { AnswerContext } from "../dialect.ts";
import { anthropicTier } from "../shared/service-tier.ts";
import { argumentsObject } from "../shared/tools.ts";
import { isOwn, isOwnRedacted, signatureOf, toolUseHead, unknownBlock } from "./answer-blocks.ts";
import { fieldsOf } from "./block-fields.ts";
import { encodeCitation } from "./citations.ts";
import { encodeFinishReason, partKinds } from "./finish-reason.ts";
import { encodeUsage } from "./usage.ts";
import { ANSWER_FIELDS, present } from "./wire.ts";

export function encodeResponse(response: CanonicalResponse, context: AnswerContext): JsonObject {
  const stop = encodeFinishReason(response.finishReason, partKinds(response));
  return {
    id: response.id ?? `msg_${context.uniqueId}`,
    type: "message",
    role: "assistant",
    model: context.model,
    content: response.parts.flatMap((part) => encodePart(part, context)),
    ...stop,
    ...answerExtensions(response.extensions),
    usage: answerUsage(response, context),
  };
}

/** The usage with the tier that served the request. */
export function answerUsage(
  { usage, serviceTier }: Pick<CanonicalResponse, "usage" | "serviceTier">,
  context: AnswerContext,
): JsonObject {
  const counts = encodeUsage(usage, { inputTokens: context.estimatedInputTokens, outputTokens: 0 });
  return { ...counts, ...compact({ service_tier: anthropicTier(serviceTier) }) };
}

/** Extensions are not tagged with their dialect, but these names are this dialect's alone. */
export function answerExtensions(extensions: JsonObject | undefined): JsonObject {
  const own = ANSWER_FIELDS.filter((field) => present(extensions?.[field]));
  return Object.fromEntries(own.map((field) => [field, extensions?.[field]]));
}

function encodePart(part: Part, context: AnswerContext): JsonObject[] {
  const { losses } = context;
  switch (part.type) {
    case "text":
      return encodeText(part, context);
    case "refusal":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "reasoning":
      return encodeReasoning(part);
    case "tool-call": {
      const { type, id, name, ...fields } = toolUseHead(part);
      return [{ type, id, name, input: argumentsObject(part, losses), ...fields }];
    }
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
    const wire = encodeCitation(citation, losses);
    return wire === undefined ? [] : [wire];
  });
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
