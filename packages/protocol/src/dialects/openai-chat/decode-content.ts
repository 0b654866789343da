import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { CacheBreakpoint, MediaPart, Part } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { compact, objectOf, readArray, readString, stringOf } from "../../json/read.ts";
import { parseDataUrl } from "../shared/data-url.ts";
import { mediaKindOf } from "../shared/media-kind.ts";
import { CLIENT_ORIGIN } from "./wire.ts";

type ContentDecoder = (part: JsonObject, path: string) => Part;

/** One entry per documented content part; OpenRouter's and vLLM's `video_url` besides. All others are kept as unknown. */
const DECODERS: ReadonlyMap<string, ContentDecoder> = new Map<string, ContentDecoder>([
  ["text", (part, path) => ({ type: "text", text: readString(part["text"], `${path}.text`) ?? "" })],
  ["image_url", (part, path) => decodeUrlPart(part, path, { field: "image_url", kind: "image" })],
  ["video_url", (part, path) => decodeUrlPart(part, path, { field: "video_url", kind: "video" })],
  ["input_audio", decodeAudio],
  ["file", decodeFile],
  ["refusal", (part, path) => ({ type: "refusal", text: readString(part["refusal"], `${path}.refusal`) ?? "" })],
]);

/** A message's content: a string or an array of parts. Absent content has no parts. */
export function decodeContent(content: JsonValue | undefined, path: string): readonly Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  const parts = readArray(content, path) ?? [];
  return parts.map((part, index) => decodeContentPart(part, `${path}[${index}]`));
}

function decodeContentPart(part: JsonValue, path: string): Part {
  if (!isObject(part)) throw invalidRequest(`'${path}' must be an object.`, path);
  const decode = DECODERS.get(readString(part["type"], `${path}.type`) ?? "");
  if (decode === undefined) return { type: "unknown", origin: CLIENT_ORIGIN, value: part };
  return withCache(decode(part, path), decodeCache(part));
}

export function withCache<T extends Part>(part: T, cache: CacheBreakpoint | undefined): T {
  return cache === undefined ? part : { ...part, cache };
}

/** OpenRouter's `cache_control` and OpenAI's `prompt_cache_breakpoint`. A ttl that is not one of Anthropic's two is left out. */
export function decodeCache(object: JsonObject): CacheBreakpoint | undefined {
  const control = objectOf(object["cache_control"]);
  if (control === undefined) return objectOf(object["prompt_cache_breakpoint"]) === undefined ? undefined : {};
  const ttl = control["ttl"];
  return ttl === "5m" || ttl === "1h" ? { ttl } : {};
}

interface UrlField {
  readonly field: "image_url" | "video_url";
  readonly kind: "image" | "video";
}

/** `{url, detail}`, or the bare URL, as Mistral has it. */
function decodeUrlPart(part: JsonObject, path: string, { field, kind }: UrlField): Part {
  const holder = part[field];
  const inner = isObject(holder) ? holder : { url: holder };
  const url = readString(inner["url"], `${path}.${field}.url`);
  if (url === undefined) throw invalidRequest(`'${path}.${field}.url' is required.`, `${path}.${field}.url`);
  return compact({ type: "media", kind, ...sourceOfUrl(url), detail: detailOf(inner["detail"]) });
}

function detailOf(value: JsonValue | undefined): MediaPart["detail"] {
  return value === "low" || value === "high" || value === "auto" || value === "original" ? value : undefined;
}

function sourceOfUrl(url: string): Pick<MediaPart, "source" | "mediaType"> {
  const data = parseDataUrl(url);
  if (data === undefined) return { source: { type: "url", url } };
  return { mediaType: data.mediaType, source: { type: "base64", data: data.data } };
}

function decodeAudio(part: JsonObject, path: string): Part {
  const audio = objectOf(part["input_audio"]) ?? {};
  const data = readString(audio["data"], `${path}.input_audio.data`) ?? "";
  const format = readString(audio["format"], `${path}.input_audio.format`);
  const mediaType = format === undefined ? undefined : `audio/${format === "mp3" ? "mpeg" : format}`;
  return compact({ type: "media", kind: "audio", mediaType, source: { type: "base64", data } });
}

/** `file_data` is a data URL; OpenRouter takes plain URLs there too, and some clients send bare base64. */
function decodeFile(part: JsonObject, path: string): Part {
  const file = objectOf(part["file"]) ?? {};
  const name = readString(file["filename"], `${path}.file.filename`);
  const id = readString(file["file_id"], `${path}.file.file_id`);
  if (id !== undefined) {
    return compact({ type: "media", kind: "document", source: { type: "file", id, origin: CLIENT_ORIGIN }, name });
  }
  const data = readString(file["file_data"], `${path}.file.file_data`);
  if (data === undefined) return { type: "unknown", origin: CLIENT_ORIGIN, value: part };
  const isUrl = data.startsWith("data:") || /^https?:\/\//.test(data);
  const source: Pick<MediaPart, "source" | "mediaType"> = isUrl
    ? sourceOfUrl(data)
    : { source: { type: "base64", data } };
  return compact({ type: "media", kind: mediaKindOf(source.mediaType), ...source, name });
}

/** The text of content that can only be text, such as that of a system message. */
export function isTextOnly(content: JsonValue | undefined): boolean {
  if (typeof content === "string") return true;
  return Array.isArray(content) && content.every((part) => isObject(part) && stringOf(part["type"]) === "text");
}
