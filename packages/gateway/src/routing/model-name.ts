import type { RoutingPreferences } from "./preferences.ts";

export interface SplitName {
  readonly name: string;
  /** What the suffix asks for. */
  readonly preferences: Partial<RoutingPreferences>;
}

/**
 * Suffixes as OpenRouter and Routeway (`:free`, `:nitro`, `:floor`, `:online`) and ToRouter (`-thinking`) have them.
 * https://openrouter.ai/docs/features/provider-routing https://torouter.ai/docs
 */
const suffixes: Readonly<Record<string, Partial<RoutingPreferences>>> = {
  // A price that is not known may be any price, so it does not pass for free.
  ":free": { provider: { maxPrice: { prompt: 0, completion: 0 } } },
  ":nitro": { provider: { sort: [{ metric: "throughput" }] } },
  ":floor": { provider: { sort: [{ metric: "price" }] } },
  ":online": { webSearch: {} },
  "-thinking": { reasoning: { effort: "medium" } },
};

/** Has these suffixes itself: under its name they are passed on. https://openrouter.ai/docs/faq#what-are-model-variants */
const speakers: ReadonlySet<string> = new Set(["openrouter"]);

/** Whether a provider reads the suffixes of its models' names itself. */
export function readsSuffixes(provider: string): boolean {
  return speakers.has(provider);
}

/**
 * Takes a suffix off a model's name and says what it asks for. A name that is known as it is stays whole: `:free` and
 * `-thinking` are parts of many vendors' own ids. `isKnown` says whether a provider or the operator has this very name.
 */
export function splitModelName(name: string, isKnown: (name: string) => boolean): SplitName {
  let rest = name;
  let preferences: Partial<RoutingPreferences> = {};
  for (let suffix = suffixOf(rest); suffix !== undefined && !isKnown(rest); suffix = suffixOf(rest)) {
    rest = rest.slice(0, -suffix.length);
    preferences = combine(suffixes[suffix] ?? {}, preferences);
  }
  return { name: rest, preferences };
}

const endings = Object.keys(suffixes);

/** No suffix is taken off a name that is nothing else. */
function suffixOf(name: string): string | undefined {
  return endings.find((suffix) => name.length > suffix.length && name.endsWith(suffix));
}

function combine(inner: Partial<RoutingPreferences>, outer: Partial<RoutingPreferences>): Partial<RoutingPreferences> {
  const provider = { ...inner.provider, ...outer.provider };
  return {
    ...inner,
    ...outer,
    ...(Object.keys(provider).length === 0 ? {} : { provider }),
  };
}

/** The request's own words over those of the name's suffix. */
export function withSuffix(preferences: RoutingPreferences, suffix: Partial<RoutingPreferences>): RoutingPreferences {
  if (Object.keys(suffix).length === 0) return preferences;
  return { ...preferences, ...combine(suffix, preferences) };
}
