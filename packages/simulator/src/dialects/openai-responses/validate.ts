import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, textOf } from "../../json.ts";
import type { SimulatorState } from "../../state.ts";
import { invalid } from "./errors.ts";
import { validateSearching } from "./search.ts";
import { validateMessages } from "./validate-messages.ts";
import { validateStrictSchema, validateTools } from "./validate-tools.ts";

const PARAMETERS = new Set(
  "background context_management conversation include input instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user client_metadata".split(
    " ",
  ),
);
const REASONING_MODEL = /^(o\d|gpt-5)/;

export function validate(exchange: Exchange, state: SimulatorState): Failure | undefined {
  const { body } = exchange;
  return (
    validateParameters(body) ??
    validateModel(body) ??
    validatePrevious(body, state) ??
    validateBackground(body) ??
    validateMessages(body, state) ??
    validateTools(body) ??
    validateSearching(exchange) ??
    validateLimit(body) ??
    validateFormat(fieldsOf(body["text"])["format"]) ??
    (REASONING_MODEL.test(exchange.baseModel) ? validateReasoningModel(body) : undefined)
  );
}

function validateParameters(body: Fields): Failure | undefined {
  const unknown = Object.keys(body).find((name) => !PARAMETERS.has(name));
  return unknown === undefined ? undefined : invalid(`Unknown parameter: '${unknown}'.`, unknown, "unknown_parameter");
}

function validateModel(body: Fields): Failure | undefined {
  if (textOf(body["model"]) === undefined) return missing("model");
  if (isAbsent(body["input"]) && isAbsent(body["prompt"]) && isAbsent(body["previous_response_id"]))
    return missing("input");
  if (isAbsent(body["stream"]) || typeof body["stream"] === "boolean") return undefined;
  return invalid("Invalid type for 'stream': expected a boolean.", "stream", "invalid_type");
}

function validatePrevious(body: Fields, { storedResponses }: SimulatorState): Failure | undefined {
  const id = textOf(body["previous_response_id"]);
  if (id === undefined || storedResponses.get(id) !== undefined) return undefined;
  return invalid(`Previous response with id '${id}' not found.`, "previous_response_id", "previous_response_not_found");
}

/** What runs later must be there later. https://platform.openai.com/docs/guides/background */
function validateBackground({ background, store }: Fields): Failure | undefined {
  if (background !== true || store !== false) return undefined;
  return invalid("Background mode requires 'store' to be true.", "store", "unsupported_parameter");
}

function validateLimit(body: Fields): Failure | undefined {
  const limit = body["max_output_tokens"];
  if (isAbsent(limit) || (typeof limit === "number" && limit >= 16)) return undefined;
  const message = `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${String(limit)} instead.`;
  return invalid(message, "max_output_tokens", "integer_below_min_value");
}

function validateFormat(format: unknown): Failure | undefined {
  if (isAbsent(format)) return undefined;
  const { type, name, schema, strict } = fieldsOf(format);
  if (type === "text" || type === "json_object") return undefined;
  if (type !== "json_schema")
    return invalid(
      `Invalid value: '${String(type)}'. Supported values are: 'json_object', 'json_schema', and 'text'.`,
      "text.format.type",
      "invalid_value",
    );
  if (textOf(name) === undefined) return missing("text.format.name");
  if (!isFields(schema)) return missing("text.format.schema");
  return strict === false
    ? undefined
    : validateStrictSchema(schema, `response_format '${String(name)}'`, "text.format.schema");
}

function validateReasoningModel(body: Fields): Failure | undefined {
  const name = ["temperature", "top_p"].find((field) => !isAbsent(body[field]) && body[field] !== 1);
  return name === undefined
    ? undefined
    : invalid(`Unsupported parameter: '${name}' is not supported with this model.`, name);
}

const missing = (param: string): Failure =>
  invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
