import { GatewayError } from "@signalbox/protocol";
import type { Ability } from "../catalogue/operation-families.ts";
import type { MediaOutput } from "../catalogue/operations.ts";
import { OPERATION_WORDS, OUTPUT_WORDS } from "./able.ts";

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

/** The same for a conversation whose answer is to be made of more than words. */
export function lacksModality(model: string, output: MediaOutput, models: readonly string[]): GatewayError {
  const words = OUTPUT_WORDS[output];
  const known =
    models.length === 0 ? `No model that you may ask is known to answer with ${words}.` : `These do: ${few(models)}.`;
  return new GatewayError(
    "unsupported_feature",
    `The model '${model.slice(0, 200)}' does not answer with ${words} (modality '${output}'). ${known}`,
    { param: "modalities" },
  );
}

function others(words: string, models: readonly string[]): string {
  return models.length === 0 ? `No model that you may ask does ${words}.` : `These do: ${few(models)}.`;
}

function few(models: readonly string[]): string {
  const more = models.length > MOST_SHOWN ? `, and ${models.length - MOST_SHOWN} more` : "";
  return `${models.slice(0, MOST_SHOWN).join(", ")}${more}`;
}
