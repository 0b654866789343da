import { operationIds } from "../config/operations.ts";
import type { ResolvedProvider } from "../providers/resolved.ts";
import { byModel } from "./by-model.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { familyName } from "./model-id.ts";
import { type Ability, type InputModality, type OutputModality, operationFamilyOf } from "./operation-families.ts";

export interface Modalities {
  readonly input: readonly InputModality[];
  readonly output: readonly OutputModality[];
}

type Asked = Pick<ResolvedProvider, "id" | "models">;

/**
 * What a model may be asked for: the operator's word, then what is known of its family. Undefined: it is not known, which does not
 * speak against any. Empty: no surface reaches it.
 */
export const operationsOf = byModel(findOperations);

function findOperations(provider: Asked, model: string): readonly Ability[] | undefined {
  return provider.models.get(model)?.operations ?? operationFamilyOf(familyName(model))?.abilities;
}

/** Whether it is known that the model does not do it. */
export function lacks(provider: Asked, model: string, ability: Ability): boolean {
  return operationsOf(provider, model)?.includes(ability) === false;
}

/** What is known of the model, as far as its provider has APIs for it; of one that nothing is known of: conversations, else all that there are. */
export function callableOperations(
  provider: Pick<ResolvedProvider, "id" | "models" | "endpoints" | "operations">,
  model: string,
): readonly Ability[] {
  const offered: readonly Ability[] = [
    ...(Object.values(provider.endpoints).some((endpoint) => endpoint !== undefined) ? (["generate"] as const) : []),
    ...operationIds.filter((operation) => provider.operations[operation] !== undefined),
  ];
  const known = operationsOf(provider, model);
  if (known !== undefined) return offered.filter((ability) => known.includes(ability));
  return offered.includes("generate") ? ["generate"] : offered;
}

/** What goes in and what comes out; what is not known to go in is not among it. */
export const modalitiesOf = byModel(findModalities);

function findModalities(provider: Asked, model: string): Modalities {
  const family = operationFamilyOf(familyName(model));
  const written = provider.models.get(model)?.operations !== undefined;
  const abilities = operationsOf(provider, model) ?? ["generate"];
  return {
    input: (written ? undefined : family?.input) ?? inputOf(provider, model, abilities),
    output: (written ? undefined : family?.output) ?? [...new Set(abilities.map((ability) => OUTPUT[ability]))],
  };
}

const OUTPUT: Readonly<Record<Ability, OutputModality>> = {
  generate: "text",
  embeddings: "embeddings",
  rerank: "rerank",
  images: "image",
  "image-edits": "image",
  speech: "audio",
  transcription: "text",
  translation: "text",
  moderation: "text",
  completions: "text",
};

const INPUT: { readonly [A in Ability]?: readonly InputModality[] } = {
  "image-edits": ["text", "image"],
  transcription: ["audio"],
  translation: ["audio"],
};

function inputOf(provider: Asked, model: string, abilities: readonly Ability[]): readonly InputModality[] {
  const kinds = abilities.flatMap((ability) => INPUT[ability] ?? ["text" as const]);
  if (!abilities.includes("generate")) return [...new Set(kinds)];
  const { images, documents, audio } = capabilitiesOf(provider, model);
  const seen: readonly InputModality[] = [
    ...(images === true ? (["image"] as const) : []),
    ...(documents === true ? (["file"] as const) : []),
    ...(audio === true ? (["audio"] as const) : []),
  ];
  return [...new Set([...kinds, ...seen])];
}
