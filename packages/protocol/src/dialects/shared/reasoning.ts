import type { Reasoning, ReasoningEffort } from "../../ir/request.ts";

/**
 * Effort and token budget say the same thing in two ways. The table is ours where vendors give no figure: Anthropic's
 * floor is 1,024 and Gemini 2.5's ceiling 24,576 (Flash) to 32,768 (Pro).
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 * https://ai.google.dev/gemini-api/docs/thinking
 */
const BUDGETS: readonly (readonly [ReasoningEffort, number])[] = [
  ["minimal", 1024],
  ["low", 2048],
  ["medium", 8192],
  ["high", 16384],
  ["xhigh", 24576],
  ["max", 32768],
];

export function budgetOfEffort(effort: ReasoningEffort): number {
  return BUDGETS.find(([name]) => name === effort)?.[1] ?? 8192;
}

/** The smallest effort whose budget covers `tokens`. */
export function effortOfBudget(tokens: number): ReasoningEffort {
  return BUDGETS.find(([, budget]) => tokens <= budget)?.[0] ?? "max";
}

export function effortOf(reasoning: Reasoning): ReasoningEffort | undefined {
  return (
    reasoning.effort ?? (reasoning.budgetTokens === undefined ? undefined : effortOfBudget(reasoning.budgetTokens))
  );
}

export function budgetOf(reasoning: Reasoning): number | undefined {
  return reasoning.budgetTokens ?? (reasoning.effort === undefined ? undefined : budgetOfEffort(reasoning.effort));
}

const ORDER: readonly ReasoningEffort[] = BUDGETS.map(([effort]) => effort);

/** The allowed effort nearest to the wanted one; of two equally near, the greater. */
export function nearestEffort(wanted: ReasoningEffort, allowed: readonly ReasoningEffort[]): ReasoningEffort {
  const distance = (effort: ReasoningEffort) => Math.abs(ORDER.indexOf(effort) - ORDER.indexOf(wanted));
  return [...allowed].sort((a, b) => distance(a) - distance(b) || ORDER.indexOf(b) - ORDER.indexOf(a))[0] ?? wanted;
}
