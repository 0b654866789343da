import type { JsonObject } from "../../ir/json.ts";
import type { CacheBreakpoint, MediaPart, Part, TextPart } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import { formatDataUrl } from "../shared/data-url.ts";
import { sameHouse } from "../shared/replay.ts";
import { isPcm, withWavHeader } from "../shared/sound.ts";
import type { Encoding } from "./encoding.ts";

/** Parts as a message's content: a string where one plain text says it all, else an array. Empty when nothing could be said. */
export function encodeContent(parts: readonly Part[], encoding: Encoding): string | readonly JsonObject[] {
  if (encoding.quirks.stringContentOnly === true) return joinedText(parts, encoding);
  const content = parts.flatMap((part) => encodeContentPart(part, encoding));
  const [only] = content;
  const plain = content.length === 1 && only !== undefined && Object.keys(only).length === 2;
  return plain && only["type"] === "text" && typeof only["text"] === "string" ? only["text"] : content;
}

/** A part of a user or tool message; those that stand elsewhere or nowhere on this wire give nothing. */
export function encodeContentPart(part: Part, encoding: Encoding): readonly JsonObject[] {
  switch (part.type) {
    case "text":
      return [encodeText(part, encoding)];
    case "refusal":
      return [{ type: "text", text: part.text }];
    case "media":
      return encodeMedia(part, encoding).map((media) => ({ ...media, ...cacheFields(part.cache, encoding) }));
    case "unknown":
      if (sameHouse(part.origin, encoding.target)) return [part.value];
      encoding.losses.drop("unknown-part", `A part of ${part.origin.dialect} has no equivalent in chat completions.`);
      return [];
    case "reasoning":
    case "tool-call":
    case "tool-result":
    case "web-search":
      encoding.losses.drop("misplaced-part", `A ${part.type} part cannot stand in this message.`);
      return [];
  }
}

export function encodeText(part: TextPart, encoding: Encoding): JsonObject {
  if (part.citations !== undefined && part.citations.length > 0) {
    encoding.losses.adapt("citations", "Text of an earlier turn was sent without its citations.");
  }
  return { type: "text", text: part.text, ...cacheFields(part.cache, encoding) };
}

/** The breakpoint in the words that the endpoint knows; OpenAI's takes no ttl of its own. */
export function cacheFields(cache: CacheBreakpoint | undefined, encoding: Encoding): JsonObject {
  if (cache !== undefined && takesBreakpoints(encoding)) return { prompt_cache_breakpoint: { mode: "explicit" } };
  return controlFields(cache, encoding);
}

/** GPT-5.6 and those after it. https://developers.openai.com/api/docs/guides/prompt-caching */
function takesBreakpoints({ quirks, target }: Encoding): boolean {
  const [, major, minor = "0"] = /^gpt-(\d+)(?:\.(\d+))?/.exec(target.model) ?? [];
  const isKnownToLack =
    major === undefined ? /^(?:o\d|chatgpt-)/.test(target.model) : Number(major) * 100 + Number(minor) < 506;
  return quirks.promptCacheBreakpoint === true && quirks.cacheControl !== true && !isKnownToLack;
}

/** On calls and tools only OpenRouter's form exists. What OpenAI caches by itself is no loss. */
export function controlFields(cache: CacheBreakpoint | undefined, { quirks, losses }: Encoding): JsonObject {
  if (cache === undefined) return {};
  if (quirks.cacheControl === true) return { cache_control: compact({ type: "ephemeral", ttl: cache.ttl }) };
  if (quirks.promptCacheBreakpoint === true) {
    losses.adapt("cache-breakpoint", "Cache breakpoints were left to the automatic prompt cache.");
    return {};
  }
  losses.drop("cache-breakpoint", "The endpoint caches by itself or not at all; it takes no breakpoints.");
  return {};
}

function joinedText(parts: readonly Part[], encoding: Encoding): string {
  const texts = parts.flatMap((part) => {
    if (part.type === "text" || part.type === "refusal") return [part.text];
    if (part.type === "media" && part.source.type === "text") return [part.source.text];
    encoding.losses.drop(`${part.type === "media" ? part.kind : part.type}-input`, "The endpoint takes text only.");
    return [];
  });
  return texts.join("\n\n");
}

