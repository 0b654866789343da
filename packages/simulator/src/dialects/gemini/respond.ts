import { type Fields, fieldsOf } from "../../json.ts";
import { argumentsObject, type Finish, type SaidPart, samplesOf } from "../../reply.ts";
import { isSealed, seal } from "../../seal.ts";
import type { Answer } from "../dialect.ts";
import { member } from "./read.ts";
import { groundingOf, withoutSearches } from "./search.ts";
import { usageOf, visibleTokens } from "./usage.ts";

export function respond(answer: Answer): Fields {
  // A blocked candidate has no content.
  const content =
    answer.reply.finish === "refusal" ? {} : { content: { parts: whole(signedParts(answer)), role: "model" } };
  return {
    candidates: [{ ...content, ...closing(answer), index: 0 }],
    usageMetadata: usageOf(answer, visibleTokens(answer)),
    ...identity(answer),
  };
}

export const identity = ({ exchange, reply }: Answer): Fields => ({
  modelVersion: exchange.model,
  responseId: reply.seed.slice(0, 23),
});

export interface SignedPart {
  readonly part: SaidPart;
  readonly wire: Fields;
}

const whole = (parts: readonly SignedPart[]): readonly Fields[] => parts.map(({ wire }) => wire);

/**
 * Thought signatures sit on the first function call, else on the last part. Gemini 3 signs always, the others when
 * they have thought. https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export function signedParts(answer: Answer): readonly SignedPart[] {
  const { reply } = answer;
  const shown = withoutSearches(reply.parts).flatMap((part) => wirePart(part, answer));
  const signs = isGemini3(answer.exchange.baseModel) || reply.parts.some((part) => part.type === "reasoning");
  if (!signs) return shown;
  const signed = signedPlaces(shown, answer.exchange.baseModel);
  return shown.map((entry, index) =>
    signed.includes(index) ? { ...entry, wire: { ...entry.wire, thoughtSignature: seal(SEALED, reply.seed) } } : entry,
  );
}

/** Those of Gemini 3 that draw sign the first part and every picture. */
function signedPlaces(shown: readonly SignedPart[], model: string): readonly number[] {
  const firstCall = shown.findIndex(({ part }) => part.type === "tool-call");
  if (firstCall >= 0) return [firstCall];
  if (!isGemini3Image(model)) return [shown.length - 1];
  const first = shown.findIndex(({ part }) => part.type !== "reasoning");
  return shown.flatMap(({ part }, index) => (index === first || part.type === "image" ? [index] : []));
}

export const isGemini3 = (model: string): boolean => /(^|\/)gemini-3/.test(model);

export const isGemini3Image = (model: string): boolean => isGemini3(model) && model.includes("image");

const SEALED = { scope: "gemini thought", content: "" };

export const isIssued = (signature: string): boolean => isSealed(SEALED, signature);

function wirePart(part: SaidPart, answer: Answer): readonly SignedPart[] {
  switch (part.type) {
    case "text":
      return [{ part, wire: part.spoken === true ? soundOf(part.text) : { text: part.text } }];
    case "reasoning":
      return showsThoughts(answer) && !part.redacted ? [{ part, wire: { text: part.text, thought: true } }] : [];
    case "tool-call":
      return [{ part, wire: { functionCall: functionCall(part) } }];
    case "image":
      return [{ part, wire: { inlineData: { mimeType: part.mediaType, data: part.base64 } } }];
    case "refusal":
      return [];
  }
}

/** https://ai.google.dev/gemini-api/docs/speech-generation */
export const soundOf = (words: string): Fields => ({
  inlineData: { mimeType: "audio/L16;codec=pcm;rate=24000", data: samplesOf(words).toString("base64") },
});

function showsThoughts({ exchange }: Answer): boolean {
  const config = fieldsOf(member(fieldsOf(member(exchange.body, "generationConfig")), "thinkingConfig"));
  return member(config, "includeThoughts") !== false;
}

const functionCall = (part: Extract<SaidPart, { type: "tool-call" }>): Fields => ({
  name: part.name,
  args: argumentsObject(part.arguments),
  id: part.id.slice(-10),
});

const FINISH_REASONS: Readonly<Record<Finish, string>> = {
  stop: "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  refusal: "SAFETY",
};

/** What the last chunk of a candidate says. */
export function closing({ reply }: Answer): Fields {
  const grounding = groundingOf(reply.parts);
  return {
    finishReason: FINISH_REASONS[reply.finish],
    ...(reply.finish === "tool-calls" && { finishMessage: "Model generated function call(s)." }),
    ...(grounding && { groundingMetadata: grounding }),
  };
}
