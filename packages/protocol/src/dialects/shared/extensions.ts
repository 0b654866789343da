import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { DialectId } from "../../ir/origin.ts";
import type { CanonicalRequest } from "../../ir/request.ts";

/** The top-level fields that only `dialect` can say; those of all other dialects are reported as dropped. */
export function extensionsFor(dialect: DialectId, request: CanonicalRequest, losses: LossRecorder): JsonObject {
  for (const [from, fields] of Object.entries(request.extensions ?? {})) {
    if (from === dialect) continue;
    for (const field of Object.keys(fields)) {
      losses.drop(featureName(field), `'${field}' of ${from} has no equivalent in ${dialect}.`);
    }
  }
  return request.extensions?.[dialect] ?? {};
}

/** `logit_bias` and `logitBias` are both the feature `logit-bias`. */
export function featureName(wireField: string): string {
  return wireField
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}
