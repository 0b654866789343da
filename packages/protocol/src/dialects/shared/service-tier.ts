import type { LossRecorder } from "../../ir/loss.ts";

const OPENAI = new Set(["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"]);
const ANTHROPIC = new Set(["standard", "priority", "batch"]);
const GEMINI = new Set(["standard", "flex", "priority"]);

/** The tier that a request asks for, as OpenAI's dialects call it. Tiers of compatible servers pass as they are. */
export function openaiRequestTier(tier: string | undefined, losses: LossRecorder): string | undefined {
  if (tier !== "standard_only") return tier;
  losses.adapt("service-tier", "Anthropic's 'standard_only' is called 'default' there.");
  return "default";
}

/** The tier that served an answer as OpenAI's dialects call it; where they have no word for it, it is recorded as lost. */
export function openaiTier(tier: string | undefined, losses: LossRecorder): string | undefined {
  return known(tier === "standard" ? "default" : tier, OPENAI, losses);
}

/** The same as Anthropic calls it. */
export function anthropicTier(tier: string | undefined, losses: LossRecorder): string | undefined {
  return known(tier === "default" ? "standard" : tier, ANTHROPIC, losses);
}

/** Gemini's tiers have OpenAI's names but for the ordinary one. https://ai.google.dev/gemini-api/docs/optimization */
export function geminiTier(tier: string | undefined, losses: LossRecorder): string | undefined {
  return known(tier === "default" ? "standard" : tier, GEMINI, losses);
}

function known(word: string | undefined, words: ReadonlySet<string>, losses: LossRecorder): string | undefined {
  if (word === undefined || words.has(word)) return word;
  losses.drop("service-tier", `The client's dialect has no word for the service tier '${word}'.`);
  return undefined;
}
