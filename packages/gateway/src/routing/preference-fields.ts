import { isObject, type JsonObject } from "@signalbox/protocol";
import type { CachePolicy, Compression, WebSearch, WebSearchOptions } from "../config/features.ts";
import type { ModelSelection, ProviderPreferences, ReasoningSettings } from "../config/router.ts";
import { amount, type Codec, complain, inside, mismatch, type Place, spelled } from "../config/routers/codec.ts";
import { cache, webSearch, webSearchOptions } from "../config/routers/features.ts";
import { compression, reasoning } from "../config/routers/generation.ts";
import { optional, record, toCamel } from "../config/routers/record.ts";
import { names, provider, sort } from "../config/routers/selection.ts";

/** What was said in one place. */
export interface Wishes extends Omit<ModelSelection, "provider"> {
  readonly provider?: ProviderWishes;
  readonly metadata?: JsonObject;
  readonly promptVariables?: Readonly<Record<string, string>>;
  readonly reasoning?: ReasoningSettings;
  readonly fallback?: FallbackWishes;
  readonly cache?: CachePolicy;
  /** `null`: expressly not. */
  readonly webSearch?: WebSearch | null;
  readonly webSearchOptions?: WebSearchOptions;
  readonly compression?: Compression;
  readonly plugins?: PluginWishes;
  readonly transforms?: PluginWishes;
}

/** OpenRouter's `plugins` and `transforms`, as far as they are served here. https://openrouter.ai/docs/features/message-transforms */
export interface PluginWishes {
  readonly middleOut: boolean;
  readonly webSearch?: WebSearch;
  /** Names of what nothing here serves. */
  readonly unserved: readonly string[];
}

export interface ProviderWishes {
  readonly preferences: ProviderPreferences;
  /** Names of fields that no endpoint here can be judged by. */
  readonly unserved: readonly string[];
}

/** When to go on to the next target. */
export interface FallbackWishes {
  readonly firstTokenMs?: number;
}

const unwritten = { write: () => null, locate: () => [] } as const;

/** OpenRouter's fields that say which endpoints may serve: https://openrouter.ai/docs/features/provider-routing */
const unservedOfProvider: ReadonlyMap<string, string> = new Map(
  ["quantizations", "zdr", "enforce_distillable_text", "experimental"].map((name) => [toCamel(name), name]),
);

const providerWishes: Codec<ProviderWishes> = {
  ...unwritten,
  read: (value, place) => {
    if (!isObject(value)) return complain(place, mismatch("an object", value));
    const entries = Object.entries(value);
    const isUnserved = ([key]: readonly [string, unknown]) => unservedOfProvider.has(toCamel(key));
    const preferences = provider.read(Object.fromEntries(entries.filter((entry) => !isUnserved(entry))), place);
    const unserved = entries
      .filter((entry) => isUnserved(entry) && asks(entry[1]))
      .map(([key]) => `provider.${unservedOfProvider.get(toCamel(key)) ?? key}`);
    return preferences === undefined ? undefined : { preferences, unserved };
  },
};

const anyObject: Codec<JsonObject> = {
  ...unwritten,
  read: (value, place) => (isObject(value) ? value : complain(place, mismatch("an object", value))),
};

/** Clients send numbers and truth values for what is text in a template. */
const variables: Codec<Readonly<Record<string, string>>> = {
  ...unwritten,
  read: (value, place) => {
    if (!isObject(value)) return complain(place, mismatch("an object", value));
    const read = Object.entries(value).flatMap(([name, variable]) => variableOf(name, variable, place));
    return Object.fromEntries(read);
  },
};

function variableOf(name: string, value: unknown, place: Place): readonly (readonly [string, string])[] {
  if (value === null) return [];
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return [[name, String(value)]];
  }
  complain(inside(place, name), "must be text, a number, or true or false");
  return [];
}

/** Inworld's. https://docs.inworld.ai/router/capabilities/request-level */
const LEAST_FIRST_TOKEN_MS = 300;

const firstTokenMs = spelled(
  (written, place) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(written.trim()) ?? [];
    if (number === undefined) return complain(place, 'must be a duration such as "300ms" or "1.5s"');
    const ms = Number(number) * (unit === "s" ? 1000 : 1);
    return ms < LEAST_FIRST_TOKEN_MS ? complain(place, `must be at least ${LEAST_FIRST_TOKEN_MS}ms`) : Math.round(ms);
  },
  (ms: number) => `${ms}ms`,
);

function asks(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** `true` is what the OpenAPI document writes, an object what the vendor does. */
const search: Codec<WebSearch | null> = {
  ...unwritten,
  read: (value, place) => {
    if (value === true) return {};
    return value === false ? null : webSearch.read(value, place);
  },
};

const MIDDLE_OUT = ["middle-out", "context-compression"];

/** Their shapes are OpenRouter's and grow: what is unknown is reported, and refused nowhere. */
const plugins: Codec<PluginWishes> = {
  ...unwritten,
  read: (value, place) => {
    if (!Array.isArray(value)) return complain(place, mismatch("a list", value));
    const wanted = value.filter((plugin) => !(isObject(plugin) && plugin["enabled"] === false)).map(pluginOf);
    const found = wanted.find(({ id }) => id === "web");
    return {
      middleOut: wanted.some(({ id }) => MIDDLE_OUT.includes(id)),
      ...(found === undefined
        ? {}
        : { webSearch: found.maxResults === undefined ? {} : { maxResults: found.maxResults } }),
      unserved: wanted.map(({ id }) => id).filter((id) => id !== "web" && !MIDDLE_OUT.includes(id)),
    };
  },
};

function pluginOf(value: unknown): { readonly id: string; readonly maxResults?: number } {
  if (!isObject(value)) return { id: String(value) };
  const { id, max_results: most } = value;
  const isCount = typeof most === "number" && Number.isInteger(most) && most >= 1 && most <= 20;
  return { id: String(id), ...(isCount ? { maxResults: most } : {}) };
}

const fields = {
  models: optional("models", names),
  ignore: optional("ignore", names),
  sort: optional("sort", sort),
  provider: optional("provider", providerWishes),
  promptVariables: optional("prompt_variables", variables),
  webSearch: optional("web_search", search),
  transforms: optional("transforms", plugins),
  compression: optional("compression", compression),
  costQuality: optional("cost_quality", amount({ min: 0, max: 1 })),
  fallback: optional("fallback", record<FallbackWishes>({ firstTokenMs: optional("ttft_timeout", firstTokenMs) })),
} as const;

/** `extra_body`, Gemini's `extensions`, the routing header: the object is ours, and unknown fields in it are errors. */
export const wishes = record<Wishes>({
  ...fields,
  metadata: optional("metadata", anyObject),
  reasoning: optional("reasoning", reasoning),
  cache: optional("cache", cache),
  webSearchOptions: optional("web_search_options", webSearchOptions),
  plugins: optional("plugins", plugins),
});

/** The names under which the same is read from the root of a request: those that no dialect has. */
export const rootNames: readonly string[] = Object.values(fields).flatMap(({ name }) =>
  toCamel(name) === name ? [name] : [name, toCamel(name)],
);
