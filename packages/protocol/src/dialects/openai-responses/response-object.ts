import type { CanonicalResponse, ResponseStart } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { compact, objectOf } from "../../json/read.ts";
import type { AnswerContext } from "../dialect.ts";
import { openaiTier } from "../shared/service-tier.ts";
import { shownModel } from "../shared/shown-model.ts";
import { splitInstructions } from "./encode-messages.ts";
import { encodeFormat } from "./encode-request.ts";
import { encodeToolChoice, encodeTools } from "./encode-tools.ts";
import { withLogprobs } from "./response-fields.ts";
import { encodeUsage } from "./usage.ts";
import { DIALECT } from "./wire.ts";

/** What is known of the answer at some moment of it. */
export interface AnswerState {
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
  readonly output: readonly JsonObject[];
  readonly error?: JsonObject;
  readonly incompleteReason?: string;
  readonly end?: Pick<CanonicalResponse, "usage" | "serviceTier" | "extensions">;
}

/**
 * The response object, with the request repeated in it as OpenAI does.
 * https://platform.openai.com/docs/api-reference/responses/object
 */
export function responseObject(
  context: AnswerContext,
): (head: Omit<ResponseStart, "type">, state: AnswerState) => JsonObject {
  const echo = echoOf(context.request);
  return (head, { status, output, error, incompleteReason, end }) => {
    const { logprobs, ...own } = objectOf(end?.extensions?.[DIALECT]) ?? {};
    return {
      id: OWN_ID.test(head.id ?? "") ? head.id : `resp_${context.uniqueId}`,
      object: "response",
      created_at: head.createdAt ?? context.now,
      status,
      error: error ?? null,
      incomplete_details: incompleteReason === undefined ? null : { reason: incompleteReason },
      model: shownModel(context, head.model),
      ...echo,
      ...compact({ service_tier: openaiTier(end?.serviceTier, context.losses) }),
      ...own,
      output: withLogprobs(output, logprobs),
      usage: encodeUsage(end?.usage),
    };
  };
}

/** What OpenAI repeats when the request did not say otherwise. */
const DEFAULTS: JsonObject = {
  background: false,
  frequency_penalty: 0,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  presence_penalty: 0,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: "auto",
  store: false,
  temperature: 1,
  text: { format: { type: "text" }, verbosity: "medium" },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: "disabled",
  user: null,
};

const ASKED = ["background", "max_tool_calls", "previous_response_id", "store", "top_logprobs", "truncation"] as const;

function echoOf(request: CanonicalRequest): JsonObject {
  const fields = request.extensions?.[DIALECT] ?? {};
  const tools = { request, quirks: {}, losses: lossRecorder() };
  return {
    ...DEFAULTS,
    ...compact(Object.fromEntries(ASKED.map((field) => [field, fields[field]]))),
    ...compact({
      instructions: splitInstructions(request.instructions).instructions,
      max_output_tokens: request.sampling.maxOutputTokens,
      metadata: request.metadata,
      parallel_tool_calls: request.parallelToolCalls,
      prompt_cache_key: request.cacheKey,
      reasoning: echoOfReasoning(request),
      safety_identifier: request.endUser,
      service_tier: request.serviceTier,
      temperature: request.sampling.temperature,
      text: echoOfText(request),
      tool_choice: encodeToolChoice(tools),
      tools: encodeTools(tools),
      top_p: request.sampling.topP,
    }),
  };
}

function echoOfText({ output, verbosity }: CanonicalRequest): JsonObject {
  return { format: encodeFormat(output ?? { type: "text" }), verbosity: verbosity ?? "medium" };
}

/** `resp_…`, and the bare UUIDs of xAI: a client may name them in `previous_response_id`. */
const OWN_ID = /^(resp|[0-9a-f]{8}-[0-9a-f]{4}-)/;

function echoOfReasoning({ reasoning }: CanonicalRequest): Record<string, JsonValue> {
  const summary = reasoning?.summary === "none" ? undefined : reasoning?.summary;
  return { effort: reasoning?.mode === "off" ? "none" : (reasoning?.effort ?? null), summary: summary ?? null };
}
