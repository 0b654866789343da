import { modelFacts } from "../../catalogue/catalogue.ts";
import type { PlannedAttempt } from "../../routing/plan.ts";
import type { SearchPlace } from "./search-way.ts";

/** What of a target decides who searches for it. */
export function searchPlaceOf(planned: PlannedAttempt): SearchPlace {
  const { target, endpoint } = planned;
  const native = searchesItself(planned);
  return { name: `${target.provider.id}/${target.model}`, native, google: native && endpoint.dialect === "gemini" };
}

function searchesItself({ target }: PlannedAttempt): boolean {
  return modelFacts(target.provider, target.model).webSearch === true;
}
