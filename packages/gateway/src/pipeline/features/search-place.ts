import type { CanonicalRequest } from "@signalbox/protocol";
import type { PlannedAttempt } from "../../routing/plan.ts";
import { hasNativeSearch } from "./native-search.ts";
import type { SearchPlace } from "./search-way.ts";

/** What of a target decides who searches for it. */
export function searchPlaceOf(planned: PlannedAttempt, request: CanonicalRequest): SearchPlace {
  const { target, endpoint } = planned;
  const native = hasNativeSearch(planned, request);
  const name = `${target.provider.id}/${target.model}`;
  const { dialect } = endpoint;
  return { name, native, google: native && dialect === "gemini", counts: dialect === "anthropic-messages" };
}
