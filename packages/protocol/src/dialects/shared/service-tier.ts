const OPENAI = new Set(["auto", "default", "flex", "scale", "priority"]);
const ANTHROPIC = new Set(["standard", "priority", "batch"]);

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
