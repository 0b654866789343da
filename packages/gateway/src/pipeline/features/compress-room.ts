import { outputCap } from "../../accounting/worst-case.ts";
import { modelFacts } from "../../catalogue/catalogue.ts";
import type { Target } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";

/** No more of a window than this is kept for an answer whose length nobody has said. */
const MOST_RESERVED = 0.15;

/** How many tokens of a prompt a target's window has room for beside the answer; infinite where the window is not known. */
export function roomAt({ provider, model, overrides }: Target, request: ClientRequest): number {
  const { contextTokens } = modelFacts(provider, model);
  if (contextTokens === undefined) return Number.POSITIVE_INFINITY;
  const asked = overrides?.generation?.maxOutputTokens ?? request.canonical().sampling.maxOutputTokens;
  const cap = outputCap({ provider, model }, asked);
  const reserve = asked === undefined ? Math.min(cap, contextTokens * MOST_RESERVED) : cap;
  return Math.max(0, contextTokens - reserve);
}
