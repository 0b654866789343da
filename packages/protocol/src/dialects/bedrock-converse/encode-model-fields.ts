import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, Reasoning, ReasoningEffort, Sampling } from "../../ir/request.ts";
import { arrayOf, compact, objectOf, stringOf } from "../../json/read.ts";
import { claudeSampling, samplingTaken } from "../shared/claude-sampling.ts";
import { type ClaudeThinking, claudeThinking } from "../shared/claude-thinking.ts";
import { effortOf, nearestEffort } from "../shared/reasoning.ts";
import type { EncodeContext } from "./encode-context.ts";
import { lacksThinking } from "./encode-messages.ts";
import type { EncodedTools } from "./encode-tools.ts";
import { STOP_SEQUENCE_PATHS } from "./wire.ts";

/** Parameters that all models share, and those that go past the API to the model. */
export interface ModelFields {
  readonly inferenceConfig?: JsonObject;
  readonly additionalModelRequestFields?: JsonObject;
  readonly additionalModelResponseFieldPaths?: readonly string[];
  /** `outputConfig.effort`. */
  readonly effort?: string;
  /** The tool choice, unless the model's own field says it. */
  readonly toolChoice?: JsonObject;
}

/** What the rest of the request says that matters here. */
export interface Surroundings {
  readonly messages: readonly JsonObject[];
  readonly tools: EncodedTools;
}

export function encodeModelFields(
  request: CanonicalRequest,
  around: Surroundings,
  context: EncodeContext,
): ModelFields {
  const { losses } = context;
  for (const [field, feature] of UNSAYABLE) {
    if (request.sampling[field] !== undefined) losses.drop(feature, `The Converse API has no ${feature}.`);
  }
  if (context.family === "claude") return claudeFields(request, around, context);
  if (request.parallelToolCalls === false)
    losses.drop("parallel-tool-calls", "Parallel calls cannot be forbidden there.");
  const { temperature, topP, topK } = request.sampling;
  const more = { ...topKField(topK, context), ...reasoningFields(request.reasoning ?? {}, context) };
  return compact({
    inferenceConfig: inferenceConfig({ maxTokens: maxTokensOf(request, context), temperature, topP }, request, context),
    additionalModelRequestFields: nonEmpty(more),
    toolChoice: around.tools.toolChoice,
  });
}

const UNSAYABLE = [
  ["presencePenalty", "presence-penalty"],
  ["frequencyPenalty", "frequency-penalty"],
  ["seed", "seed"],
] as const;

/** Without the client's word the model's own limit holds. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html */
function maxTokensOf({ sampling }: CanonicalRequest, { target, losses }: EncodeContext): number | undefined {
  const wanted = sampling.maxOutputTokens;
  const limit = target.facts?.maxOutputTokens;
  if (wanted === undefined || limit === undefined || wanted <= limit) return wanted;
  losses.adapt("max-tokens", `maxTokens ${wanted} was sent as the model's limit, ${limit}.`);
  return limit;
}

interface Shared {
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
}

function inferenceConfig(shared: Shared, { sampling }: CanonicalRequest, { losses }: EncodeContext) {
  const sequences = sampling.stopSequences?.filter((sequence) => sequence.trim() !== "");
  if (sequences?.length !== sampling.stopSequences?.length) {
    losses.drop("stop-sequences", "A stop sequence of white space was left out.");
  }
  return nonEmpty({ ...shared, stopSequences: sequences?.length === 0 ? undefined : sequences });
}

