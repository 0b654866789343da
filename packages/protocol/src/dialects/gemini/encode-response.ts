import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import type { AnswerContext } from "../dialect.ts";
import { reportForeignAnswerPart } from "../shared/foreign-fields.ts";
import {
  type AnswerEncoder,
  answerEncoder,
  answerTail,
  callPart,
  chunk,
  signatureField,
  takeReasoning,
  thoughtPart,
  wholePart,
  withFields,
} from "./encode-answer.ts";

export function encodeResponse(response: CanonicalResponse, context: AnswerContext): JsonObject {
  const encoder = answerEncoder(context, response);
  const parts: JsonObject[] = [];
  for (const part of response.parts) parts.push(...encodePart(part, encoder, parts.length));
  const { candidate, response: tail, isBlocked } = answerTail(response, encoder);
  const body = chunk(encoder, parts, { candidate, response: tail });
  if (!isBlocked || parts.length > 0) return body;
  const { candidates: _, ...blocked } = body;
  return blocked;
}

function encodePart(part: Part, encoder: AnswerEncoder, partIndex: number): readonly JsonObject[] {
  reportForeignAnswerPart(part, "gemini", encoder.context.losses);
  switch (part.type) {
    case "text":
    case "refusal": {
      const citations = part.type === "text" ? (part.citations ?? []) : [];
      encoder.texts = [...encoder.texts, { text: part.text, citations, partIndex }];
      const signature = signatureField("text", part, []);
      const isEmpty = part.text === "" && signature["thoughtSignature"] === undefined;
      return isEmpty ? [] : [withFields({ text: part.text, ...signature }, part)];
    }
    case "reasoning":
      encoder.reasoning.push(part);
      return encoder.showsThoughts && part.text !== "" ? [withFields(thoughtPart(part), part)] : [];
    case "tool-call":
      return [callPart(part, takeReasoning(encoder), encoder)];
    case "web-search":
      encoder.searches.push(part);
      return [];
    case "media":
    case "tool-result":
    case "unknown":
      return wholePart(part, encoder);
  }
}
