import type { ResolvedProvider } from "../providers/resolved.ts";
import { familyOf } from "./families.ts";

/** Which providers know which bare model id. The built-in list and the configuration say who comes first. */
export function indexOwners(providers: ReadonlyMap<string, ResolvedProvider>): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  for (const provider of providers.values()) {
    for (const id of provider.models.keys()) {
      const known = owners.get(id);
      if (known === undefined) owners.set(id, [provider.id]);
      else known.push(provider.id);
    }
  }
  for (const [id, ids] of owners) owners.set(id, makerFirst(id, ids));
  return owners;
}

function makerFirst(model: string, ids: string[]): string[] {
  const maker = familyOf(model)?.provider;
  return ids.filter((id) => id === maker).concat(ids.filter((id) => id !== maker));
}
