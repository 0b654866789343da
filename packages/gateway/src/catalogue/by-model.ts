import type { ResolvedProvider } from "../providers/resolved.ts";

type Provider = Pick<ResolvedProvider, "id" | "models">;

/** Clients may ask for any name where a provider has no list. */
const MOST_NAMES = 1_000;

/** Remembers what was found out about a provider's models, as long as its configuration holds. */
export function byModel<T>(find: (provider: Provider, model: string) => T): (provider: Provider, model: string) => T {
  const configurations = new WeakMap<Provider["models"], Map<string, Map<string, { readonly found: T }>>>();
  return (provider, model) => {
    const providers = kept(configurations, provider.models, newMap<Map<string, { readonly found: T }>>);
    const models = kept(providers, provider.id, newMap<{ readonly found: T }>);
    const known = models.get(model);
    if (known !== undefined) return known.found;
    const found = find(provider, model);
    if (models.size >= MOST_NAMES) models.clear();
    models.set(model, { found });
    return found;
  };
}

const newMap = <T>(): Map<string, T> => new Map();

interface Keeping<K, V> {
  readonly get: (key: K) => V | undefined;
  readonly set: (key: K, value: V) => unknown;
}

function kept<K, V>(values: Keeping<K, V>, key: K, make: () => V): V {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  return made;
}