function encodeMedia(part: MediaPart, encoding: Encoding): readonly JsonObject[] {
  if (part.citations === true) encoding.losses.drop("document-citations", "Citing a document cannot be asked for.");
  if (part.source.type === "text") return inlineText(part, part.source.text, encoding);
  if (part.source.type === "parts") {
    encoding.losses.adapt("document-parts", "A document made of parts was sent as those parts.");
    return part.source.parts.flatMap((inner) => encodeContentPart(inner, encoding));
  }
  switch (part.kind) {
    case "image":
      return encodeUrlPart(part, "image_url", encoding);
    case "video":
      if (encoding.quirks.videoParts === true) return encodeUrlPart(part, "video_url", encoding);
      return dropped(part, "The endpoint takes no video.", encoding);
    case "audio":
      return encodeAudio(part, encoding);
    case "document":
      return encodeFile(part, encoding);
  }
}

function dropped(part: MediaPart, detail: string, { losses }: Encoding): readonly JsonObject[] {
  losses.drop(`${part.kind}-input`, detail);
  return [];
}

/** Plain text needs no file part, which not every endpoint has; its name and context go before it. */
function inlineText(part: MediaPart, text: string, { losses }: Encoding): readonly JsonObject[] {
  losses.adapt("text-document", "A plain-text document was sent as text.");
  return [{ type: "text", text: [part.name, part.context, text].filter((line) => line !== undefined).join("\n\n") }];
}

/** What goes where the wire has a URL: the URL or the bytes as a data URL. Files by id cannot. */
function urlOf(part: MediaPart, fallbackType: string): string | undefined {
  if (part.source.type === "url") return part.source.url;
  return part.source.type === "base64" ? formatDataUrl(part.mediaType ?? fallbackType, part.source.data) : undefined;
}

function encodeUrlPart(part: MediaPart, field: "image_url" | "video_url", encoding: Encoding): readonly JsonObject[] {
  const url = urlOf(part, field === "image_url" ? "image/png" : "video/mp4");
  if (url === undefined) return dropped(part, `An ${part.kind} cannot be given by file id.`, encoding);
  return [{ type: field, [field]: compact({ url, detail: part.detail }) }];
}

const AUDIO_FORMATS = new Map([
  ["audio/mpeg", "mp3"],
  ["audio/mp3", "mp3"],
  ["audio/wav", "wav"],
  ["audio/x-wav", "wav"],
  ["audio/wave", "wav"],
]);

function encodeAudio(part: MediaPart, encoding: Encoding): readonly JsonObject[] {
  if (part.source.type !== "base64") return dropped(part, "Audio can be given as data only.", encoding);
  if (isPcm(part.mediaType)) {
    const data = withWavHeader(part.source.data, part.mediaType);
    return [{ type: "input_audio", input_audio: { data, format: "wav" } }];
  }
  const format = part.mediaType === undefined ? undefined : part.mediaType.slice("audio/".length);
  const known = AUDIO_FORMATS.get(part.mediaType ?? "");
  return [{ type: "input_audio", input_audio: compact({ data: part.source.data, format: known ?? format }) }];
}

function encodeFile(part: MediaPart, encoding: Encoding): readonly JsonObject[] {
  const { quirks, target } = encoding;
  if (part.context !== undefined) encoding.losses.drop("document-context", "A document's context cannot be said.");
  if (quirks.documentParts === false) return dropped(part, "The endpoint takes no documents.", encoding);
  const { source } = part;
  if (source.type === "file") {
    if (!sameHouse(source.origin, target)) return dropped(part, "The file is another provider's.", encoding);
    return [{ type: "file", file: compact({ filename: part.name, file_id: source.id }) }];
  }
  if (source.type === "url" && quirks.documentUrls !== true) {
    return dropped(part, "The endpoint takes no documents by URL.", encoding);
  }
  const data = source.type === "base64" && part.mediaType === undefined ? source.data : urlOf(part, "application/pdf");
  return [{ type: "file", file: compact({ filename: part.name ?? defaultName(part), file_data: data }) }];
}

/** OpenAI wants a file name beside the data. */
function defaultName(part: MediaPart): string | undefined {
  return part.mediaType === "application/pdf" ? "document.pdf" : undefined;
}
