import type { RouterDefaults } from "../router.ts";
import type { TimeoutOverrides } from "../timeouts.ts";
import { type Codec, complain, flag, list, mapped, spelled, whole } from "./codec.ts";
import type { RouteDraft, VariantDraft, WeightedDraft } from "./draft.ts";
import { webSearch, webSearchOptions } from "./features.ts";
import { compression, generation, templates } from "./generation.ts";
import { type Fields, optional, record, required } from "./record.ts";
import { selection } from "./selection.ts";

export const longestName = 64;
const namePattern = new RegExp(`^[A-Za-z0-9][A-Za-z0-9_-]{0,${longestName - 1}}$`);
const nameRule = `must be 1 to ${longestName} letters, digits, dashes and underscores`;

/** A router's name, with or without the `routers/` that the vendor writes before it. */
export function routerName(prefix: string): Codec<string> {
  return spelled(
    (written, place) => {
      const name = written.replace(/^routers\//, "");
      return namePattern.test(name) ? name : complain(place, nameRule);
    },
    (value) => prefix + value,
  );
}

/** Ids stand in logs, headers and reasons. */
export const id = spelled(
  (written, place) =>
    /^[\x21-\x7e]{1,128}$/.test(written) ? written : complain(place, "must be 1 to 128 characters without spaces"),
  (value: string) => value,
);

const modelName = spelled(
  (written, place) =>
    /^\S{1,300}$/.test(written) ? written : complain(place, "must be a model's name, without spaces"),
  (value: string) => value,
);

/** The fields of a variant. The vendor calls two of them otherwise than the shorter shape does; both are read in both. */
export function variantFields(names: { readonly id: string; readonly model: string }): Fields<VariantDraft> {
  return {
    id: optional(names.id, id, ["id", "variant_id"]),
    model: required(names.model, modelName, ["model", "model_id"]),
    selection: optional("model_selection", selection),
    generation: optional("text_generation_config", generation),
    templates: optional("message_templates", templates),
    webSearch: optional("web_search", webSearch),
    webSearchOptions: optional("web_search_options", webSearchOptions),
    compression: optional("compression", compression),
  };
}

export const weight = whole({ min: 0, max: 100 });

const weighted = record<WeightedDraft>({
  variant: required("variant", record(variantFields({ id: "variant_id", model: "model_id" }))),
  weight: optional("weight", weight),
});

const expression = spelled(
  (written, place) => (written.trim() === "" ? complain(place, "must not be empty") : written),
  (value: string) => value,
);

const celRecord = mapped<{ readonly expression: string }, string>(
  record<{ readonly expression: string }>({ expression: required("cel_expression", expression) }),
  {
    decode: (value) => value.expression,
    encode: (value) => ({ expression: value }),
    steps: () => ["expression"],
  },
);

/** `{ cel_expression }`, as the vendor writes a condition, or the expression alone. */
export function condition(writeAs: "object" | "text"): Codec<string> {
  return {
    read: (value, place) => (typeof value === "string" ? expression : celRecord).read(value, place),
    write: (value, spelling) => (writeAs === "text" ? value : celRecord.write(value, spelling)),
    locate: (value, steps) => (typeof value === "string" ? [] : celRecord.locate(value, steps)),
  };
}

export const plainRoute = record<Omit<RouteDraft, "condition">>({
  id: optional("route_id", id, ["id"]),
  variants: required("variants", list(weighted)),
});

interface ConditionalRoute {
  readonly route: Omit<RouteDraft, "condition">;
  readonly condition: string;
}

/** `{ route: { route_id, variants }, condition: { cel_expression } }` */
export const conditionalRoute = mapped<ConditionalRoute, RouteDraft>(
  record<ConditionalRoute>({
    route: required("route", plainRoute),
    condition: required("condition", condition("object")),
  }),
  {
    decode: (value) => ({ ...value.route, condition: value.condition }),
    encode: ({ condition: only = "true", ...route }) => ({ route, condition: only }),
    steps: (steps) => (steps[0] === "condition" ? steps : ["route", ...steps]),
  },
);

export const defaults = record<RouterDefaults>({
  optimizePrompt: optional("optimize_prompt", flag),
  generation: optional("text_generation_config", generation),
  templates: optional("message_templates", templates),
});

const milliseconds = whole({ min: 1, max: 86_400_000 });

export const timeouts = record<TimeoutOverrides>({
  connectMs: optional("connect_ms", milliseconds),
  firstTokenMs: optional("first_token_ms", milliseconds),
  reasoningMs: optional("reasoning_ms", milliseconds),
  idleMs: optional("idle_ms", milliseconds),
  stallMs: optional("stall_ms", milliseconds),
  totalMs: optional("total_ms", milliseconds),
  deadlineMs: optional("deadline_ms", milliseconds),
});

export const switched = record<{ readonly enabled?: boolean }>({ enabled: optional("enabled", flag) });
