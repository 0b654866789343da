import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { CanonicalRequest, OutputFormat, Sampling } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import {
  compact,
  objectOf,
  otherFields,
  readArray,
  readBoolean,
  readNumber,
  readObject,
  readString,
  stringOf,
} from "../../json/read.ts";
import type { DecodeContext } from "../dialect.ts";
import { decodeMessages } from "./decode-messages.ts";
import { decodeModalities, MODALITY_FIELDS } from "./decode-modalities.ts";
import { decodeReasoning, REASONING_FIELDS } from "./decode-reasoning.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { SEARCH_OPTIONS } from "./web-search.ts";
import { DIALECT, withoutNulls } from "./wire.ts";

/** The fields that the IR has words for; all others are this dialect's extension. */
const KNOWN = new Set<string>([
  "model",
  "messages",
  "stream",
  "stream_options",
  "tools",
  "tool_choice",
  "functions",
  "function_call",
  "parallel_tool_calls",
  SEARCH_OPTIONS,
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "random_seed",
  "response_format",
  "verbosity",
  "user",
  "safety_identifier",
  "prompt_cache_key",
  "service_tier",
  "metadata",
  ...REASONING_FIELDS,
  ...MODALITY_FIELDS,
]);

export function decodeRequest(wire: JsonObject, context: DecodeContext): CanonicalRequest {
  const body = withoutNulls(wire);
  const model = readString(body["model"], "model") ?? context.model;
  if (model === undefined) throw invalidRequest("'model' is required.", "model");
  const { reasoning, rest } = decodeReasoning(body);
  const modalities = decodeModalities(body);
  const output = decodeOutput(body["response_format"]);
  const verbosity = decodeVerbosity(body["verbosity"]);
  const { include_usage, ...streamOptions } = readObject(body["stream_options"], "stream_options") ?? {};
  const safetyId = readString(body["safety_identifier"], "safety_identifier");
  const user = readString(body["user"], "user");
  const extension = compact({
    ...otherFields(body, KNOWN),
    ...rest,
    ...modalities.rest,
    stream_options: Object.keys(streamOptions).length === 0 ? undefined : streamOptions,
    response_format: output === undefined ? body["response_format"] : undefined,
    verbosity: verbosity === undefined ? body["verbosity"] : undefined,
    seed: isLongInteger(body["seed"]) ? body["seed"] : undefined,
    user: safetyId !== undefined && user !== safetyId ? user : undefined,
  });
  return compact({
    model,
    stream: readBoolean(body["stream"], "stream") ?? context.stream ?? false,
    ...decodeMessages(body["messages"]),
    tools: decodeTools(body),
    toolChoice: decodeToolChoice(body),
    parallelToolCalls: readBoolean(body["parallel_tool_calls"], "parallel_tool_calls"),
    sampling: decodeSampling(body),
    reasoning,
    output,
    ...modalities.known,
    verbosity,
    endUser: safetyId ?? user,
    cacheKey: readString(body["prompt_cache_key"], "prompt_cache_key"),
    serviceTier: readString(body["service_tier"], "service_tier"),
    metadata: readObject(body["metadata"], "metadata"),
    streamUsage: readBoolean(include_usage, "stream_options.include_usage"),
    extensions: Object.keys(extension).length === 0 ? undefined : { [DIALECT]: extension },
  });
}

function decodeSampling(body: JsonObject): Sampling {
  return compact({
    maxOutputTokens:
      readNumber(body["max_completion_tokens"], "max_completion_tokens") ??
      readNumber(body["max_tokens"], "max_tokens"),
    temperature: readNumber(body["temperature"], "temperature"),
    topP: readNumber(body["top_p"], "top_p"),
    topK: readNumber(body["top_k"], "top_k"),
    stopSequences: decodeStop(body["stop"]),
    presencePenalty: readNumber(body["presence_penalty"], "presence_penalty"),
    frequencyPenalty: readNumber(body["frequency_penalty"], "frequency_penalty"),
    seed: isLongInteger(body["seed"])
      ? undefined
      : (readNumber(body["seed"], "seed") ?? readNumber(body["random_seed"], "random_seed")),
  });
}

/** A seed beyond 2^53, which is a 64-bit integer on the wire, stays the raw JSON that it is. */
function isLongInteger(value: JsonValue | undefined): boolean {
  return isObject(value) && typeof value["rawJSON"] === "string";
}

function decodeStop(stop: JsonValue | undefined): readonly string[] | undefined {
  if (typeof stop === "string") return [stop];
  return readArray(stop, "stop")?.map((sequence, index) => readString(sequence, `stop[${index}]`) ?? "");
}

function decodeVerbosity(value: JsonValue | undefined): CanonicalRequest["verbosity"] {
  return value === "low" || value === "medium" || value === "high" ? value : undefined;
}

/** A format that the IR cannot say, such as a grammar of vLLM's, is undefined and stays an extension. */
function decodeOutput(value: JsonValue | undefined): OutputFormat | undefined {
  const format = readObject(value, "response_format") ?? {};
  if (format["type"] === "text") return { type: "text" };
  if (format["type"] === "json_object") return { type: "json" };
  const wrapper = objectOf(format["json_schema"]);
  const schema = objectOf(wrapper?.["schema"]);
  if (format["type"] !== "json_schema" || wrapper === undefined || schema === undefined) return undefined;
  return compact({
    type: "json-schema",
    schema,
    name: stringOf(wrapper["name"]),
    description: stringOf(wrapper["description"]),
    strict: readBoolean(wrapper["strict"], "response_format.json_schema.strict"),
  });
}
