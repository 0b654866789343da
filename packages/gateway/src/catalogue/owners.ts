import { familyOf } from "./families.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * The providers that may be asked for a bare model id, best first: those that list it, else the maker of its family
 * (models appear faster than catalogues are updated), else servers of one's own that accept any name.
 */
export function providersOfModel(snapshot: Snapshot, model: string): readonly string[] {
  const listed = snapshot.owners.get(model);
  if (listed !== undefined) return listed;
  const maker = familyOf(model)?.provider;
  if (maker !== undefined && snapshot.providers.get(maker)?.anyModel === true) return [maker];
  return [...snapshot.providers.values()]
    .filter((provider) => !provider.builtIn && provider.anyModel)
    .map((provider) => provider.id);
}
