import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { DialectId } from "../../ir/origin.ts";
import type { CanonicalRequest } from "../../ir/request.ts";

/** The top-level fields that only `dialect` can say; those of all other dialects are reported as dropped. */
export function extensionsFor(dialect: DialectId, request: CanonicalRequest, losses: LossRecorder): JsonObject {
  for (const [from, fields] of Object.entries(request.extensions ?? {})) {
    if (from === dialect) continue;
    for (const [field, value] of Object.entries(fields)) {
      if (isOff(value)) continue;
      losses.drop(featureName(field), `'${field}' of ${from} has no equivalent in ${dialect}.`);
    }
  }
  return request.extensions?.[dialect] ?? {};
}

/** What is switched off or empty is not lost where it does not exist: Codex says `store: false` in every request. */
export function isOff(value: JsonValue | undefined): boolean {
  return value === false || value === null || ["[]", "{}"].includes(JSON.stringify(value) ?? "");
}

/** `logit_bias` and `logitBias` are both the feature `logit-bias`. */
export function featureName(wireField: string): string {
  return wireField
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}
