import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isFields, textOf } from "../../json.ts";
import { isBase64 } from "../../seal.ts";
import { invalid } from "./errors.ts";
import { blocksOf } from "./read.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const FORMATS: Readonly<Record<string, ReadonlySet<string>>> = {
  image: words("png jpeg gif webp"),
  document: words("pdf csv doc docx xls xlsx html txt md"),
  video: words("mkv mov mp4 webm flv mpeg mpg wmv three_gp"),
  audio: words("mp3 opus wav aac flac mp4 ogg mkv mka x-aac m4a mpeg mpga pcm webm"),
};
const USER = words("text image document video audio toolResult guardContent cachePoint searchResult");
const ASSISTANT = words("text toolUse reasoningContent cachePoint citationsContent image");
const IN_RESULT = words("text json image document video searchResult");
const NAME = /^[a-zA-Z0-9()[\]-]+( [a-zA-Z0-9()[\]-]+)*$/;
const ID = /^[a-zA-Z0-9_.:-]{1,64}$/;
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export function validateBlock(block: Fields, path: string, role: "user" | "assistant"): Failure | undefined {
  return validateMember(block, path, role === "user" ? USER : ASSISTANT);
}

/** A block is a union: exactly one of its members is there. */
function validateMember(block: Fields, path: string, allowed: ReadonlySet<string>): Failure | undefined {
  const [kind, second] = Object.keys(block);
  if (kind === undefined || second !== undefined)
    return invalid(
      `The ContentBlock object at ${path} must set one of the following keys: ${[...allowed].join(", ")}.`,
    );
  if (!allowed.has(kind)) return invalid(`The ${kind} block at ${path} is not allowed there.`);
  const value = block[kind];
  if (kind === "text") return validateText(value, path);
  if (!isFields(value)) return invalid(`The value at ${path}.${kind} must be an object.`);
  if (kind in FORMATS) return validateMedia(kind, value, `${path}.${kind}`);
  switch (kind) {
    case "toolUse":
      return validateToolUse(value, `${path}.toolUse`);
    case "toolResult":
      return validateToolResult(value, `${path}.toolResult`);
    case "cachePoint":
      return validateCachePoint(value, `${path}.cachePoint`);
    default:
      return undefined;
  }
}

export function validateText(value: unknown, path: string): Failure | undefined {
  if (typeof value === "string" && value.trim() !== "") return undefined;
  return invalid(
    `The text field in the ContentBlock object at ${path} is blank. Add text to the text field, and try again.`,
  );
}

export function validateCachePoint({ type, ttl }: Fields, path: string): Failure | undefined {
  if (type !== "default") return invalid(`Value at '${path}.type' failed to satisfy constraint: [default]`);
  if (ttl === undefined || ttl === "5m" || ttl === "1h") return undefined;
  return invalid(`Value at '${path}.ttl' failed to satisfy constraint: [5m, 1h]`);
}

function validateMedia(kind: string, media: Fields, path: string): Failure | undefined {
  const source = fieldsOf(media["source"]);
  const format = textOf(media["format"]);
  const chunked = kind === "document" && source["content"] !== undefined;
  if (!chunked && (format === undefined || FORMATS[kind]?.has(format) !== true))
    return invalid(`Value '${String(format)}' at '${path}.format' failed to satisfy constraint`);
  if (kind === "document" && !NAME.test(textOf(media["name"]) ?? ""))
    return invalid(
      `The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.`,
    );
  return validateSource(source, `${path}.source`);
}

function validateSource(source: Fields, path: string): Failure | undefined {
  if (Object.keys(source).length !== 1) return invalid(`The source at ${path} must set exactly one member.`);
  const { bytes } = source;
  if (bytes === undefined || (typeof bytes === "string" && bytes !== "" && isBase64(bytes))) return undefined;
  return { status: 400, message: "STRING_VALUE can not be converted to Byte[]", type: "SerializationException" };
}

function validateToolUse({ toolUseId, name, input }: Fields, path: string): Failure | undefined {
  if (!ID.test(textOf(toolUseId) ?? ""))
    return invalid(`Value at '${path}.toolUseId' failed to satisfy constraint: [a-zA-Z0-9_.:-]+, at most 64`);
  if (!TOOL_NAME.test(textOf(name) ?? ""))
    return invalid(`Value at '${path}.name' failed to satisfy constraint: [a-zA-Z0-9_-]+, at most 64`);
  if (isFields(input)) return undefined;
  return invalid(
    `The format of the value at ${path}.input is invalid. Provide a json object for the field and try again.`,
  );
}

function validateToolResult(result: Fields, path: string): Failure | undefined {
  const { toolUseId, content, status } = result;
  if (!ID.test(textOf(toolUseId) ?? "")) return invalid(`Value at '${path}.toolUseId' failed to satisfy constraint`);
  if (!Array.isArray(content)) return invalid(`Value at '${path}.content' failed to satisfy constraint: not null`);
  if (status !== undefined && status !== "success" && status !== "error")
    return invalid(`Value at '${path}.status' failed to satisfy constraint: [success, error]`);
  if (status === "error" && content.length === 0)
    return invalid(`The content field at ${path} cannot be empty when status value is error.`);
  for (const [at, inner] of blocksOf(content).entries()) {
    const innerPath = `${path}.content.${at}`;
    const failure = inner["json"] === undefined ? validateMember(inner, innerPath, IN_RESULT) : undefined;
    if (failure !== undefined) return failure;
  }
  return undefined;
}
