import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, Reasoning } from "../../ir/request.ts";
import { arrayOf, compact, objectOf, objectsOf } from "../../json/read.ts";
import { budgetOf, budgetOfEffort, effortOf, nearestEffort } from "../shared/reasoning.ts";
import type { EncodeContext } from "./encode-context.ts";
import { DIALECT, WIRE_EFFORTS } from "./wire.ts";

/** The API's floor. https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
const MIN_BUDGET = 1024;
/** Room for the answer itself beside the thinking. */
const ANSWER_TOKENS = 4096;

export interface EncodedReasoning {
  readonly thinking?: JsonObject;
  readonly effort?: string;
}

type Mode = "off" | "adaptive" | "enabled";

/** `forced`: a tool must be called. `messages`: the wire messages, to see whether the open turn kept its thinking. */
export interface ReasoningSurroundings {
  readonly forced: boolean;
  readonly messages: readonly JsonObject[];
  readonly maxTokens: number | undefined;
}

export function encodeReasoning(
  request: CanonicalRequest,
  around: ReasoningSurroundings,
  context: EncodeContext,
): EncodedReasoning {
  const reasoning = request.reasoning ?? {};
  if (context.facts.reasoning === "none") {
    if (reasoning.mode !== "off" && Object.keys(reasoning).length > 0) {
      context.losses.drop("reasoning", "The model cannot think.");
    }
    return {};
  }
  const wanted = modeOf(reasoning, context);
  const own = objectOf(request.extensions?.[DIALECT]?.["thinking"]);
  const mode = wanted === undefined ? undefined : permitted(wanted, around, context);
  const effort = wireEffort(reasoning, mode, context);
  if (mode === undefined) reportUnsaidSummary(reasoning, context);
  if (mode === undefined) return compact({ thinking: own?.["type"] === undefined ? undefined : own, effort });
  if (mode === "off") return compact({ thinking: { type: "disabled" }, effort });
  const thinking: JsonObject = compact({
    type: mode,
    budget_tokens: mode === "enabled" ? wireBudget(reasoning, around.maxTokens, context) : undefined,
    display: displayOf(reasoning, context),
    ...own,
  });
  return compact({ thinking, effort });
}

/** How thinking is asked for: as the client said it where the model knows that way, otherwise in the nearest one. */
function modeOf(reasoning: Reasoning, context: EncodeContext): Mode | undefined {
  if (reasoning.mode === "off") return "off";
  const budgetOnly = context.facts.reasoning === "budget" || context.quirks.adaptiveThinking === "enabled";
  if (reasoning.mode === "adaptive") {
    if (budgetOnly) context.losses.adapt("adaptive-thinking", "Adaptive thinking was sent as thinking with a budget.");
    return budgetOnly ? "enabled" : "adaptive";
  }
  if (reasoning.budgetTokens !== undefined) {
    if (budgetOnly || context.facts.reasoning !== "adaptive") return "enabled";
    context.losses.adapt("thinking-budget", "The thinking budget was sent as adaptive thinking with an effort.");
    return "adaptive";
  }
  if (reasoning.mode === "on") return budgetOnly ? "enabled" : "adaptive";
  return impliedMode(reasoning, budgetOnly, context);
}

/** The client said how much to think, or what to show of it, but not whether. */
function impliedMode({ effort, summary }: Reasoning, budgetOnly: boolean, context: EncodeContext): Mode | undefined {
  if (effort === undefined && summary === undefined) return undefined;
  if (context.facts.reasoning === "adaptive" && !budgetOnly) {
    context.losses.adapt("adaptive-thinking", "Adaptive thinking was switched on, since there was an effort to think.");
    return "adaptive";
  }
  const unsaid = context.quirks.effort === "drop" || context.facts.reasoning === "budget";
  return effort !== undefined && unsaid ? "enabled" : undefined;
}

