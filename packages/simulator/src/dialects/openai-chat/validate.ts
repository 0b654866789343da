import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";
import { validateSearchOptions } from "./search.ts";
import { validateMessages } from "./validate-messages.ts";
import { validateModalities } from "./validate-modalities.ts";
import { validateStrictSchema, validateTools } from "./validate-tools.ts";

const PARAMETERS = new Set(
  "audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages metadata modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options".split(
    " ",
  ),
);

export const OFFICIAL_PATH = "/v1/chat/completions";
const REASONING_MODEL = /^(o\d|gpt-5)/;

/**
 * At OpenAI's own path the rules are OpenAI's. Behind a path prefix sits "an OpenAI-compatible server", which takes
 * parameters that OpenAI does not know.
 */
export function validate(exchange: Exchange): Failure | undefined {
  const { body, path } = exchange;
  const official = path === OFFICIAL_PATH;
  return (
    validateModel(body) ??
    (official ? validateParameters(body) : undefined) ??
    validateMessages(body["messages"], { strictFields: official && /^(gpt-|o\d)/.test(exchange.baseModel) }) ??
    validateTools(body, official) ??
    validateSearchOptions(exchange, official) ??
    validateStream(body) ??
    validateModalities(body, official) ??
    validateResponseFormat(body) ??
    (REASONING_MODEL.test(exchange.baseModel) ? validateReasoningModel(body) : undefined) ??
    validateRanges(body)
  );
}

function validateModel(body: Fields): Failure | undefined {
  if (isAbsent(body["model"])) return invalid("you must provide a model parameter");
  return typeof body["model"] === "string" ? undefined : invalidType("model", "a string", body["model"]);
}

function validateParameters(body: Fields): Failure | undefined {
  const unknown = Object.keys(body).find((name) => !PARAMETERS.has(name));
  return unknown === undefined ? undefined : invalid(`Unrecognized request argument supplied: ${unknown}`);
}

function validateStream(body: Fields): Failure | undefined {
  if (!isAbsent(body["stream"]) && typeof body["stream"] !== "boolean")
    return invalidType("stream", "a boolean", body["stream"]);
  if (isAbsent(body["stream_options"]) || body["stream"] === true) return undefined;
  return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
}

/** https://platform.openai.com/docs/guides/structured-outputs#supported-schemas */
function validateResponseFormat(body: Fields): Failure | undefined {
  const format = body["response_format"];
  if (isAbsent(format)) return undefined;
  const { type, json_schema } = fieldsOf(format);
  if (type === "json_object") return validateJsonWord(body);
  if (type === "text") return undefined;
  if (type !== "json_schema")
    return invalid(
      `Invalid value: '${String(type)}'. Supported values are: 'json_object', 'json_schema', and 'text'.`,
      "response_format.type",
      "invalid_value",
    );
  const { name, schema, strict } = fieldsOf(json_schema);
  if (textOf(name) === undefined) return missing("response_format.json_schema.name");
  if (strict === true && !isFields(schema)) return missing("response_format.json_schema.schema");
  return strict === true
    ? validateStrictSchema(schema, `response_format '${String(name)}'`, "response_format")
    : undefined;
}

function validateJsonWord(body: Fields): Failure | undefined {
  if (/json/i.test(JSON.stringify(body["messages"]))) return undefined;
  const message =
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
  return invalid(message, "messages");
}

function validateReasoningModel(body: Fields): Failure | undefined {
  if (!isAbsent(body["max_tokens"])) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    return invalid(message, "max_tokens", "unsupported_parameter");
  }
  const temperature = body["temperature"];
  if (isAbsent(temperature) || temperature === 1) return undefined;
  const message = `Unsupported value: 'temperature' does not support ${String(temperature)} with this model. Only the default (1) value is supported.`;
  return invalid(message, "temperature", "unsupported_value");
}

function validateRanges(body: Fields): Failure | undefined {
  if (!isAbsent(body["max_tokens"]) && !isAbsent(body["max_completion_tokens"])) {
    const message =
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported. Use 'max_completion_tokens'.";
    return invalid(message, "max_tokens", "invalid_parameter_combination");
  }
  const temperature = body["temperature"];
  if (typeof temperature === "number" && (temperature < 0 || temperature > 2)) {
    const bound = temperature < 0 ? ["below minimum", ">= 0"] : ["above maximum", "<= 2"];
    const message = `Invalid 'temperature': decimal ${bound[0]} value. Expected a value ${bound[1]}, but got ${temperature} instead.`;
    return invalid(message, "temperature", temperature < 0 ? "decimal_below_min_value" : "decimal_above_max_value");
  }
  if (listOf(body["stop"]).length <= 4) return undefined;
  const message = `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${listOf(body["stop"]).length} instead.`;
  return invalid(message, "stop", "array_above_max_length");
}

const missing = (param: string): Failure =>
  invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");

function invalidType(param: string, expected: string, value: unknown): Failure {
  const message = `Invalid type for '${param}': expected ${expected}, but got ${JSON.stringify(value)} instead.`;
  return invalid(message, param, "invalid_type");
}
