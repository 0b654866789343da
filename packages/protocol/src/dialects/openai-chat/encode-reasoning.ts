import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Reasoning, ReasoningEffort } from "../../ir/request.ts";
import { compact, objectOf } from "../../json/read.ts";
import { budgetOf, effortOf, nearestEffort } from "../shared/reasoning.ts";
import type { Encoding } from "./encoding.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

type ReasoningEncoder = (reasoning: Reasoning, encoding: Encoding) => JsonObject;

/** One small encoder per way of asking. */
const ENCODERS: Readonly<Record<NonNullable<OpenAiChatQuirks["reasoningRequest"]>, ReasoningEncoder>> = {
  reasoning_effort: (reasoning, encoding) => effortField(reasoning, encoding),
  reasoning: openRouterFields,
  thinking: thinkingFields,
  enable_thinking: enableThinkingFields,
  chat_template_kwargs: templateFields,
  none(reasoning, { losses }) {
    if (reasoning.mode !== "off") losses.drop("reasoning", "Thinking cannot be asked for at this endpoint.");
    return {};
  },
};

export function encodeReasoning(encoding: Encoding, thinks: boolean): JsonObject {
  const { request, quirks, losses } = encoding;
  const { reasoning } = request;
  if (reasoning === undefined) return {};
  if (!thinks) {
    if (reasoning.mode !== "off") losses.drop("reasoning", "The model does not think.");
    return {};
  }
  const way = quirks.reasoningRequest ?? "reasoning_effort";
  if (reasoning.summary !== undefined && way !== "reasoning") {
    losses.adapt("reasoning-summary", "What is shown of the thinking is up to the endpoint.");
  }
  return ENCODERS[way](reasoning, encoding);
}

function effortField(reasoning: Reasoning, encoding: Encoding): JsonObject {
  const effort = effortWord(reasoning, encoding);
  return effort === undefined ? {} : { reasoning_effort: effort };
}

/** `adaptive` without effort is what an endpoint does that is told nothing. */
function effortWord(reasoning: Reasoning, encoding: Encoding): ReasoningEffort | "none" | undefined {
  const { quirks, losses } = encoding;
  const allowed = quirks.efforts ?? ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
  const levels = allowed.filter((effort) => effort !== "none");
  if (reasoning.mode === "off") {
    if (allowed.includes("none")) return "none";
    losses.adapt("reasoning-off", "Thinking cannot be switched off; the least effort was asked for.");
    return levels.length === 0 ? undefined : nearestEffort("minimal", levels);
  }
  const wanted = effortOf(reasoning) ?? (reasoning.mode === "on" ? "medium" : undefined);
  if (wanted === undefined || levels.length === 0) return undefined;
  if (reasoning.effort === undefined)
    losses.adapt("reasoning-budget", `A budget of thinking was sent as effort '${wanted}'.`);
  const nearest = nearestEffort(wanted, levels);
  if (nearest !== wanted) losses.adapt("reasoning-effort", `Effort '${wanted}' was sent as '${nearest}'.`);
  return nearest;
}

/** Effort and budget exclude one another there; the effort is the more portable wish. */
function openRouterFields(reasoning: Reasoning, encoding: Encoding): JsonObject {
  const { mode, summary, budgetTokens, effort } = reasoning;
  if (effort !== undefined && budgetTokens !== undefined) {
    encoding.losses.adapt("reasoning-budget", "Of effort and budget only the effort was sent.");
  }
  const shown = { exclude: summary === "none" ? true : undefined, summary: summary === "none" ? undefined : summary };
  if (mode === "off") return { reasoning: compact({ enabled: false, ...shown }) };
  const amount = effort === undefined ? { max_tokens: budgetTokens } : { effort: effortWord({ effort }, encoding) };
  const enabled = mode === undefined ? undefined : true;
  return { reasoning: compact({ enabled, ...amount, ...shown }) };
}

function thinkingFields(reasoning: Reasoning, encoding: Encoding): JsonObject {
  const { mode } = reasoning;
  if (mode === "off") return { thinking: { type: "disabled" } };
  const asked = mode === "on" || effortOf(reasoning) !== undefined;
  const effort = encoding.quirks.efforts === undefined ? {} : effortField(reasoning, encoding);
  if (encoding.quirks.efforts === undefined && effortOf(reasoning) !== undefined) {
    encoding.losses.adapt("reasoning-effort", "How much to think cannot be said; thinking was switched on.");
  }
  return { ...(asked ? { thinking: { type: "enabled" } } : {}), ...effort };
}

function enableThinkingFields(reasoning: Reasoning, { losses }: Encoding): JsonObject {
  if (reasoning.mode === "off") return { enable_thinking: false };
  const budget = budgetOf(reasoning);
  if (reasoning.budgetTokens === undefined && budget !== undefined) {
    losses.adapt("reasoning-effort", `Effort was sent as a budget of ${budget} tokens.`);
  }
  return compact({ enable_thinking: true, thinking_budget: budget });
}

/** Qwen's templates read `enable_thinking`, DeepSeek's and Granite's `thinking`; templates ignore what they do not read. */
function templateFields(reasoning: Reasoning, { request, losses }: Encoding): JsonObject {
  if (effortOf(reasoning) !== undefined && reasoning.mode !== "off") {
    losses.adapt("reasoning-effort", "How much to think cannot be said; thinking was switched on.");
  }
  const on = reasoning.mode !== "off";
  const own: JsonValue | undefined = request.extensions?.["openai-chat"]?.["chat_template_kwargs"];
  return { chat_template_kwargs: { enable_thinking: on, thinking: on, ...objectOf(own) } };
}
