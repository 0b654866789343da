import { arrayOf, compact, isObject, type JsonObject, type JsonValue, objectOf, objectsOf } from "@signalbox/protocol";
import type { Spoken } from "../protocol/codecs.ts";

/**
 * A request body in the form in which spellings that mean the same look the same. Each rule here is one that
 * docs/fidelity.md names.
 */
export function normaliseRequest(dialect: Spoken, body: JsonObject): JsonValue {
  return RULES[dialect].reduce<JsonValue>((value, rule) => mapObjects(value, rule), dropAbsent(body));
}

type Rule = (object: JsonObject) => JsonObject;

/** A message or a system prompt of plain text parts is the same as one of that text. */
const contentAsText =
  (key: string): Rule =>
  (object) => {
    const parts = object[key];
    if (!Array.isArray(parts) || parts.length === 0) return object;
    const texts = parts.map((part) => (isObject(part) && isPlainText(part) ? part["text"] : undefined));
    return texts.every((text) => typeof text === "string") ? { ...object, [key]: texts.join("") } : object;
  };

function isPlainText(part: JsonObject): boolean {
  return Object.keys(part).length === 2 && ["text", "input_text", "output_text"].includes(String(part["type"]));
}

/** What is said by leaving it out. */
const without =
  (...defaults: readonly (readonly [string, JsonValue])[]): Rule =>
  (object) => {
    const isDefault = ([key, value]: [string, JsonValue | undefined]) =>
      defaults.some(([name, text]) => name === key && JSON.stringify(value) === JSON.stringify(text));
    return Object.fromEntries(Object.entries(object).filter((entry) => !isDefault(entry)));
  };

/** The same field by two names. */
const renamed =
  (from: string, to: string): Rule =>
  ({ [from]: value, ...rest }) =>
    value === undefined ? rest : { ...rest, [to]: value };

const noStream = without(["stream", false]);

const RULES: Readonly<Record<Spoken, readonly Rule[]>> = {
  "openai-chat": [
    messageCacheControl,
    contentAsText("content"),
    // Usage is asked for in every stream, and shown to those who asked for it.
    without(["stream", false], ["stream_options", { include_usage: true }], ["strict", false]),
    without(["annotations", []], ["content", ""]),
    renamed("max_tokens", "max_completion_tokens"),
    (object) => (object["role"] === "developer" ? { ...object, role: "system" } : object),
    // What `reasoning_details` says as well.
    ({ reasoning, ...rest }) =>
      rest["reasoning_details"] === undefined ? { ...rest, ...compact({ reasoning }) } : rest,
  ],
  "openai-responses": [
    contentAsText("content"),
    (object) =>
      typeof object["input"] === "string" ? { ...object, input: [{ role: "user", content: object["input"] }] } : object,
    leadingInstructions,
    // Nothing is stored where nobody asked for it, since only the upstream itself could find it again.
    without(["include", []], ["type", "message"], ["stream", false], ["status", "completed"], ["tools", []]),
    without(["store", false], ["strict", false]),
  ],
  "anthropic-messages": [
    contentAsText("content"),
    contentAsText("system"),
    noStream,
    ({ output_format: format, ...rest }) =>
      isObject(format) ? { ...rest, output_config: { ...objectOf(rest["output_config"]), format } } : rest,
  ],
  gemini: [
    renamed("response_mime_type", "responseMimeType"),
    renamed("response_schema", "responseJsonSchema"),
    renamed("responseSchema", "responseJsonSchema"),
    renamed("function_call", "functionCall"),
    renamed("function_response", "functionResponse"),
    renamed("parameters", "parametersJsonSchema"),
    ({ type, ...rest }) => ({ ...rest, ...compact({ type: typeof type === "string" ? type.toLowerCase() : type }) }),
    (object) =>
      isObject(object["systemInstruction"])
        ? { ...object, systemInstruction: object["systemInstruction"]["parts"] }
        : object,
    ({ parts, ...rest }) => ({
      ...rest,
      ...compact({ parts: Array.isArray(parts) ? parts.filter(isNotEmpty) : parts }),
    }),
  ],
};

const isNotEmpty = (part: JsonValue) => JSON.stringify(part) !== '{"text":""}';

/** A message's own `cache_control` is that of its last part. */
function messageCacheControl({ cache_control, ...rest }: JsonObject): JsonObject {
  if (cache_control === undefined || rest["role"] === undefined) return { ...rest, ...compact({ cache_control }) };
  const { content } = rest;
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : arrayOf(content);
  const last = objectOf(parts.at(-1));
  return last === undefined ? rest : { ...rest, content: [...parts.slice(0, -1), { ...last, cache_control }] };
}

/** The leading system and developer messages are the instructions. */
function leadingInstructions(object: JsonObject): JsonObject {
  const { input, instructions, ...rest } = object;
  if (!Array.isArray(input)) return object;
  const isInstruction = (item: JsonValue) =>
    isObject(item) && ["system", "developer"].includes(String(item["role"])) && typeof item["content"] === "string";
  const end = input.findIndex((item) => !isInstruction(item));
  const leading = objectsOf(input.slice(0, end < 0 ? input.length : end));
  const texts = [instructions, ...leading.map(({ content }) => content)].filter((text) => typeof text === "string");
  const without_ = { ...rest, input: input.slice(leading.length) };
  return texts.length === 0 ? without_ : { ...without_, instructions: texts.join("\n\n") };
}

function mapObjects(value: JsonValue, rule: Rule): JsonValue {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, rule));
  if (!isObject(value)) return value;
  const mapped = Object.entries(value).map(([key, field]) => [
    key,
    field === undefined ? field : mapObjects(field, rule),
  ]);
  return rule(Object.fromEntries(mapped));
}

/** Null and an absent field mean the same in all four dialects. */
function dropAbsent(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(dropAbsent);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, field]): [string, JsonValue][] =>
    field === undefined || field === null ? [] : [[key, dropAbsent(field)]],
  );
  return Object.fromEntries(entries);
}
