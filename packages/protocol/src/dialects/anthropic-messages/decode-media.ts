import type { JsonObject } from "../../ir/json.ts";
import type { MediaPart, MediaSource } from "../../ir/parts.ts";
import { booleanOf, compact, objectOf, stringOf } from "../../json/read.ts";
import type { BlockContext, DecodeNested } from "./block-context.ts";
import { cacheOf, fieldsOpaque } from "./block-fields.ts";
import { present } from "./wire.ts";

const IMAGE_FIELDS: ReadonlySet<string> = new Set(["type", "source"]);
const DOCUMENT_FIELDS: ReadonlySet<string> = new Set(["type", "source", "title", "context", "citations"]);
const RESULT_FIELDS: ReadonlySet<string> = new Set(["title", "content", "citations"]);

/** https://platform.claude.com/docs/en/build-with-claude/vision */
export function decodeImage(block: JsonObject, context: BlockContext, nested: DecodeNested): MediaPart | undefined {
  const source = decodeSource(objectOf(block["source"]) ?? {}, context, nested);
  if (source === undefined) return undefined;
  return compact({
    type: "media",
    kind: "image",
    ...source,
    cache: cacheOf(block["cache_control"]),
    opaque: fieldsOpaque(block, IMAGE_FIELDS, context.origin),
  });
}

/** https://platform.claude.com/docs/en/build-with-claude/pdf-support */
export function decodeDocument(block: JsonObject, context: BlockContext, nested: DecodeNested): MediaPart | undefined {
  const source = decodeSource(objectOf(block["source"]) ?? {}, context, nested);
  if (source === undefined) return undefined;
  return compact({
    type: "media",
    kind: "document",
    ...source,
    name: stringOf(block["title"]),
    context: stringOf(block["context"]),
    citations: booleanOf(objectOf(block["citations"])?.["enabled"]),
    cache: cacheOf(block["cache_control"]),
    opaque: fieldsOpaque(block, DOCUMENT_FIELDS, context.origin),
  });
}

/**
 * A search result is a document made of parts to the IR, so that other vendors get its text; its `source` and its own
 * type are kept among the block's other fields. https://platform.claude.com/docs/en/build-with-claude/search-results
 */
export function decodeSearchResult(
  block: JsonObject,
  context: BlockContext,
  nested: DecodeNested,
): MediaPart | undefined {
  return compact({
    type: "media",
    kind: "document",
    source: { type: "parts", parts: nested(block["content"], "search_result.content") },
    name: stringOf(block["title"]),
    citations: booleanOf(objectOf(block["citations"])?.["enabled"]),
    cache: cacheOf(block["cache_control"]),
    opaque: fieldsOpaque(block, RESULT_FIELDS, context.origin),
  });
}

interface Source {
  readonly source: MediaSource;
  readonly mediaType?: string;
}

function decodeSource(wire: JsonObject, context: BlockContext, nested: DecodeNested): Source | undefined {
  const mediaType = stringOf(wire["media_type"]);
  const source = sourceOf(wire, context, nested);
  return source === undefined ? undefined : compact({ source, mediaType });
}

function sourceOf(wire: JsonObject, context: BlockContext, nested: DecodeNested): MediaSource | undefined {
  const data = stringOf(wire["data"]);
  const url = stringOf(wire["url"]);
  const id = stringOf(wire["file_id"]);
  switch (wire["type"]) {
    case "base64":
      return data === undefined ? undefined : { type: "base64", data };
    case "text":
      return data === undefined ? undefined : { type: "text", text: data };
    case "url":
      return url === undefined ? undefined : { type: "url", url };
    case "file":
      return id === undefined ? undefined : { type: "file", id, origin: context.origin };
    case "content":
      return present(wire["content"]) ? { type: "parts", parts: nested(wire["content"], "source.content") } : undefined;
    default:
      return undefined;
  }
}
