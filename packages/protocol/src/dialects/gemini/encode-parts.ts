import type { JsonObject } from "../../ir/json.ts";
import type { MediaPart, Part, ReasoningPart, ToolCallPart, ToolResultPart } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { isReplayable, sameHouse } from "../shared/replay.ts";
import { isSyntheticCallId } from "../shared/synthetic-ids.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { argumentsObject, wrapTextInput } from "../shared/tools.ts";
import { encodeMedia, reportMedia } from "./encode-media.ts";
import type { EncodeScope } from "./encode-scope.ts";
import { encodeFunctionResponse } from "./function-response.ts";
import { isLevelModel } from "./model-family.ts";

/** IR parts to wire parts, for requests. */
export function encodePart(part: Part, scope: EncodeScope): readonly JsonObject[] {
  reportPart(part, scope);
  switch (part.type) {
    case "text":
      return textPart(part.text, part, scope);
    case "refusal":
      return textPart(part.text, part, scope);
    case "reasoning":
      return reasoningPart(part, scope);
    case "media":
      return mediaParts(part, scope);
    case "tool-call":
      return [{ functionCall: encodeCall(part, scope), ...finish(part, scope) }].map((wire) => extended(wire, part));
    case "unknown":
      if (sameHouse(part.origin, scope.place)) return [part.value];
      scope.losses.drop("unknown-part", `A part of ${part.origin.dialect} cannot be said in gemini.`);
      return [];
    case "tool-result":
    case "web-search":
      return [];
  }
}

function reportPart(part: Part, { losses }: EncodeScope): void {
  if (part.cache !== undefined) {
    losses.drop("cache-control", "Gemini caches prefixes by itself or by a resource of its own.");
  }
  const cited = part.type === "text" && part.citations !== undefined;
  if (cited) losses.drop("citations", "Gemini takes no citations in a request.");
}

function textPart(text: string, part: Part, scope: EncodeScope): readonly JsonObject[] {
  return [extended({ text, ...finish(part, scope) }, part)];
}

function reasoningPart(part: ReasoningPart, scope: EncodeScope): readonly JsonObject[] {
  if (part.opaque !== undefined && isReplayable(part.opaque, scope.place)) {
    return [extended({ text: part.text, thought: true, ...finish(part, scope) }, part)];
  }
  scope.losses.adapt("reasoning-replay", "Thinking of another model is not shown to this one.");
  return [];
}

function mediaParts(part: MediaPart, scope: EncodeScope): readonly JsonObject[] {
  if (part.source.type === "parts") {
    scope.losses.adapt("document-parts", "A document made of parts was sent as those parts.");
    reportMedia(part, scope);
    return part.source.parts.flatMap((inner) => encodePart(inner, scope));
  }
  const wire = encodeMedia(part, scope);
  return wire === undefined ? [] : [extended({ ...wire, ...finish(part, scope) }, part)];
}

/** The part's signature, where it may be shown to this target. */
function finish(part: Part, { place, losses }: EncodeScope): JsonObject {
  const { opaque } = part;
  if (opaque === undefined || opaque.data === "") return {};
  if (isReplayable(opaque, place)) return { thoughtSignature: opaque.data };
  if (part.type !== "reasoning" && opaque.origin.dialect !== "gemini") return {};
  losses.adapt("reasoning-replay", "The signature of another model is not shown to this one.");
  return {};
}

/** Adds the wire fields that only Gemini can say; those within a message are merged into it. */
function extended(wire: JsonObject, { extension }: Part): JsonObject {
  if (extension?.dialect !== "gemini") return wire;
  const { resultKey: _, ...fields } = extension.fields;
  const merged = Object.entries(fields).map(([key, value]) => {
    const own = wire[key];
    return [key, isObject(own) && isObject(value) ? { ...own, ...value } : value] as const;
  });
  return { ...wire, ...Object.fromEntries(merged) };
}

function encodeCall(call: ToolCallPart, scope: EncodeScope): JsonObject {
  const input =
    call.input === "text" ? { ...call, arguments: wrapTextInput(call.arguments), input: "json" as const } : call;
  return { ...idField(call.id, scope), name: flatToolName(call), args: argumentsObject(input, scope.losses) };
}

function idField(id: string, { target }: EncodeScope): JsonObject {
  return target.quirks.functionCallIds === false || isSyntheticCallId(id) ? {} : { id };
}

export interface EncodedResult {
  readonly response: JsonObject;
  /** Media that cannot stand inside the response and follows it. */
  readonly after: readonly JsonObject[];
}

/** https://ai.google.dev/gemini-api/docs/function-calling#multimodal */
const RESULT_MEDIA = new Set(["image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"]);

export function encodeResult(result: ToolResultPart, name: string, scope: EncodeScope): EncodedResult {
  reportPart(result, scope);
  const inside = scope.target.quirks.toolResultMedia ?? isLevelModel(scope.target);
  const parts: JsonObject[] = [];
  const after: JsonObject[] = [];
  for (const item of result.content) {
    if (item.type === "text" || item.type === "refusal") {
      reportPart(item, scope);
      continue;
    }
    const wire = encodePart(item, scope);
    if (inside && fitsInside(item)) parts.push(...wire);
    else after.push(...wire);
  }
  if (after.length > 0) {
    scope.losses.adapt("tool-result-media", `What is not text in the result of '${name}' was sent after it.`);
    after.unshift({ text: `Belongs to the result of ${name}:` });
  }
  const key =
    result.extension?.dialect === "gemini" && result.extension.fields["resultKey"] === "result" ? "result" : "output";
  const functionResponse = {
    ...idField(result.callId, scope),
    name,
    response: encodeFunctionResponse(result, key),
    ...(parts.length === 0 ? {} : { parts }),
  };
  const wire = extended({ functionResponse }, result);
  return { response: wire, after };
}

function fitsInside(part: Part): boolean {
  if (part.type !== "media") return false;
  if (part.source.type === "file") return true;
  return part.source.type === "base64" && (part.mediaType === undefined || RESULT_MEDIA.has(part.mediaType));
}
