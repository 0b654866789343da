import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Reasoning, ReasoningEffort } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import type { ModelFacts } from "../dialect.ts";
import { budgetOf, budgetOfEffort, effortOf, nearestEffort } from "./reasoning.ts";

/** Efforts that Claude takes. https://platform.claude.com/docs/en/build-with-claude/effort */
export const CLAUDE_EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const satisfies readonly ReasoningEffort[];

/** The API's floor. https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
const MIN_BUDGET = 1024;
/** Room for the answer itself beside the thinking. */
const ANSWER_TOKENS = 4096;

export interface ClaudeThinking {
  readonly thinking?: JsonObject;
  readonly effort?: string;
}

type Mode = "off" | "adaptive" | "enabled";

/**
 * `forced`: a tool must be called. `lacksThinking`: the turn that is open has calls but none of the signed thinking that would
 * have to be continued. `own`: what the client said in `thinking` that the IR has no word for.
 */
export interface ThinkingSurroundings {
  readonly forced: boolean;
  readonly lacksThinking: boolean;
  readonly maxTokens: number | undefined;
  readonly own: JsonObject | undefined;
}

/** What of thinking the endpoint takes, what is known of the model, and who is told of losses. */
export interface ThinkingContext {
  readonly quirks: { readonly adaptiveThinking?: "keep" | "enabled"; readonly effort?: "keep" | "drop" };
  readonly facts: ModelFacts;
  readonly losses: LossRecorder;
}

/** `thinking` and the effort, as every API says them that hosts Claude. */
export function claudeThinking(
  reasoning: Reasoning,
  around: ThinkingSurroundings,
  context: ThinkingContext,
): ClaudeThinking {
  if (context.facts.reasoning === "none") {
    if (reasoning.mode !== "off" && Object.keys(reasoning).length > 0) {
      context.losses.drop("reasoning", "The model cannot think.");
    }
    return {};
  }
  const { own } = around;
  const wanted = modeOf(reasoning, context);
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
function modeOf(reasoning: Reasoning, context: ThinkingContext): Mode | undefined {
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
function impliedMode({ effort, summary }: Reasoning, budgetOnly: boolean, context: ThinkingContext): Mode | undefined {
  if (effort === undefined && summary === undefined) return undefined;
  if (context.facts.reasoning === "adaptive" && !budgetOnly) {
    context.losses.adapt("adaptive-thinking", "Adaptive thinking was switched on, since there was an effort to think.");
    return "adaptive";
  }
  const unsaid = context.quirks.effort === "drop" || context.facts.reasoning === "budget";
  return effort !== undefined && unsaid ? "enabled" : undefined;
}

/** Thinking where the API allows it; where it does not, this request goes without. */
function permitted(mode: Mode, around: ThinkingSurroundings, { losses }: ThinkingContext): Mode {
  if (mode === "off") return mode;
  if (around.forced) {
    losses.adapt("thinking", "Thinking is off, since it does not go with a forced tool choice.");
    return "off";
  }
  if (mode === "adaptive") return mode;
  if (around.lacksThinking) {
    losses.adapt("thinking", "Thinking is off, since the turn that is open has no signed thinking to continue.");
    return "off";
  }
  if (around.maxTokens !== undefined && around.maxTokens <= MIN_BUDGET) {
    losses.adapt("thinking", `Thinking is off, since it needs more than ${MIN_BUDGET} output tokens.`);
    return "off";
  }
  return mode;
}

function wireBudget(reasoning: Reasoning, maxTokens: number | undefined, { losses }: ThinkingContext): number {
  const wanted = budgetOf(reasoning) ?? budgetOfEffort("medium");
  const roof =
    maxTokens === undefined ? wanted : Math.max(MIN_BUDGET, maxTokens - Math.min(ANSWER_TOKENS, maxTokens / 2));
  const budget = Math.floor(Math.max(MIN_BUDGET, maxTokens !== undefined && wanted >= maxTokens ? roof : wanted));
  if (budget !== wanted) losses.adapt("thinking-budget", `A thinking budget of ${wanted} was sent as ${budget}.`);
  return budget;
}

/** https://platform.claude.com/docs/en/build-with-claude/effort */
function wireEffort(reasoning: Reasoning, mode: Mode | undefined, context: ThinkingContext): string | undefined {
  const budgetLost = mode === "adaptive" && reasoning.mode !== "adaptive";
  const wanted = budgetLost ? effortOf(reasoning) : reasoning.effort;
  if (wanted === undefined) return undefined;
  if (context.quirks.effort === "drop" || context.facts.reasoning === "budget") {
    if (mode !== "enabled") context.losses.drop("reasoning-effort", "This endpoint takes no effort.");
    else context.losses.adapt("reasoning-effort", "The effort was sent as a thinking budget.");
    return undefined;
  }
  const effort = nearestEffort(wanted, CLAUDE_EFFORTS);
  if (effort !== wanted) context.losses.adapt("reasoning-effort", `Effort '${wanted}' was sent as '${effort}'.`);
  return effort;
}

/** What to show of thinking is said within `thinking`, so it cannot be said without asking to think. */
function reportUnsaidSummary({ summary }: Reasoning, { losses }: ThinkingContext): void {
  if (summary === undefined || summary === "none") return;
  losses.adapt("reasoning-summary", "A summary was asked for, but no thinking; the model's default stands.");
}

function displayOf({ summary }: Reasoning, { losses }: ThinkingContext): string | undefined {
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
