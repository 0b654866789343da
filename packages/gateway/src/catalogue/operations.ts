import { operationIds } from "../config/operations.ts";
import type { ResolvedProvider } from "../providers/resolved.ts";
import { byModel } from "./by-model.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { familyName } from "./model-id.ts";
import {
  type Ability,
  DRAWS_BY_TOOL,
  type InputModality,
  type OperationFamily,
  type OutputModality,
  operationFamilyOf,
} from "./operation-families.ts";

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

/** What an answer of a conversation may be made of beside words. */
export type MediaOutput = "image" | "audio";

/**
 * Whether it is known that the model answers no conversation with that. What the operator writes of a model's operations takes
 * the place of what is known of its family, and tells nothing of this.
 */
export function lacksOutput(provider: Answering, model: string, output: MediaOutput): boolean {
  const family = familyOf(provider, model);
  if (family === undefined) return false;
  return !outputsOf(family).includes(output) && !(output === "image" && drawsByTool(provider, model));
}

/** Whether it is known to. */
export function givesOutput(provider: Answering, model: string, output: MediaOutput): boolean {
  const family = familyOf(provider, model);
  if (family?.abilities.includes("generate") !== true) return false;
  return outputsOf(family).includes(output) || (output === "image" && drawsByTool(provider, model));
}

type Answering = Asked & Pick<ResolvedProvider, "endpoints">;

function familyOf(provider: Asked, model: string): OperationFamily | undefined {
  const written = provider.models.get(model)?.operations !== undefined;
  return written ? undefined : operationFamilyOf(familyName(model));
}

const outputsOf = ({ output, abilities }: OperationFamily): readonly OutputModality[] =>
  output ?? abilities.map((ability) => OUTPUT[ability]);

/** Models of the Responses API make pictures by a tool, where the provider has it. */
function drawsByTool({ endpoints }: Answering, model: string): boolean {
  const endpoint = endpoints["openai-responses"];
  if (endpoint === undefined || !DRAWS_BY_TOOL.test(familyName(model))) return false;
  const { hostedTools } = endpoint.quirks;
  return (
    endpoint.only?.test(model) !== false && (hostedTools === undefined || hostedTools.includes("image_generation"))
  );
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
