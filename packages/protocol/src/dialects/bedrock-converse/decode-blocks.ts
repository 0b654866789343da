import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Citation, Part, ReasoningPart, TextPart, ToolCallPart } from "../../ir/parts.ts";
import { compact, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { imageTypeOfFormat } from "./media-formats.ts";
import { DIALECT } from "./wire.ts";

/** The blocks of an answer; empty text says nothing. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html */
export function decodeContent(blocks: JsonValue | undefined, origin: Origin): readonly Part[] {
  return objectsOf(blocks).flatMap((block) => decodeBlock(block, origin));
}

/** A block without a word in the IR is kept, marked with where it comes from. */
export function decodeBlock(block: JsonObject, origin: Origin): readonly Part[] {
  const text = stringOf(block["text"]);
  if (text !== undefined) return textParts(text, undefined);
  const cited = objectOf(block["citationsContent"]);
  if (cited !== undefined) return citedParts(cited);
  const reasoning = objectOf(block["reasoningContent"]);
  if (reasoning !== undefined) return reasoningParts(reasoning, origin);
  const call = objectOf(block["toolUse"]);
  if (call !== undefined && call["type"] === undefined) return [toolCall(call)];
  const image = objectOf(block["image"]);
  return [(image === undefined ? undefined : imagePart(image)) ?? { type: "unknown", origin, value: block }];
}

function textParts(text: string, citations: readonly Citation[] | undefined): readonly TextPart[] {
  if (text === "" && (citations ?? []).length === 0) return [];
  return [
    citations === undefined || citations.length === 0 ? { type: "text", text } : { type: "text", text, citations },
  ];
}

function citedParts(block: JsonObject): readonly TextPart[] {
  const text = objectsOf(block["content"]).map((piece) => stringOf(piece["text"]) ?? "");
  return textParts(text.join(""), objectsOf(block["citations"]).map(decodeCitation));
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html */
export function decodeCitation(wire: JsonObject): Citation {
  const location = objectOf(wire["location"]) ?? {};
  const url = stringOf(objectOf(location["web"])?.["url"]) ?? webAddress(wire["source"]);
  const place = objectOf(location["documentChar"] ?? location["documentPage"] ?? location["documentChunk"]);
  const quoted = objectsOf(wire["sourceContent"]).map((piece) => stringOf(piece["text"]) ?? "");
  return compact({
    kind: url === undefined ? "document" : "url",
    url,
    title: stringOf(wire["title"]),
    citedText: quoted.length === 0 ? undefined : quoted.join(""),
    documentIndex: numberOf(place?.["documentIndex"]),
    raw: { dialect: DIALECT, value: wire },
  });
}

function webAddress(source: JsonValue | undefined): string | undefined {
  const text = stringOf(source);
  return text !== undefined && /^https?:\/\//.test(text) ? text : undefined;
}

function reasoningParts(block: JsonObject, origin: Origin): readonly ReasoningPart[] {
  const redacted = stringOf(block["redactedContent"]);
  if (redacted !== undefined) return [redactedPart(redacted, origin)];
  const { text, signature } = objectOf(block["reasoningText"]) ?? {};
  const data = stringOf(signature) ?? "";
  return [{ type: "reasoning", form: "full", text: stringOf(text) ?? "", opaque: { origin, data } }];
}

export function redactedPart(data: string, origin: Origin): ReasoningPart {
  return { type: "reasoning", form: "redacted", text: "", opaque: { origin, data } };
}

function toolCall(call: JsonObject): ToolCallPart {
  const { input } = call;
  return {
    type: "tool-call",
    id: stringOf(call["toolUseId"]) ?? "",
    name: stringOf(call["name"]) ?? "",
    // Some models' input is JSON text already.
    arguments: typeof input === "string" && input !== "" ? input : JSON.stringify(input === "" ? {} : (input ?? {})),
  };
}

function imagePart(image: JsonObject): Part | undefined {
  const data = stringOf(objectOf(image["source"])?.["bytes"]);
  const format = stringOf(image["format"]);
  if (data === undefined || format === undefined) return undefined;
  return { type: "media", kind: "image", mediaType: imageTypeOfFormat(format), source: { type: "base64", data } };
}
