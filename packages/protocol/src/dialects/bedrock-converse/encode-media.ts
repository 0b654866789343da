import type { JsonObject } from "../../ir/json.ts";
import type { MediaKind, MediaPart, Part } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import { toBase64 } from "../shared/base64.ts";
import { fromDataUrl, imageTypeOf } from "../shared/inline-media.ts";
import type { EncodeContext } from "./encode-context.ts";
import { formatOf } from "./media-formats.ts";

/** A media part as its block; what cannot be said is reported. */
export function encodeMedia(given: MediaPart, context: EncodeContext): JsonObject | undefined {
  const part = fromDataUrl(given);
  if (part.detail === "low" || part.detail === "high") {
    context.losses.drop("image-detail", "The Converse API has no image detail.");
  }
  return part.kind === "document" ? encodeDocument(part, context) : encodeBytes(part, context);
}

function encodeBytes(part: MediaPart, context: EncodeContext): JsonObject | undefined {
  const mediaType = part.mediaType ?? guessedType(part);
  const format = mediaType === undefined ? undefined : formatOf(part.kind, mediaType);
  const source = sourceOf(part, context);
  if (source === undefined) return undefined;
  if (format === undefined) {
    context.losses.drop(`${part.kind}-format`, `A ${part.kind} of type '${mediaType ?? "unknown"}' is not taken.`);
    return undefined;
  }
  return { [part.kind]: { format, source } };
}

/** For wires that do not say what they send: by its first letters, or by the end of its name. */
function guessedType({ kind, source, name }: MediaPart): string | undefined {
  if (kind === "image" && source.type === "base64") return imageTypeOf(source.data) ?? "image/png";
  const text = source.type === "url" ? source.url : (name ?? "");
  const extension = /\.([a-z0-9]{2,4})(?:[?#]|$)/i.exec(text)?.[1]?.toLowerCase();
  return extension === undefined ? undefined : `${kind}/${extension === "mp3" ? "mpeg" : extension}`;
}

/** Bytes as base64 letters, or an object in S3; no other address is fetched. */
function sourceOf({ kind, source }: MediaPart, context: EncodeContext): JsonObject | undefined {
  if (source.type === "base64") return { bytes: source.data };
  if (source.type === "url" && source.url.startsWith("s3://")) return { s3Location: { uri: source.url } };
  reportSource(kind, source.type, context);
  return undefined;
}

function reportSource(kind: MediaKind, type: string, { losses }: EncodeContext): void {
  losses.drop(`${kind}-input`, `A ${kind} by ${type} cannot be said: the Converse API takes bytes and S3 objects.`);
}

function encodeDocument(part: MediaPart, context: EncodeContext): JsonObject | undefined {
  const content = documentContent(part, context);
  if (content === undefined) return undefined;
  const citations = part.citations === true && context.family === "claude" ? { enabled: true } : undefined;
  if (part.citations === true && citations === undefined) {
    context.losses.drop("citations", "This model cites no documents.");
  }
  return {
    document: compact({ name: context.documentName(part.name), ...content, context: part.context, citations }),
  };
}

function documentContent(part: MediaPart, context: EncodeContext): JsonObject | undefined {
  const { source } = part;
  switch (source.type) {
    case "text":
      return { format: "txt", source: { bytes: toBase64(source.text) } };
    case "parts":
      return partsContent(source.parts, context);
    case "base64":
    case "url":
    case "file": {
      const wire = sourceOf(part, context);
      const format = formatOf("document", part.mediaType ?? "application/pdf");
      if (wire !== undefined && format === undefined) {
        context.losses.drop("document-format", `Documents of type '${part.mediaType ?? ""}' are not taken.`);
      }
      return wire === undefined || format === undefined ? undefined : { format, source: wire };
    }
  }
}

/** Chunks can be cited one by one, where the model cites at all; elsewhere they are one text. */
function partsContent(parts: readonly Part[], { family, losses }: EncodeContext): JsonObject | undefined {
  const texts = parts.flatMap((part) => (part.type === "text" && part.text.trim() !== "" ? [part.text] : []));
  if (texts.length < parts.length) losses.drop("document-input", "Of a document made of parts only the text was sent.");
  if (texts.length === 0) return undefined;
  if (family === "claude") return { source: { content: texts.map((text) => ({ text })) } };
  return { format: "txt", source: { bytes: toBase64(texts.join("\n")) } };
}
