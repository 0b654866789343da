import { type CanonicalRequest, takesNativeSearch } from "@signalbox/protocol";
import { modelFacts } from "../../catalogue/catalogue.ts";
import type { PlannedAttempt } from "../../routing/plan.ts";

/** Whether an attempt's model, at its endpoint, can be told to search for this request: what its other tools are counts at some. */
export function hasNativeSearch({ target, endpoint }: PlannedAttempt, request: CanonicalRequest): boolean {
  const { provider, model } = target;
  return takesNativeSearch(endpoint, { model, facts: modelFacts(provider, model), request });
}