/** Thinking where the API allows it; where it does not, this request goes without. */
function permitted(mode: Mode, around: ReasoningSurroundings, { losses, quirks }: EncodeContext): Mode {
  if (mode === "off") return mode;
  if (around.forced) {
    losses.adapt("thinking", "Thinking is off, since it does not go with a forced tool choice.");
    return "off";
  }
  if (mode === "adaptive") return mode;
  if (quirks.thinkingSignatures !== "none" && lacksThinking(around.messages)) {
    losses.adapt("thinking", "Thinking is off, since the turn that is open has no signed thinking to continue.");
    return "off";
  }
  if (around.maxTokens !== undefined && around.maxTokens <= MIN_BUDGET) {
    losses.adapt("thinking", `Thinking is off, since it needs more than ${MIN_BUDGET} output tokens.`);
    return "off";
  }
  return mode;
}

/** Whether the turn that the tool results at the end belong to has calls but no thinking. */
function lacksThinking(messages: readonly JsonObject[]): boolean {
  const start = messages.findLastIndex((message) => message["role"] === "user" && !isToolAnswer(message));
  const open = messages.slice(start + 1).filter((message) => message["role"] === "assistant");
  const types = open.flatMap((message) => objectsOf(message["content"])).map((block) => block["type"]);
  return types.includes("tool_use") && !types.includes("thinking") && !types.includes("redacted_thinking");
}

function isToolAnswer(message: JsonObject): boolean {
  return objectOf(arrayOf(message["content"])[0])?.["type"] === "tool_result";
}

function wireBudget(reasoning: Reasoning, maxTokens: number | undefined, { losses }: EncodeContext): number {
  const wanted = budgetOf(reasoning) ?? budgetOfEffort("medium");
  const roof =
    maxTokens === undefined ? wanted : Math.max(MIN_BUDGET, maxTokens - Math.min(ANSWER_TOKENS, maxTokens / 2));
  const budget = Math.floor(Math.max(MIN_BUDGET, maxTokens !== undefined && wanted >= maxTokens ? roof : wanted));
  if (budget !== wanted) losses.adapt("thinking-budget", `A thinking budget of ${wanted} was sent as ${budget}.`);
  return budget;
}

/** https://platform.claude.com/docs/en/build-with-claude/effort */
function wireEffort(reasoning: Reasoning, mode: Mode | undefined, context: EncodeContext): string | undefined {
  const budgetLost = mode === "adaptive" && reasoning.mode !== "adaptive";
  const wanted = budgetLost ? effortOf(reasoning) : reasoning.effort;
  if (wanted === undefined) return undefined;
  if (context.quirks.effort === "drop" || context.facts.reasoning === "budget") {
    if (mode !== "enabled") context.losses.drop("reasoning-effort", "This endpoint takes no effort.");
    else context.losses.adapt("reasoning-effort", "The effort was sent as a thinking budget.");
    return undefined;
  }
  const effort = nearestEffort(wanted, WIRE_EFFORTS);
  if (effort !== wanted) context.losses.adapt("reasoning-effort", `Effort '${wanted}' was sent as '${effort}'.`);
  return effort;
}

/** What to show of thinking is said within `thinking`, so it cannot be said without asking to think. */
function reportUnsaidSummary({ summary }: Reasoning, { losses }: EncodeContext): void {
  if (summary === undefined || summary === "none") return;
  losses.adapt("reasoning-summary", "A summary was asked for, but no thinking; the model's default stands.");
}

function displayOf({ summary }: Reasoning, { losses }: EncodeContext): string | undefined {
  if (summary === undefined) return undefined;
  if (summary === "none") return "omitted";
  if (summary !== "auto") losses.adapt("reasoning-summary", `A ${summary} summary was asked for as 'summarized'.`);
  return "summarized";
}

/** What `max_tokens` must at least be where the client said nothing, so that the budget leaves room for an answer. */
export function tokensForThinking({ mode, effort, budgetTokens }: Reasoning): number {
  if (mode === "off" || (mode === undefined && effort === undefined && budgetTokens === undefined)) return 0;
  return (budgetTokens ?? budgetOfEffort(effort ?? "medium")) + ANSWER_TOKENS;
}
