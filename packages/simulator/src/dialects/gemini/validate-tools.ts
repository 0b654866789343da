import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, listOf, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";
import { member } from "./read.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/;
const TYPES = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL", "TYPE_UNSPECIFIED"];

/** Unknown keywords were refused before, as unknown fields; these are the rules between the known ones. */
export function validateTools(body: Fields): Failure | undefined {
  const names: string[] = [];
  for (const [index, tool] of listOf(body["tools"]).map(fieldsOf).entries()) {
    for (const [at, declaration] of listOf(member(tool, "functionDeclarations")).map(fieldsOf).entries()) {
      const failure = validateDeclaration(declaration, `tools[${index}].function_declarations[${at}]`);
      if (failure !== undefined) return failure;
      const name = textOf(declaration["name"]) ?? "";
      if (names.includes(name)) return invalid(`Duplicate function declaration found: ${name}`);
      names.push(name);
    }
  }
  return validateAllowed(body, names);
}

const problem = (path: string, text: string): Failure => invalid(`* GenerateContentRequest.${path}: ${text}\n`);

function validateDeclaration(declaration: Fields, path: string): Failure | undefined {
  if (!NAME.test(textOf(declaration["name"]) ?? ""))
    return problem(
      `${path}.name`,
      "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.",
    );
  const parameters = declaration["parameters"];
  if (isAbsent(parameters)) return undefined;
  if (!isAbsent(member(declaration, "parametersJsonSchema")))
    return problem(path, "parameters and parameters_json_schema are mutually exclusive.");
  return validateSchema(parameters, `${path}.parameters`);
}

/** https://ai.google.dev/api/caching#Schema */
export function validateSchema(value: unknown, path: string): Failure | undefined {
  const schema = fieldsOf(value);
  return validateType(schema, path) ?? validateProperties(schema, path) ?? validateNested(schema, path);
}

function validateType(schema: Fields, path: string): Failure | undefined {
  const type = textOf(schema["type"])?.toUpperCase();
  if (type !== undefined && !TYPES.includes(type))
    return invalid(
      `Invalid value at '${path}.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), "${String(schema["type"])}"`,
    );
  if (type === "ARRAY" && isAbsent(schema["items"])) return problem(`${path}.items`, "missing field.");
  if (!isAbsent(schema["enum"]) && type !== "STRING") return problem(`${path}.enum`, "only allowed for STRING type");
  if (listOf(schema["enum"]).includes("")) return problem(`${path}.enum[0]`, "cannot be empty");
  return undefined;
}

function validateProperties(schema: Fields, path: string): Failure | undefined {
  const properties = fieldsOf(schema["properties"]);
  const index = listOf(schema["required"]).findIndex((name) => !(String(name) in properties));
  return index < 0 ? undefined : problem(`${path}.required[${index}]`, "property is not defined");
}

function validateNested(schema: Fields, path: string): Failure | undefined {
  for (const [name, nested] of Object.entries(fieldsOf(schema["properties"]))) {
    const failure = validateSchema(nested, `${path}.properties[${name}]`);
    if (failure !== undefined) return failure;
  }
  for (const [index, nested] of listOf(member(schema, "anyOf")).entries()) {
    const failure = validateSchema(nested, `${path}.any_of[${index}]`);
    if (failure !== undefined) return failure;
  }
  return isAbsent(schema["items"]) ? undefined : validateSchema(schema["items"], `${path}.items`);
}

function validateAllowed(body: Fields, names: readonly string[]): Failure | undefined {
  const config = fieldsOf(member(fieldsOf(member(body, "toolConfig")), "functionCallingConfig"));
  const allowed = listOf(member(config, "allowedFunctionNames"));
  const mode = textOf(config["mode"])?.toUpperCase();
  if (allowed.length > 0 && mode !== "ANY" && mode !== "VALIDATED")
    return invalid("`allowed_function_names` should only be set when mode is ANY or VALIDATED.");
  const unknown = allowed.find((name) => !names.includes(String(name)));
  if (unknown !== undefined)
    return invalid(`\`allowed_function_names\` contains a name that is not declared: ${String(unknown)}`);
  return mode === "ANY" && names.length === 0
    ? invalid("Function calling config is set without function_declarations.")
    : undefined;
}
