import type { EncodeTarget, ModelFacts } from "../dialect.ts";
import type { GeminiQuirks } from "./quirks.ts";

/**
 * How the model is told to think. Where the catalogue does not know, the name tells of Google's own models: 2.5 takes a
 * budget, 3 and later a level, and sending the wrong one is an error. https://ai.google.dev/gemini-api/docs/thinking
 */
export function reasoningKind(target: EncodeTarget<GeminiQuirks>): ModelFacts["reasoning"] {
  if (target.facts?.reasoning !== undefined) return target.facts.reasoning;
  if (/gemini-2\.5/.test(target.model)) return "budget";
  if (/gemini-([3-9]|\d\d)/.test(target.model)) return "level";
  if (/gemini-(1|2\.0)|gemma/.test(target.model)) return "none";
  return undefined;
}

/** Gemini 3 and later, which came with several rules of their own. */
export const isLevelModel = (target: EncodeTarget<GeminiQuirks>): boolean => reasoningKind(target) === "level";

/** Gemini's models that make pictures, each of which has it in its name. https://ai.google.dev/gemini-api/docs/image-generation */
export const isDrawingModel = (target: EncodeTarget<GeminiQuirks>): boolean =>
  /gemini-.*(image|nano-banana)/.test(target.model);

/**
 * The thinking budget's range: 2.5 Pro takes 128 to 32,768 and cannot be turned off, 2.5 Flash goes up to 24,576.
 * https://ai.google.dev/gemini-api/docs/thinking#set-budget
 */
export function budgetRange(model: string): { readonly min: number; readonly max: number; readonly off: boolean } {
  const pro = /pro/.test(model);
  return { min: 128, max: pro ? 32_768 : 24_576, off: !pro };
}