function claudeFields(request: CanonicalRequest, around: Surroundings, context: EncodeContext): ModelFields {
  const { losses, target } = context;
  const maxTokens = maxTokensOf(request, context);
  const { thinking, effort } = thinkingOf(request, { ...around, maxTokens }, context);
  const thinks = thinking !== undefined && thinking["type"] !== "disabled";
  const takes = target.quirks.sampling ?? samplingTaken(target.model);
  const { temperature, topP, topK } = claudeSampling(request.sampling, { thinks, takes }, losses);
  const serial = serialChoice(request, around.tools);
  const more = {
    thinking,
    top_k: topK,
    tool_choice: serial,
    tools: around.tools.claudeTools.length === 0 ? undefined : around.tools.claudeTools,
    anthropic_beta: betasOf(request, around.tools),
    context_management: contextManagement(request),
  };
  return compact({
    inferenceConfig: inferenceConfig({ maxTokens, temperature, topP }, request, context),
    additionalModelRequestFields: nonEmpty(more),
    additionalModelResponseFieldPaths: request.sampling.stopSequences === undefined ? undefined : STOP_SEQUENCE_PATHS,
    effort,
    toolChoice: serial === undefined ? around.tools.toolChoice : undefined,
  });
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html */
function thinkingOf(
  request: CanonicalRequest,
  { messages, tools, maxTokens }: Surroundings & { readonly maxTokens: number | undefined },
  { target, losses }: EncodeContext,
): ClaudeThinking {
  const choice = tools.toolChoice ?? {};
  const around = {
    forced: choice["any"] !== undefined || choice["tool"] !== undefined,
    lacksThinking: lacksThinking(messages),
    maxTokens,
    own: objectOf(request.extensions?.["anthropic-messages"]?.["thinking"]),
  };
  return claudeThinking(request.reasoning ?? {}, around, { quirks: target.quirks, facts: target.facts ?? {}, losses });
}

/** One call at a time is said in Anthropic's words, and then so is the whole choice: the two would contradict each other. */
function serialChoice({ parallelToolCalls }: CanonicalRequest, { tools, toolChoice }: EncodedTools) {
  if (parallelToolCalls !== false || tools.length === 0) return undefined;
  const name = stringOf(objectOf(toolChoice?.["tool"])?.["name"]);
  const type = name !== undefined ? "tool" : toolChoice?.["any"] !== undefined ? "any" : "auto";
  return compact({ type, name, disable_parallel_tool_use: true });
}

/** Betas of Anthropic's own tools and fields. https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html */
const TOOL_BETAS: readonly (readonly [RegExp, string])[] = [
  [/^(computer|bash|text_editor)_20241022$/, "computer-use-2024-10-22"],
  [/^computer_20250124$/, "computer-use-2025-01-24"],
  [/^computer_20251124$/, "computer-use-2025-11-24"],
  [/^memory_/, "context-management-2025-06-27"],
];

function betasOf(request: CanonicalRequest, { claudeTools }: EncodedTools): readonly string[] | undefined {
  const own = request.extensions?.["anthropic-messages"] ?? {};
  const types = claudeTools.map((tool) => stringOf(tool["type"]) ?? "");
  const named = arrayOf(own["anthropic_beta"]).filter((beta) => typeof beta === "string");
  const needed = TOOL_BETAS.filter(([pattern]) => types.some((type) => pattern.test(type))).map(([, beta]) => beta);
  const managed = own["context_management"] === undefined ? [] : ["context-management-2025-06-27"];
  const betas = [...new Set([...named, ...needed, ...managed])];
  return betas.length === 0 ? undefined : betas;
}

function contextManagement(request: CanonicalRequest): JsonObject | undefined {
  return objectOf(request.extensions?.["anthropic-messages"]?.["context_management"]);
}

/** Fields of the Messages API that Claude is told of here, and that are therefore not lost. */
export const CLAUDE_FIELDS: ReadonlySet<string> = new Set(["thinking", "anthropic_beta", "context_management"]);

function topKField(topK: Sampling["topK"], { family, losses }: EncodeContext): JsonObject {
  if (topK === undefined) return {};
  // https://docs.aws.amazon.com/nova/latest/userguide/using-converse-api.html
  if (family === "nova") return { inferenceConfig: { topK } };
  if (family === "mistral") return { top_k: topK };
  losses.drop("top-k", "The Converse API has no top_k for this model.");
  return {};
}

const THREE_EFFORTS = ["low", "medium", "high"] as const satisfies readonly ReasoningEffort[];

function reasoningFields(reasoning: Reasoning, context: EncodeContext): JsonObject {
  const { family, losses, target } = context;
  const { mode } = reasoning;
  const wanted = effortOf(reasoning);
  if (Object.keys(reasoning).length === 0) return {};
  if (target.facts?.reasoning === "none") {
    if (mode !== "off") losses.drop("reasoning", "The model cannot think.");
    return {};
  }
  if (reasoning.summary !== undefined && reasoning.summary !== "none") {
    losses.drop("reasoning-summary", "The model shows of its thinking what it shows.");
  }
  if (family === "nova" && /nova-([2-9]|\d\d)/.test(target.model)) {
    // https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html
    if (mode === "off") return { reasoningConfig: { type: "disabled" } };
    return { reasoningConfig: { type: "enabled", maxReasoningEffort: nearest(wanted ?? "medium", context) } };
  }
  if (family === "gpt-oss" && wanted !== undefined) return { reasoning_effort: nearest(wanted, context) };
  if (mode !== undefined || wanted !== undefined)
    losses.drop("reasoning", "The model cannot be told how to think there.");
  return {};
}

function nearest(wanted: ReasoningEffort, { losses }: EncodeContext): string {
  const effort = nearestEffort(wanted, THREE_EFFORTS);
  if (effort !== wanted) losses.adapt("reasoning-effort", `Effort '${wanted}' was sent as '${effort}'.`);
  return effort;
}

function nonEmpty(fields: JsonObject): JsonObject | undefined {
  const kept = compact(fields);
  return Object.keys(kept).length === 0 ? undefined : kept;
}
