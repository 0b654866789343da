import type { JsonObject } from "../../ir/json.ts";
import type { MediaPart, Part } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import { fromBase64 } from "../shared/base64.ts";
import { fromDataUrl, imageTypeOf } from "../shared/inline-media.ts";
import { isReplayable, sameHouse } from "../shared/replay.ts";
import { fieldsOf } from "./block-fields.ts";
import { type EncodeContext, finishBlock } from "./encode-context.ts";

/** Encodes the parts of a document that is made of parts; given in so that the files do not import each other. */
export type EncodeNested = (parts: readonly Part[]) => JsonObject[];

/** A media part as an image, document or text block; what cannot be said is reported. */
export function encodeMedia(given: MediaPart, context: EncodeContext, nested: EncodeNested): JsonObject | undefined {
  const part = fromDataUrl(given);
  switch (part.kind) {
    case "image":
      return encodeImage(part, context);
    case "document":
      return encodeDocument(part, context, nested);
    case "audio":
    case "video":
      context.losses.drop(`${part.kind}-input`, `The Messages API takes no ${part.kind}.`);
      return undefined;
  }
}

/** https://platform.claude.com/docs/en/build-with-claude/vision#ensuring-image-quality */
const IMAGE_TYPES: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

function encodeImage(part: MediaPart, context: EncodeContext): JsonObject | undefined {
  const { losses, quirks } = context;
  if (quirks.images === "drop") {
    losses.drop("image-input", "This endpoint takes no images.");
    return undefined;
  }
  if (part.detail === "low" || part.detail === "high") {
    losses.drop("image-detail", "The Messages API has no image detail.");
  }
  const source = imageSource(part, context);
  return source === undefined ? undefined : finishBlock({ type: "image", source }, part, context);
}

function imageSource(part: MediaPart, context: EncodeContext): JsonObject | undefined {
  if (part.source.type !== "base64") return remoteSource(part, context);
  const { data } = part.source;
  const mediaType = part.mediaType ?? imageTypeOf(data) ?? "image/png";
  if (IMAGE_TYPES.has(mediaType)) return { type: "base64", media_type: mediaType, data };
  context.losses.drop("image-format", `Images of type '${mediaType}' are not taken.`);
  return undefined;
}

/** URLs and file ids are the same for images and documents. */
function remoteSource(part: MediaPart, context: EncodeContext): JsonObject | undefined {
  const { source } = part;
  if (source.type === "url") return { type: "url", url: source.url };
  if (source.type === "file" && sameHouse(source.origin, context.replay)) return { type: "file", file_id: source.id };
  context.losses.drop(`${part.kind}-input`, `A ${source.type} source of another house cannot be said.`);
  return undefined;
}

function encodeDocument(part: MediaPart, context: EncodeContext, nested: EncodeNested): JsonObject | undefined {
  if (context.quirks.documents === "text") return documentAsText(part, context);
  const { name: title, source } = part;
  const citations = part.citations === undefined ? undefined : { enabled: part.citations };
  if (source.type === "parts" && isSearchResult(part, context)) {
    const block: JsonObject = compact({ type: "search_result", title, content: nested(source.parts), citations });
    return finishBlock(block, part, context);
  }
  const wireSource = documentSource(part, context, nested);
  if (wireSource === undefined) return undefined;
  const block: JsonObject = compact({ type: "document", source: wireSource, title, context: part.context, citations });
  return finishBlock(block, part, context);
}

/** Whether the document is a search result of this dialect: see decode-media.ts. */
function isSearchResult({ opaque }: MediaPart, context: EncodeContext): boolean {
  return opaque !== undefined && isReplayable(opaque, context.replay) && fieldsOf(opaque)["type"] === "search_result";
}

function documentSource(part: MediaPart, context: EncodeContext, nested: EncodeNested): JsonObject | undefined {
  const { source } = part;
  switch (source.type) {
    case "text":
      return { type: "text", media_type: "text/plain", data: source.text };
    case "parts":
      return { type: "content", content: nested(source.parts) };
    case "base64":
      return inlineSource(part, source.data, context);
    case "url":
    case "file":
      return remoteSource(part, context);
  }
}

/** PDF goes as it is and text as text; the API takes no other inline documents. */
function inlineSource(part: MediaPart, data: string, context: EncodeContext): JsonObject | undefined {
  const mediaType = part.mediaType ?? "application/pdf";
  if (mediaType === "application/pdf") return { type: "base64", media_type: mediaType, data };
  const text = inlineText(mediaType, data);
  if (text !== undefined) return { type: "text", media_type: "text/plain", data: text };
  context.losses.drop("document-format", `Documents of type '${mediaType}' are not taken.`);
  return undefined;
}

function inlineText(mediaType: string | undefined, data: string): string | undefined {
  if (mediaType === undefined || !/^text\/|^application\/(json|xml|yaml)/.test(mediaType)) return undefined;
  try {
    return fromBase64(data);
  } catch {
    return undefined;
  }
}

function documentAsText(part: MediaPart, context: EncodeContext): JsonObject | undefined {
  const text = textOf(part);
  if (text === undefined) {
    context.losses.drop("document-input", "This endpoint takes documents only where they are plain text.");
    return undefined;
  }
  context.losses.adapt("document-input", "A document was sent as plain text.");
  const heading = part.name === undefined ? "" : `${part.name}\n\n`;
  return context.breakpoints.mark({ type: "text", text: `${heading}${text}` }, part.cache);
}

function textOf({ source, mediaType }: MediaPart): string | undefined {
  switch (source.type) {
    case "text":
      return source.text;
    case "parts":
      return source.parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
    case "base64":
      return inlineText(mediaType, source.data);
    case "url":
    case "file":
      return undefined;
  }
}
