import { createHash } from "node:crypto";
import { elementsOf, isObject, type JsonObject, type JsonValue, parseJson, spanAt } from "@signalbox/protocol";
import { isStorable } from "../../store/responses/responses.ts";
import type { ClientRequest } from "../client-request.ts";

/** The input of a request as a JSON array of items: a bare text is a user's message. */
export function inputItems(input: Uint8Array | undefined): Buffer {
  if (input === undefined || input.length === 0) return Buffer.from("[]");
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  if (bytes[0] !== QUOTE) return bytes[0] === BRACKET ? bytes : Buffer.from("[]");
  return Buffer.concat([Buffer.from('[{"type":"message","role":"user","content":'), bytes, Buffer.from("}]")]);
}

/** What a request itself brings, as a JSON array. */
export function ownInput({ bytes, scan }: Pick<ClientRequest, "bytes" | "scan">): Buffer {
  const span = scan.members.get("input");
  return inputItems(span === undefined ? undefined : bytes.subarray(span.start, span.end));
}

const QUOTE = 0x22;
const BRACKET = 0x5b;

/** The items of a response, as they stand in it. */
export function outputItems(response: Uint8Array): Buffer {
  const span = spanAt(response, ["output"]);
  return span === undefined ? Buffer.from("[]") : inputItems(response.subarray(span.start, span.end));
}

/** One array of several, byte for byte. */
export function joinedArrays(arrays: readonly Uint8Array[]): Buffer {
  const inner = arrays.map((array) => Buffer.from(array).toString().trim().slice(1, -1).trim());
  return Buffer.from(`[${inner.filter((items) => items !== "").join(",")}]`);
}

/** Each item of an array, byte for byte. */
export function itemsIn(array: Uint8Array): readonly Buffer[] {
  return elementsOf(array, { start: 0, end: array.length }).map(({ start, end }) =>
    Buffer.from(array.subarray(start, end)),
  );
}

/** How OpenAI begins the ids of each type; `msg` for messages, and else what the type says. */
const PREFIXES: Readonly<Record<string, string>> = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  function_call_output: "fco",
  custom_tool_call: "ctc",
  custom_tool_call_output: "ctco",
};

/**
 * An item as lists show it: with an id, its status, and its text as a list of content. What the client sent without an id, or with one that cannot be kept, has one
 * made of `place`, the same whenever it is asked for.
 */
export function shownItem(bytes: Uint8Array, place: string): JsonObject {
  const value = parseJson(Buffer.from(bytes).toString());
  const item: JsonObject = isObject(value) ? value : {};
  const type = typeof item["type"] === "string" ? item["type"] : "message";
  const id = isUsableId(item["id"]) ? item["id"] : madeId(type, place);
  if (type !== "message") return { ...item, id };
  const content = contentOf(item);
  return { ...item, id, type, status: item["status"] ?? "completed", ...(content === undefined ? {} : { content }) };
}

const LONGEST_ID = 512;

/** One that a database can hold, too. */
function isUsableId(id: JsonValue | undefined): id is string {
  return typeof id === "string" && id !== "" && id.length <= LONGEST_ID && isStorable(id);
}

function contentOf({ role, content }: JsonObject): JsonValue | undefined {
  if (typeof content !== "string") return content;
  if (role === "assistant") return [{ type: "output_text", text: content, annotations: [], logprobs: [] }];
  return [{ type: "input_text", text: content }];
}

function madeId(type: string, place: string): string {
  return `${PREFIXES[type] ?? "item"}_${createHash("sha256").update(place).digest("hex").slice(0, 48)}`;
}
