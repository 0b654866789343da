import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type JsonObject, type JsonValue, parseJson } from "@signalbox/protocol";
import { Ajv } from "ajv";
import type { Spoken } from "../protocol/codecs.ts";

/**
 * The vendors' own descriptions of their wire, relaxed by rule: taken literally they reject real traffic. Required are
 * only `type`, `role` and `object`; null is allowed everywhere; `oneOf` is read as `anyOf`.
 */
export interface WireSchemas {
  readonly request: Check;
  readonly answer: Check;
  readonly streamEvent: Check;
}

/** What is wrong with a value, or undefined. */
type Check = (value: JsonValue) => string | undefined;

const KEPT_REQUIRED = new Set(["type", "role", "object"]);
/** Annotations, and what speaks of values and not of shape. */
const LEFT_OUT = new Set([
  "description",
  "title",
  "example",
  "examples",
  "default",
  "format",
  "discriminator",
  "deprecated",
  "nullable",
  "$schema",
  "readOnly",
]);

export function specsFolder(): string | undefined {
  const folder = process.env["SIGNALBOX_SPECS"] ?? join(import.meta.dirname, "../../../shared/specs");
  return existsSync(join(folder, "openai-openapi.json")) ? folder : undefined;
}

export function loadSchemas(folder: string): Readonly<Record<Spoken, WireSchemas>> {
  const read = (file: string) => relax(parseJson(readFileSync(join(folder, file), "utf8")));
  const openai = checkFactory(read("openai-openapi.json"), "#/components/schemas/");
  const google = checkFactory(read("gemini-openapi.json"), "#/components/schemas/");
  const anthropic = (name: string) => checkFactory(read(`anthropic.${name}.schema.json`), "#/definitions/");
  return {
    "openai-chat": {
      request: openai("CreateChatCompletionRequest"),
      answer: openai("CreateChatCompletionResponse"),
      streamEvent: openai("CreateChatCompletionStreamResponse"),
    },
    "openai-responses": {
      request: openai("CreateResponse"),
      answer: openai("Response"),
      streamEvent: openai("ResponseStreamEvent"),
    },
    "anthropic-messages": {
      request: either(
        anthropic("MessageCreateParams")("MessageCreateParams"),
        anthropic("BetaMessageCreateParams")("MessageCreateParams"),
      ),
      answer: either(anthropic("Message")("Message"), anthropic("BetaMessage")("BetaMessage")),
      streamEvent: either(
        anthropic("RawMessageStreamEvent")("RawMessageStreamEvent"),
        anthropic("BetaRawMessageStreamEvent")("BetaRawMessageStreamEvent"),
      ),
    },
    gemini: {
      request: google("GenerateContentRequest"),
      answer: google("GenerateContentResponse"),
      streamEvent: google("GenerateContentResponse"),
    },
  };
}

/** What the stable surface rejects may be a beta's. */
function either(stable: Check, beta: Check): Check {
  return (value) => (stable(value) === undefined ? undefined : beta(value));
}

export function checkFactory(document: JsonValue, prefix: string): (name: string) => Check {
  const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: false, logger: false });
  ajv.addSchema({ ...(isObject(document) ? document : {}), $id: "document" });
  return (name) => {
    const validate = ajv.getSchema(`document${prefix}${name}`);
    if (validate === undefined) throw new Error(`The description has no schema '${name}'.`);
    return (value) => {
      if (validate(withoutNulls(value)) === true) return undefined;
      const error = validate.errors?.at(-1);
      return `${error?.instancePath.replaceAll(/\/\d+/g, "[]") ?? ""} ${error?.message ?? "is invalid"}`;
    };
  };
}

export function relax(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(relax);
  if (!isObject(schema)) return schema;
  const entries = Object.entries(schema).flatMap(([key, value]): [string, JsonValue][] => {
    if (value === undefined || (LEFT_OUT.has(key) && !isObject(value))) return [];
    if (key === "required" && Array.isArray(value)) {
      return [[key, value.filter((name) => typeof name === "string" && KEPT_REQUIRED.has(name))]];
    }
    return [[key === "oneOf" ? "anyOf" : key, relax(value)]];
  });
  return Object.fromEntries(entries);
}

function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, field]): [string, JsonValue][] =>
    field === null || field === undefined ? [] : [[key, withoutNulls(field)]],
  );
  return Object.fromEntries(entries);
}

export type { JsonObject };
