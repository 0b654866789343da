import type { ProviderDefinition } from "./define.ts";

export const providerDefinitions: readonly ProviderDefinition[] = [];

const byName: ReadonlyMap<string, ProviderDefinition> = new Map(
  providerDefinitions.flatMap((definition) =>
    [definition.id, ...(definition.aliases ?? [])].map((name) => [name, definition] as const),
  ),
);

/** A built-in provider by its id or one of its aliases. */
export function definitionOf(name: string): ProviderDefinition | undefined {
  return byName.get(name);
}

/** Other names of providers, to the ids they stand for. */
export const providerAliases: ReadonlyMap<string, string> = new Map(
  [...byName].filter(([name, { id }]) => name !== id).map(([name, { id }]) => [name, id]),
);
