import { GatewayError } from "@signalbox/protocol";
import type { Ability } from "../catalogue/operation-families.ts";
import { OPERATION_WORDS } from "./able.ts";

const MOST_SHOWN = 10;

/**
 * The model is there, and does something else: 400 `unsupported_feature`, as for any other thing that a model cannot do. 404 is for
 * names that nobody has. `models` are those of the caller's that do it.
 */
export function lacksOperation(model: string, ability: Ability, models: readonly string[]): GatewayError {
  const words = ability === "generate" ? "conversations" : OPERATION_WORDS[ability];
  return new GatewayError(
    "unsupported_feature",
    `The model '${model.slice(0, 200)}' does no ${words}. ${others(words, models)}`,
    { param: "model" },
  );
}

function others(words: string, models: readonly string[]): string {
  if (models.length === 0) return `No model that you may ask does ${words}.`;
  const more = models.length > MOST_SHOWN ? `, and ${models.length - MOST_SHOWN} more` : "";
  return `These do: ${models.slice(0, MOST_SHOWN).join(", ")}${more}.`;
}
