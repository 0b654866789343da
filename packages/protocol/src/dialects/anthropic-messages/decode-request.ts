import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, Sampling } from "../../ir/request.ts";
import { compact, readArray, readBoolean, readNumber, readObject, readString, stringOf } from "../../json/read.ts";
import type { DecodeContext } from "../dialect.ts";
import { decodeMessages, decodeSystem } from "./decode-messages.ts";
import { decodeOutput } from "./decode-reasoning.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { DIALECT, unknownFields } from "./wire.ts";

/** Top-level fields that are read here; all others go through `extensions`. */
const KNOWN: ReadonlySet<string> = new Set([
  "model",
  "max_tokens",
  "messages",
  "system",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "output_format",
  "metadata",
  "service_tier",
]);

/**
 * https://platform.claude.com/docs/en/api/messages, stable and beta, both API versions. Normalised: a string and a lone
 * plain text block are the same, consecutive messages of one role are one message, `tool_result` blocks come first,
 * `type: custom` and fields with `null` are left out.
 */
export function decodeRequest(body: JsonObject, context: DecodeContext): CanonicalRequest {
  const model = readString(body["model"], "model") ?? context.model;
  if (model === undefined) throw invalidRequest("'model' is required.", "model");
  const { leading, messages } = decodeMessages(body["messages"]);
  const tools = decodeTools(body["tools"]);
  const { reasoning, output, rest } = decodeOutput(body);
  const metadata = readObject(body["metadata"], "metadata") ?? {};
  const tier = serviceTier(body);
  const extension = compact({
    ...unknownFields(body, KNOWN),
    ...rest,
    metadata: unknownFields(metadata, new Set(["user_id"])),
    service_tier: tier === undefined ? (stringOf(body["service_tier"]) ?? undefined) : undefined,
  });
  return compact({
    model,
    stream: readBoolean(body["stream"], "stream") ?? context.stream ?? false,
    instructions: [...decodeSystem(body["system"]), ...leading],
    messages,
    tools,
    ...decodeToolChoice(body["tool_choice"], tools),
    sampling: decodeSampling(body),
    reasoning,
    output,
    endUser: readString(metadata["user_id"], "metadata.user_id"),
    serviceTier: tier,
    extensions: Object.keys(extension).length === 0 ? undefined : { [DIALECT]: extension },
  });
}

function decodeSampling(body: JsonObject): Sampling {
  return compact({
    maxOutputTokens: readNumber(body["max_tokens"], "max_tokens"),
    temperature: readNumber(body["temperature"], "temperature"),
    topP: readNumber(body["top_p"], "top_p"),
    topK: readNumber(body["top_k"], "top_k"),
    stopSequences: readArray(body["stop_sequences"], "stop_sequences")?.map((value, index) => {
      const path = `stop_sequences[${index}]`;
      const text = readString(value, path);
      if (text === undefined) throw invalidRequest(`'${path}' must be a string.`, path);
      return text;
    }),
  });
}

/** https://platform.claude.com/docs/en/api/service-tiers */
function serviceTier(body: JsonObject): "auto" | "standard_only" | undefined {
  const tier = readString(body["service_tier"], "service_tier");
  return tier === "auto" || tier === "standard_only" ? tier : undefined;
}
