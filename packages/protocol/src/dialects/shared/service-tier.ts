import type { LossRecorder } from "../../ir/loss.ts";

const OPENAI = new Set(["auto", "default", "flex", "scale", "priority"]);
const ANTHROPIC = new Set(["standard", "priority", "batch"]);

/** The tier that a request asks for, as OpenAI's dialects call it. Tiers of compatible servers pass as they are. */
export function openaiRequestTier(tier: string | undefined, losses: LossRecorder): string | undefined {
  if (tier !== "standard_only") return tier;
  losses.adapt("service-tier", "Anthropic's 'standard_only' is called 'default' there.");
  return "default";
}

/** The tier that served an answer as OpenAI's dialects call it; undefined where they have no word for it. */
export function openaiTier(tier: string | undefined): string | undefined {
  const word = tier === "standard" ? "default" : tier;
  return word !== undefined && OPENAI.has(word) ? word : undefined;
}

/** The same as Anthropic calls it. */
export function anthropicTier(tier: string | undefined): string | undefined {
  const word = tier === "default" ? "standard" : tier;
  return word !== undefined && ANTHROPIC.has(word) ? word : undefined;
}
