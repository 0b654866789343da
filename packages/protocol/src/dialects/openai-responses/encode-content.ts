import type { JsonObject } from "../../ir/json.ts";
import type { Citation, MediaPart, Part, TextPart } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { compact } from "../../json/read.ts";
import { reportCitation } from "../shared/citation-losses.ts";
import { formatDataUrl } from "../shared/data-url.ts";
import { sameHouse } from "../shared/replay.ts";
import type { EncodeContext } from "./encode-context.ts";
import { imageItem } from "./image-items.ts";
import { DIALECT, ownFields } from "./wire.ts";

/** Whose words a piece of content is: the model's own have other type names. */
export type Speaker = "client" | "model";

/** The content pieces of a part: none when it cannot be said, several when it is a document made of parts. */
export function encodePiece(part: Part, speaker: Speaker, context: EncodeContext): readonly JsonObject[] {
  reportCache(part, context);
  switch (part.type) {
    case "text":
      return [encodeText(part, speaker, context)];
    case "refusal":
      return [{ type: "refusal", refusal: part.text, ...ownFields(part).own }];
    case "media":
      return speaker === "client" ? encodeMedia(part, context) : modelMedia(part, context);
    case "unknown":
      return sameHouse(part.origin, context.target) ? [part.value] : dropUnknown(part, context);
    case "reasoning":
    case "tool-call":
    case "tool-result":
    case "web-search":
      return [];
  }
}

export function reportCache(part: Part, { losses }: EncodeContext): void {
  if (part.cache === undefined || ownFields(part).own["prompt_cache_breakpoint"] !== undefined) return;
  losses.adapt("cache-breakpoint", "Cache breakpoints were left to the automatic prompt cache.");
}

export function dropUnknown(
  part: Extract<Part, { type: "unknown" }>,
  { losses }: EncodeContext,
): readonly JsonObject[] {
  const type = String(part.value["type"] ?? "block");
  losses.drop("unknown-part", `A '${type}' of ${part.origin.dialect} has no equivalent in ${DIALECT}.`);
  return [];
}

export const isForeignPicture = (part: Part): boolean =>
  part.type === "media" && part.kind === "image" && imageItem(part) === undefined;

function modelMedia(part: MediaPart, { losses }: EncodeContext): readonly JsonObject[] {
  if (isForeignPicture(part)) return [];
  losses.drop("assistant-media", `The model's own ${part.kind} cannot be sent back in ${DIALECT}.`);
  return [];
}

function encodeText(part: TextPart, speaker: Speaker, context: EncodeContext): JsonObject {
  const { own } = ownFields(part);
  if (speaker === "client") {
    if ((part.citations?.length ?? 0) > 0) context.losses.drop("citations", "A client's text has no citations there.");
    return { type: "input_text", text: part.text, ...own };
  }
  const annotations = (part.citations ?? []).flatMap((citation) => {
    const annotation = encodeAnnotation(citation, part.text);
    if (annotation === undefined) context.losses.drop("citation", "A citation of an earlier answer was not sent back.");
    else reportCitation(citation, { dialect: DIALECT, quotes: false }, context.losses);
    return annotation === undefined ? [] : [annotation];
  });
  return { type: "output_text", text: part.text, ...(annotations.length === 0 ? {} : { annotations }), ...own };
}

/** Only web pages can be cited across dialects; what this dialect said itself comes back whole. */
export function encodeAnnotation(citation: Citation, text: string): JsonObject | undefined {
  const raw = citation.raw?.dialect === DIALECT ? citation.raw.value : undefined;
  if (isObject(raw)) return raw;
  if (citation.url === undefined) return undefined;
  return {
    type: "url_citation",
    url: citation.url,
    title: citation.title ?? citation.url,
    start_index: citation.start ?? 0,
    end_index: citation.end ?? text.length,
  };
}

function encodeMedia(part: MediaPart, context: EncodeContext): readonly JsonObject[] {
  reportDocumentOptions(part, context);
  const { source } = part;
  switch (source.type) {
    case "text":
      context.losses.adapt("text-document", "A plain-text document was sent as text.");
      return [{ type: "input_text", text: part.name === undefined ? source.text : `${part.name}\n\n${source.text}` }];
    case "parts":
      context.losses.adapt("document-parts", "A document made of parts was sent as its parts.");
      return source.parts.flatMap((inner) => encodePiece(inner, "client", context));
    case "file":
      if (sameHouse(source.origin, context.target)) return [filePiece(part, { file_id: source.id })];
      context.losses.drop("file-id", `The file '${source.id}' is stored at ${source.origin.dialect} only.`);
      return [];
    case "url":
      return urlPiece(part, source.url, context);
    case "base64":
      return dataPiece(part, source.data, context);
  }
}

function reportDocumentOptions(part: MediaPart, { losses }: EncodeContext): void {
  if (part.citations === true)
    losses.drop("document-citations", "Citing a document on request is not available there.");
  if (part.context !== undefined) losses.drop("document-context", "The context beside a document was not sent.");
}

function urlPiece(part: MediaPart, url: string, context: EncodeContext): readonly JsonObject[] {
  if (part.kind === "audio" || part.kind === "video") return dropMedia(part, context);
  return [filePiece(part, part.kind === "image" ? { image_url: url } : { file_url: url })];
}

function dataPiece(part: MediaPart, data: string, context: EncodeContext): readonly JsonObject[] {
  const { mediaType } = part;
  switch (part.kind) {
    case "image":
      return [filePiece(part, { image_url: formatDataUrl(mediaType ?? "image/png", data) })];
    case "document":
      return [filePiece(part, { file_data: mediaType === undefined ? data : formatDataUrl(mediaType, data) })];
    case "audio":
      return [
        {
          type: "input_audio",
          input_audio: { data, format: mediaType === "audio/mpeg" ? "mp3" : audioFormat(mediaType) },
        },
      ];
    case "video":
      return dropMedia(part, context);
  }
}

const audioFormat = (mediaType: string | undefined): string => mediaType?.split("/")[1]?.replace(/^x-/, "") ?? "wav";

function dropMedia(part: MediaPart, { losses }: EncodeContext): readonly JsonObject[] {
  losses.drop(`${part.kind}-input`, `${DIALECT} takes no such ${part.kind}.`);
  return [];
}

/** OpenAI refuses a file given as data without a name, and vLLM an image without its detail. https://platform.openai.com/docs/guides/pdf-files */
function filePiece(part: MediaPart, where: JsonObject): JsonObject {
  const { own } = ownFields(part);
  if (part.kind === "image") return { type: "input_image", ...where, detail: part.detail ?? "auto", ...own };
  const unnamed = where["file_data"] !== undefined ? defaultName(part.mediaType) : undefined;
  return compact({ type: "input_file", filename: part.name ?? unnamed, ...where, detail: part.detail, ...own });
}

const defaultName = (mediaType: string | undefined): string | undefined =>
  mediaType === undefined ? undefined : `document.${mediaType.split("/")[1]?.split(/[.+-]/).at(-1) ?? "bin"}`;
