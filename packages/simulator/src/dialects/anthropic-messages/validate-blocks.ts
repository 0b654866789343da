import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, textOf } from "../../json.ts";
import { isBase64 } from "../../seal.ts";
import { invalid } from "./errors.ts";

const fields = (names: string): ReadonlySet<string> => new Set(["type", ...names.split(" ")]);

/** The fields of each block that this simulator looks into; other known blocks (server tools) pass as they are. */
const BLOCKS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["text", fields("text cache_control citations")],
  ["image", fields("source cache_control transformations")],
  ["document", fields("source cache_control citations context title")],
  ["thinking", fields("thinking signature")],
  ["redacted_thinking", fields("data")],
  ["tool_use", fields("id name input cache_control caller toolset_name")],
  ["tool_result", fields("tool_use_id content is_error cache_control toolset_name")],
]);

const SERVER_BLOCK =
  /^(search_result|server_tool_use|container_upload|tool_reference|compaction|mcp_tool_use|.*_tool_result|.*_result)$/;
const ASSISTANT_ONLY = new Set(["thinking", "redacted_thinking", "tool_use"]);
const USER_ONLY = new Set(["tool_result", "image", "document"]);
const ID = /^[a-zA-Z0-9_-]+$/;
const IMAGE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"];

export function validateBlock(block: Fields, path: string, role: string): Failure | undefined {
  const type = textOf(block["type"]);
  if (type === undefined) return invalid(`${path}.type: Field required`);
  const known = BLOCKS.get(type);
  if (known === undefined) return SERVER_BLOCK.test(type) ? undefined : unknownTag(type, path);
  const extra = Object.keys(block).find((name) => !known.has(name));
  if (extra !== undefined) return invalid(`${path}.${type}.${extra}: Extra inputs are not permitted`);
  if (role === "user" && ASSISTANT_ONLY.has(type)) return wrongRole(path, type, "assistant");
  if (role !== "user" && USER_ONLY.has(type)) return wrongRole(path, type, "user");
  return validateCache(block, `${path}.${type}`) ?? validateByType(block, type, path);
}

const wrongRole = (path: string, type: string, role: string): Failure =>
  invalid(`${path}: \`${type}\` blocks can only be in \`${role}\` messages`);

function unknownTag(type: string, path: string): Failure {
  const expected = [...BLOCKS.keys()].map((name) => `'${name}'`).join(", ");
  return invalid(
    `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${expected}`,
  );
}

function validateCache(block: Fields, path: string): Failure | undefined {
  const control = block["cache_control"];
  if (isAbsent(control)) return undefined;
  const { type, ttl } = fieldsOf(control);
  if (type !== "ephemeral") return invalid(`${path}.cache_control.type: Input should be 'ephemeral'`);
  if (isAbsent(ttl) || ttl === "5m" || ttl === "1h") return undefined;
  return invalid(`${path}.cache_control.ephemeral.ttl: Input should be '5m' or '1h'`);
}

function validateByType(block: Fields, type: string, path: string): Failure | undefined {
  switch (type) {
    case "text":
      return validateText(block, path);
    case "image":
    case "document":
      return validateSource(fieldsOf(block["source"]), `${path}.${type}.source`, type);
    case "tool_use":
      return validateToolUse(block, `${path}.tool_use`);
    case "tool_result":
      return validateToolResult(block, path);
    case "thinking":
      return requireString(block, ["thinking", "signature"], `${path}.thinking`);
    default:
      return requireString(block, ["data"], `${path}.${type}`);
  }
}

export function validateText(block: Fields, path: string): Failure | undefined {
  const text = textOf(block["text"]);
  if (text === undefined) return invalid(`${path}.text.text: Field required`);
  if (text !== "")
    return /\S/.test(text) ? undefined : invalid("messages: text content blocks must contain non-whitespace text");
  return invalid(
    isAbsent(block["cache_control"])
      ? "messages: text content blocks must be non-empty"
      : `${path}.text: cache_control cannot be set for empty text blocks`,
  );
}

function requireString(block: Fields, names: readonly string[], path: string): Failure | undefined {
  const missing = names.find((name) => typeof block[name] !== "string");
  return missing === undefined ? undefined : invalid(`${path}.${missing}: Field required`);
}

function validateSource(source: Fields, path: string, type: string): Failure | undefined {
  if (source["type"] !== "base64")
    return source["type"] === undefined ? invalid(`${path}.type: Field required`) : undefined;
  const data = textOf(source["data"]);
  if (data === undefined) return invalid(`${path}.base64.data: Field required`);
  if (!isBase64(data)) return invalid(`${path}.base64.data: Invalid base64 data`);
  const allowed = type === "image" ? IMAGE_TYPES : ["application/pdf"];
  if (allowed.includes(textOf(source["media_type"]) ?? "")) return undefined;
  return invalid(`${path}.base64.media_type: Input should be ${allowed.map((name) => `'${name}'`).join(", ")}`);
}

function validateToolUse(block: Fields, path: string): Failure | undefined {
  const missing = requireString(block, ["id", "name"], path);
  if (missing !== undefined) return missing;
  if (!ID.test(textOf(block["id"]) ?? "")) return invalid(`${path}.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  return isFields(block["input"]) ? undefined : invalid(`${path}.input: Input should be a valid dictionary`);
}

function validateToolResult(block: Fields, path: string): Failure | undefined {
  if (!ID.test(textOf(block["tool_use_id"]) ?? ""))
    return invalid(`${path}.tool_result.tool_use_id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  for (const [at, inner] of listOf(block["content"]).entries()) {
    const innerPath = `${path}.tool_result.content.${at}`;
    const type = textOf(fieldsOf(inner)["type"]) ?? "";
    if (ASSISTANT_ONLY.has(type) || type === "tool_result") return unknownTag(type, innerPath);
    const failure = validateBlock(fieldsOf(inner), innerPath, "user");
    if (failure !== undefined) return failure;
  }
  return undefined;
}
