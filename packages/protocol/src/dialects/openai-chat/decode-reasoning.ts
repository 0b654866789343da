import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Reasoning, ReasoningEffort } from "../../ir/request.ts";
import { compact, numberOf, objectOf, otherFields } from "../../json/read.ts";

/** How clients ask for thinking: OpenAI's field and those of the vendors that `reasoningRequest` names. */
export const REASONING_FIELDS = [
  "reasoning_effort",
  "reasoning",
  "thinking",
  "enable_thinking",
  "thinking_budget",
] as const;

const EFFORTS: ReadonlyMap<JsonValue | undefined, ReasoningEffort> = new Map<JsonValue | undefined, ReasoningEffort>(
  (["minimal", "low", "medium", "high", "xhigh", "max"] as const).map((effort) => [effort, effort]),
);
const SUMMARIES: ReadonlyMap<JsonValue | undefined, Reasoning["summary"]> = new Map<
  JsonValue | undefined,
  Reasoning["summary"]
>((["none", "auto", "concise", "detailed"] as const).map((summary) => [summary, summary]));

interface Wish {
  readonly reasoning: Reasoning;
  /** What the IR has no word for, by top-level field. */
  readonly rest: JsonObject;
}

type WishDecoder = (value: JsonValue) => Wish;

const DECODERS: Readonly<Record<(typeof REASONING_FIELDS)[number], WishDecoder>> = {
  thinking: (value) => {
    const { type, budget_tokens, ...others } = objectOf(value) ?? {};
    const mode = MODES.get(type);
    const reasoning = compact({ mode, budgetTokens: numberOf(budget_tokens) });
    return { reasoning, rest: restOf("thinking", mode === undefined ? { ...others, type } : others) };
  },
  enable_thinking: (value) =>
    typeof value === "boolean"
      ? { reasoning: { mode: value ? "on" : "off" }, rest: {} }
      : { reasoning: {}, rest: { enable_thinking: value } },
  thinking_budget: (value) =>
    typeof value === "number"
      ? { reasoning: { budgetTokens: value }, rest: {} }
      : { reasoning: {}, rest: { thinking_budget: value } },
  reasoning: (value) => openRouterWish(objectOf(value) ?? {}),
  reasoning_effort: (value) => {
    if (value === "none") return { reasoning: { mode: "off" }, rest: {} };
    const effort = EFFORTS.get(value);
    return effort === undefined
      ? { reasoning: {}, rest: { reasoning_effort: value } }
      : { reasoning: { effort }, rest: {} };
  },
};

const MODES: ReadonlyMap<JsonValue | undefined, Reasoning["mode"]> = new Map<JsonValue | undefined, Reasoning["mode"]>([
  ["enabled", "on"],
  ["disabled", "off"],
  ["adaptive", "adaptive"],
  ["auto", "adaptive"],
]);

const OPENROUTER_FIELDS = new Set(["effort", "max_tokens", "exclude", "enabled", "summary"]);

/** https://openrouter.ai/docs/use-cases/reasoning-tokens */
function openRouterWish(object: JsonObject): Wish {
  const { effort: word, enabled, exclude, max_tokens, summary: said } = object;
  const effort = EFFORTS.get(word);
  const switched = enabled === true ? "on" : enabled === false ? "off" : undefined;
  const reasoning = compact({
    mode: word === "none" ? "off" : switched,
    effort,
    budgetTokens: numberOf(max_tokens),
    summary: exclude === true ? "none" : SUMMARIES.get(said),
  });
  const unknownEffort = effort === undefined && word !== "none" ? { effort: word ?? undefined } : {};
  return { reasoning, rest: restOf("reasoning", { ...otherFields(object, OPENROUTER_FIELDS), ...unknownEffort }) };
}

function restOf(field: string, fields: JsonObject): JsonObject {
  const said = compact(fields);
  return Object.keys(said).length === 0 ? {} : { [field]: said };
}

/** All wishes of one request; OpenAI's own field has the last word where two speak of the same. */
export function decodeReasoning(body: JsonObject): { readonly reasoning?: Reasoning; readonly rest: JsonObject } {
  let reasoning: Reasoning = {};
  let rest: JsonObject = {};
  for (const field of ["thinking", "enable_thinking", "thinking_budget", "reasoning", "reasoning_effort"] as const) {
    const value = body[field];
    if (value === undefined || value === null) continue;
    const wish = DECODERS[field](value);
    reasoning = { ...reasoning, ...wish.reasoning };
    rest = { ...rest, ...wish.rest };
  }
  return Object.keys(reasoning).length === 0 ? { rest } : { reasoning, rest };
}
