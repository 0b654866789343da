import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Reasoning, ReasoningEffort } from "../../ir/request.ts";
import { compact, otherFields, readBoolean, readNumber, readString } from "../../json/read.ts";
import type { EncodeTarget } from "../dialect.ts";
import { budgetOf, effortOf, nearestEffort } from "../shared/reasoning.ts";
import { budgetRange, reasoningKind } from "./model-family.ts";
import type { GeminiQuirks, ThinkingLevel } from "./quirks.ts";
import { nonEmpty, readMessage } from "./wire.ts";

/** `thinkingConfig` both ways. https://ai.google.dev/gemini-api/docs/thinking */

const PATH = "generationConfig.thinkingConfig";
const DYNAMIC = -1;

export interface DecodedThinking {
  readonly reasoning?: Reasoning;
  readonly rest?: JsonObject;
}

export function decodeThinking(value: JsonValue | undefined): DecodedThinking {
  const config = readMessage(value, PATH);
  if (config === undefined) return {};
  const budget = readNumber(config["thinkingBudget"], `${PATH}.thinkingBudget`);
  const level = EFFORTS.get(readString(config["thinkingLevel"], `${PATH}.thinkingLevel`)?.toUpperCase() ?? "");
  const include = readBoolean(config["includeThoughts"], `${PATH}.includeThoughts`);
  const known = ["thinkingBudget", "includeThoughts", ...(level === undefined ? [] : ["thinkingLevel"])];
  const summary = include === undefined ? undefined : include ? ("auto" as const) : ("none" as const);
  return compact({
    reasoning: nonEmptyReasoning({ ...modeOf(budget, level), ...compact({ effort: level, summary }) }),
    rest: otherFields(config, new Set(known)),
  });
}

function modeOf(budget: number | undefined, level: ReasoningEffort | undefined): Reasoning {
  if (budget === 0) return { mode: "off" };
  if (budget === DYNAMIC) return { mode: "adaptive" };
  if (budget !== undefined) return { mode: "on", budgetTokens: budget };
  return level === undefined ? {} : { mode: "on" };
}

const nonEmptyReasoning = (reasoning: Reasoning): Reasoning | undefined =>
  Object.keys(reasoning).length === 0 ? undefined : reasoning;

const LEVELS: readonly (readonly [ThinkingLevel, ReasoningEffort])[] = [
  ["MINIMAL", "minimal"],
  ["LOW", "low"],
  ["MEDIUM", "medium"],
  ["HIGH", "high"],
];
const EFFORTS: ReadonlyMap<string, ReasoningEffort> = new Map(LEVELS);
const DEFAULT_LEVELS: readonly ThinkingLevel[] = ["LOW", "MEDIUM", "HIGH"];

export function encodeThinking(
  reasoning: Reasoning | undefined,
  target: EncodeTarget<GeminiQuirks>,
  losses: LossRecorder,
): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const kind = reasoningKind(target);
  if (kind === "none") {
    const wanted = reasoning.mode === "on" || reasoning.mode === "adaptive" || effortOf(reasoning) !== undefined;
    if (wanted) losses.drop("reasoning", `${target.model} does not think.`);
    return undefined;
  }
  const include = includeThoughts(reasoning, target, losses);
  const level = kind === "level" || (kind !== "budget" && reasoning.budgetTokens === undefined && !isSwitch(reasoning));
  const amount = level ? levelFields(reasoning, target, losses) : budgetFields(reasoning, target, losses);
  return nonEmpty({ ...(include === undefined ? {} : { includeThoughts: include }), ...amount });
}

/** Off and dynamic have figures of their own, which models of both kinds take. */
const isSwitch = ({ mode, effort }: Reasoning): boolean =>
  mode === "off" || (mode === "adaptive" && effort === undefined);

function includeThoughts(
  { summary }: Reasoning,
  { quirks, provider }: EncodeTarget<GeminiQuirks>,
  losses: LossRecorder,
): boolean | undefined {
  if (summary === undefined) return undefined;
  if (quirks.includeThoughts === false) {
    if (summary !== "none") losses.drop("reasoning-summary", `${provider} shows no thoughts.`);
    return undefined;
  }
  if (summary === "concise" || summary === "detailed") {
    losses.adapt("reasoning-summary", `Gemini's thought summaries have one length, not '${summary}'.`);
  }
  return summary !== "none";
}

function budgetFields(reasoning: Reasoning, target: EncodeTarget<GeminiQuirks>, losses: LossRecorder): JsonObject {
  const { min, max, off } = budgetRange(target.model);
  if (reasoning.mode === "off") {
    if (off) return { thinkingBudget: 0 };
    losses.adapt("reasoning-off", `${target.model} cannot be told not to think; it gets its smallest budget.`);
    return { thinkingBudget: min };
  }
  const wanted = budgetOf(reasoning);
  if (wanted === undefined) return reasoning.mode === "adaptive" ? { thinkingBudget: DYNAMIC } : {};
  const budget = Math.min(Math.max(wanted, min), max);
  if (reasoning.budgetTokens === undefined) {
    losses.adapt("reasoning-effort", `Effort '${reasoning.effort}' was sent as a budget of ${budget} tokens.`);
  } else if (budget !== wanted) {
    losses.adapt("reasoning-budget", `The budget of ${wanted} tokens was brought into ${min} to ${max}.`);
  }
  return { thinkingBudget: budget };
}

function levelFields(reasoning: Reasoning, target: EncodeTarget<GeminiQuirks>, losses: LossRecorder): JsonObject {
  const known = reasoningKind(target) === "level";
  const allowed = target.quirks.thinkingLevels ?? (known ? levelsOf(target.model) : LEVELS.map(([level]) => level));
  const effort = reasoning.mode === "off" ? "minimal" : effortOf(reasoning);
  if (effort === undefined) return {};
  const efforts = LEVELS.filter(([level]) => allowed.includes(level)).map(([, name]) => name);
  const nearest = nearestEffort(effort, efforts);
  const level = LEVELS.find(([, name]) => name === nearest)?.[0] ?? "LOW";
  if (reasoning.mode === "off")
    losses.adapt("reasoning-off", `${target.model} always thinks; it was asked for ${level}.`);
  else if (reasoning.effort !== nearest) {
    const asked = reasoning.effort === undefined ? `${reasoning.budgetTokens} tokens` : `'${reasoning.effort}'`;
    losses.adapt("reasoning-effort", `${asked} of thinking was sent as level ${level}.`);
  }
  return { thinkingLevel: level };
}

/**
 * Of Google's own models, the Flash ones know MINIMAL, up to 3.6: 3.7 and 3.8 answer 400.
 * https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/guides/gemini-3-8-flash
 */
const levelsOf = (model: string): readonly ThinkingLevel[] =>
  /gemini-3(\.[1-6])?-flash/.test(model) ? ["MINIMAL", ...DEFAULT_LEVELS] : DEFAULT_LEVELS;
