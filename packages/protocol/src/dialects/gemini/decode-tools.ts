import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { CanonicalRequest, FunctionTool, Tool, ToolChoice } from "../../ir/request.ts";
import { arrayOf, compact, otherFields, readObject, readString, stringOf } from "../../json/read.ts";
import { fromSchemaSubset } from "../../json/schema-from-subset.ts";
import { readSearchTool } from "./web-search.ts";
import { fieldsOf, listOf, nonEmpty, readMessage } from "./wire.ts";

/** One wire tool holds any number of functions and of hosted tools; each becomes a tool of its own. */
export function decodeTools(tools: JsonValue | undefined): readonly Tool[] {
  return listOf(tools).flatMap((tool, at) => {
    const fields = readMessage(tool, `tools[${at}]`) ?? {};
    return Object.entries(fields).flatMap(([key, value]): readonly Tool[] =>
      key === "functionDeclarations"
        ? listOf(value).map((item, position) => decodeFunction(item, `tools[${at}].functionDeclarations[${position}]`))
        : [hosted({ [key]: value })],
    );
  });
}

const hosted = (definition: JsonObject): Tool =>
  compact({ type: "hosted", dialect: "gemini", definition, webSearch: readSearchTool(definition) });

const OWN_FIELDS = new Set(["name", "description", "parameters", "parametersJsonSchema"]);

function decodeFunction(value: JsonValue, path: string): FunctionTool {
  const fields = readMessage(value, path) ?? {};
  const name = readString(fields["name"], `${path}.name`);
  if (name === undefined) throw invalidRequest(`'${path}.name' is missing.`, `${path}.name`);
  const rest = otherFields(fields, OWN_FIELDS);
  return {
    type: "function",
    name,
    ...compact({
      description: readString(fields["description"], `${path}.description`),
      parameters: parametersOf(fields, path),
    }),
    ...(rest === undefined ? {} : { extension: { dialect: "gemini", fields: rest } }),
  };
}

function parametersOf(fields: JsonObject, path: string): JsonObject | undefined {
  const json = readObject(fields["parametersJsonSchema"], `${path}.parametersJsonSchema`);
  if (json !== undefined) return jsonSchemaOf(json);
  const subset = readObject(fields["parameters"], `${path}.parameters`);
  return subset === undefined ? undefined : fromSchemaSubset(subset);
}

/** Gemini CLI writes Gemini's own upper-case types into JSON Schema fields, which other vendors reject. */
export function jsonSchemaOf(schema: JsonObject): JsonObject {
  const type = schema["type"];
  return typeof type === "string" && type !== type.toLowerCase() ? fromSchemaSubset(schema) : schema;
}

export interface DecodedToolConfig {
  readonly toolChoice?: ToolChoice;
  /** What only Gemini can say, by its path in the request. */
  readonly extension: JsonObject;
}

export function decodeToolConfig(value: JsonValue | undefined): DecodedToolConfig {
  const config = readMessage(value, "toolConfig") ?? {};
  const calling = readMessage(config["functionCallingConfig"], "toolConfig.functionCallingConfig") ?? {};
  const mode = readString(calling["mode"], "toolConfig.functionCallingConfig.mode")?.toUpperCase();
  const names = arrayOf(calling["allowedFunctionNames"]).filter((name): name is string => typeof name === "string");
  const toolChoice = mode === undefined ? undefined : choiceOf(mode, names);
  const said = mode === "VALIDATED" && names.length === 0 ? false : toolChoice !== undefined;
  const rest = otherFields(calling, new Set(said ? ["mode", "allowedFunctionNames"] : []));
  const other = otherFields(config, new Set(["functionCallingConfig"]));
  return compact({
    toolChoice,
    extension: { ...prefixed("toolConfig.functionCallingConfig.", rest), ...prefixed("toolConfig.", other) },
  });
}

/** https://ai.google.dev/api/caching#FunctionCallingConfig */
function choiceOf(mode: string, names: readonly string[]): ToolChoice | undefined {
  const [only] = names;
  switch (mode) {
    case "AUTO":
    case "VALIDATED":
      return only === undefined ? { type: "auto" } : { type: "allowed", allowed: names };
    case "ANY":
      if (names.length === 1 && only !== undefined) return { type: "tool", name: only };
      return only === undefined ? { type: "required" } : { type: "required", allowed: names };
    case "NONE":
      return { type: "none" };
    default:
      return undefined;
  }
}

/** Extension fields are kept by their path, so that a report names what was dropped rather than the whole config. */
export function prefixed(prefix: string, fields: JsonObject | undefined): JsonObject {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([key, value]) => [`${prefix}${key}`, value]));
}

/** System text; what is not text goes into the extension, since the IR's instructions are text. */
export function decodeInstructions(
  value: JsonValue | undefined,
): Pick<CanonicalRequest, "instructions"> & DecodedToolConfig {
  const message =
    typeof value === "string" || Array.isArray(value) ? { parts: value } : readMessage(value, "systemInstruction");
  const parts = message === undefined ? [] : listOf(message["parts"] ?? bareParts(message));
  const texts = parts.map((part) =>
    typeof part === "string" ? part : stringOf(readMessage(part, "systemInstruction.parts")?.["text"]),
  );
  const others = parts.filter((_, at) => texts[at] === undefined);
  return {
    instructions: texts.filter((text) => text !== undefined).map((text) => ({ type: "text", text })),
    extension: nonEmpty(others.length === 0 ? {} : { "systemInstruction.parts": others }) ?? {},
  };
}

/** A part where a content should stand (`systemInstruction: {text: …}`), which Google's parser takes too. */
const bareParts = (message: JsonObject): JsonValue | undefined =>
  message["text"] === undefined ? undefined : [fieldsOf(message)];
