import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Opaque, Origin } from "../../ir/origin.ts";
import type { MediaPart, MediaSource, Part, ToolCallPart, ToolResultPart } from "../../ir/parts.ts";
import { arrayOf, compact, objectOf, objectsOf, otherFields, stringOf } from "../../json/read.ts";
import { mediaKindOf } from "../shared/media-kind.ts";
import { decodeFunctionResponse } from "./function-response.ts";
import { fieldsOf, nonEmpty } from "./wire.ts";

/** Wire parts to IR parts, for requests and answers alike. Parts are given with `fieldsOf` applied. */

const OWN_FIELDS: ReadonlySet<string> = new Set([
  "text",
  "thought",
  "thoughtSignature",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
]);

/** What the IR has no word for in a part, shaped like the part itself. */
function extensionOf(part: JsonObject, nested: JsonObject = {}): Pick<Part, "extension"> {
  const fields = nonEmpty({ ...otherFields(part, OWN_FIELDS), ...nested });
  return fields === undefined ? {} : { extension: { dialect: "gemini", fields } };
}

const nestedRest = (key: string, message: JsonObject, known: readonly string[]): JsonObject => {
  const rest = otherFields(message, new Set(known));
  return rest === undefined ? {} : { [key]: rest };
};

/** A text part; `thought` marks a summary of the model's thinking, which Google does not show raw. */
export function decodeText(part: JsonObject, opaque: Opaque | undefined): Part {
  const base = { text: stringOf(part["text"]) ?? "", ...extensionOf(part), ...compact({ opaque }) };
  return part["thought"] === true ? { type: "reasoning", form: "summary", ...base } : { type: "text", ...base };
}

export function decodeMedia(part: JsonObject, origin: Origin, opaque?: Opaque): MediaPart {
  const inline = objectOf(part["inlineData"]);
  const key = inline === undefined ? "fileData" : "inlineData";
  const blob = fieldsOf(inline ?? objectOf(part["fileData"]) ?? {});
  const mediaType = stringOf(blob["mimeType"]);
  const uri = stringOf(blob["fileUri"]) ?? "";
  return {
    type: "media",
    kind: mediaType === undefined && isYouTube(uri) ? "video" : mediaKindOf(mediaType ?? mediaTypeOfName(uri)),
    ...compact({ mediaType, name: stringOf(blob["displayName"]), detail: detailOf(part["mediaResolution"]), opaque }),
    source:
      inline === undefined
        ? sourceOfUri(uri, origin)
        : { type: "base64", data: standardBase64(stringOf(blob["data"]) ?? "") },
    ...extensionOf(part, nestedRest(key, blob, ["mimeType", "data", "fileUri"])),
  };
}

/** Google's Python SDK writes bytes in the URL-safe alphabet, which no other vendor reads. */
function standardBase64(data: string): string {
  return /[-_]/.test(data) ? data.replaceAll("-", "+").replaceAll("_", "/") : data;
}

const GOOGLE_FILE = /^https:\/\/[^/]*googleapis\.com\/.*files\//;

/** Files of the Files API and of Cloud Storage are known to Google only; other addresses to everyone. */
function sourceOfUri(uri: string, origin: Origin): MediaSource {
  const isPublic = /^https?:\/\//.test(uri) && !GOOGLE_FILE.test(uri);
  return isPublic ? { type: "url", url: uri } : { type: "file", id: uri, origin };
}

export const isYouTube = (url: string): boolean =>
  /^https?:\/\/(www\.|m\.)?(youtube\.com\/(watch|shorts|live)|youtu\.be\/)/.test(url);

const TYPES_BY_SUFFIX = new Map([
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["gif", "image/gif"],
  ["webp", "image/webp"],
  ["heic", "image/heic"],
  ["pdf", "application/pdf"],
  ["txt", "text/plain"],
  ["mp3", "audio/mp3"],
  ["wav", "audio/wav"],
  ["mp4", "video/mp4"],
  ["webm", "video/webm"],
]);

/** The media type that the name at the end of a URL suggests. */
export function mediaTypeOfName(url: string): string | undefined {
  const suffix = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1];
  return suffix === undefined ? undefined : TYPES_BY_SUFFIX.get(suffix.toLowerCase());
}

function detailOf(resolution: JsonValue | undefined): "low" | "high" | undefined {
  const level = stringOf(resolution) ?? stringOf(objectOf(resolution)?.["level"]);
  if (level === "MEDIA_RESOLUTION_LOW") return "low";
  return level === "MEDIA_RESOLUTION_HIGH" ? "high" : undefined;
}

/** `arguments` are stringified: the wire has an object, and absent `args` are no arguments. */
export function decodeCall(part: JsonObject, id: string, opaque: Opaque | undefined): ToolCallPart {
  const call = fieldsOf(objectOf(part["functionCall"]) ?? {});
  return {
    type: "tool-call",
    id,
    name: stringOf(call["name"]) ?? "",
    arguments: JSON.stringify(call["args"] ?? {}),
    ...extensionOf(part, nestedRest("functionCall", call, ["id", "name", "args"])),
    ...compact({ opaque }),
  };
}

export function decodeResult(part: JsonObject, callId: string, origin: Origin): ToolResultPart {
  const response = fieldsOf(objectOf(part["functionResponse"]) ?? {});
  const { text, isError, resultKey } = decodeFunctionResponse(response["response"]);
  const media = objectsOf(response["parts"]).map(fieldsOf);
  const known = media.filter((item) => item["inlineData"] !== undefined || item["fileData"] !== undefined);
  const rest = nestedRest("functionResponse", response, ["id", "name", "response", "parts"]);
  const strange = arrayOf(response["parts"]).length > known.length ? { parts: response["parts"] } : {};
  return {
    type: "tool-result",
    callId,
    ...compact({ name: stringOf(response["name"]), isError }),
    content: [{ type: "text", text }, ...known.map((item) => decodeMedia(item, origin))],
    ...extensionOf(part, {
      ...(nonEmpty(strange) === undefined
        ? rest
        : { functionResponse: { ...objectOf(rest["functionResponse"]), ...strange } }),
      ...(resultKey === undefined ? {} : { resultKey }),
    }),
  };
}
