import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { CanonicalRequest, OutputFormat } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { reportOutputName } from "../shared/output-name.ts";
import type { EncodeContext } from "./encode-context.ts";

export interface EncodedOutput {
  /** `output_config.format`. */
  readonly format?: JsonObject;
  /** The earlier beta's top-level field. */
  readonly outputFormat?: JsonObject;
  /** What the system prompt must say, where the wire has no field for it. */
  readonly instruction?: string;
}

export function encodeOutput({ output }: CanonicalRequest, context: EncodeContext): EncodedOutput {
  const { losses, quirks } = context;
  switch (output?.type) {
    case undefined:
    case "text":
      return {};
    case "json":
      losses.adapt("json-mode", "JSON mode was sent as an instruction.");
      return { instruction: "Answer with one valid JSON object and nothing else." };
    case "json-schema":
      break;
  }
  if (quirks.structuredOutput === "instruct") {
    losses.adapt("structured-output", "The JSON schema of the answer was sent as an instruction.");
    return { instruction: schemaInstruction(output) };
  }
  const { description, schema } = output;
  reportOutputName(output, losses);
  const told = description === undefined || schema["description"] !== undefined ? schema : { description, ...schema };
  const format = { type: "json_schema", schema: closedSchema(told, context) };
  return quirks.structuredOutput === "output-format" ? { outputFormat: format } : { format };
}

function schemaInstruction({ schema, description }: Extract<OutputFormat, { type: "json-schema" }>): string {
  const about = description === undefined ? "" : ` It is described as: ${description}`;
  return `Answer with one JSON value that conforms to this JSON Schema, and nothing else.${about}\n${JSON.stringify(schema)}`;
}

/**
 * Structured outputs require every object to exclude additional properties.
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
function closedSchema(schema: JsonObject, context: EncodeContext): JsonObject {
  const closed = close(schema);
  if (!isObject(closed)) return schema;
  if (JSON.stringify(closed) !== JSON.stringify(schema)) {
    context.losses.adapt("structured-output", "Objects of the JSON schema were closed to additional properties.");
  }
  return closed;
}

const SCHEMA_MAPS: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);
const SCHEMAS: ReadonlySet<string> = new Set(["items", "anyOf", "allOf", "oneOf", "not"]);

function close(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map((item: JsonValue) => close(item));
  if (!isObject(schema)) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closeUnder(key, value)] as const);
  const closed: JsonObject = Object.fromEntries(entries);
  const open = closed["type"] === "object" && !isObject(schema["additionalProperties"]);
  return open && schema["additionalProperties"] !== false ? { ...closed, additionalProperties: false } : closed;
}

function closeUnder(key: string, value: JsonValue | undefined): JsonValue | undefined {
  if (value === undefined) return undefined;
  if (SCHEMAS.has(key)) return close(value);
  if (!SCHEMA_MAPS.has(key) || !isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, schema && close(schema)]));
}
