import type { ListedModel } from "../../catalogue/list-models.ts";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import { modalitiesIn, supportedParameters } from "./model-details.ts";

type Filter = (model: ListedModel) => boolean;

/**
 * The models that a query asks for: OpenRouter's `supported_parameters` (all of them), `input_modalities` and `output_modalities` (any
 * of them, or `all`), `q`, and `provider`. Others, like OpenRouter's `category` and AnyRouter's `privacy`, choose nothing here. The same
 * array where none is asked. https://openrouter.ai/docs/guides/overview/models#query-parameters
 */
export function filtered(
  models: readonly ListedModel[],
  query: URLSearchParams,
  snapshot: Pick<Snapshot, "providerAliases">,
): readonly ListedModel[] {
  const filters = filtersOf(query, snapshot);
  return filters.length === 0 ? models : models.filter((model) => filters.every((passes) => passes(model)));
}

function filtersOf(query: URLSearchParams, { providerAliases }: Pick<Snapshot, "providerAliases">): readonly Filter[] {
  const parameters = wordsOf(query, "supported_parameters");
  const inputs = wordsOf(query, "input_modalities");
  const outputs = wordsOf(query, "output_modalities");
  const providers = wordsOf(query, "provider").map((name) => providerAliases.get(name) ?? name);
  const search = (query.get("q") ?? query.get("search") ?? "").trim().toLowerCase();
  return [
    ...(parameters.length === 0 ? [] : [hasParameters(parameters)]),
    ...(isAny(inputs) ? [] : [hasOneOf(inputs, "input")]),
    ...(isAny(outputs) ? [] : [hasOneOf(outputs, "output")]),
    ...(providers.length === 0 ? [] : [({ owner }: ListedModel) => providers.includes(owner)]),
    ...(search === "" ? [] : [isCalled(search)]),
  ];
}

const MOST_WORDS = 100;

/** A list with commas, or the parameter again and again. */
function wordsOf(query: URLSearchParams, name: string): readonly string[] {
  const words = query.getAll(name).flatMap((value) => value.toLowerCase().split(",", MOST_WORDS));
  return words.map((word) => word.trim()).filter((word) => word !== "");
}

const isAny = (words: readonly string[]): boolean => words.length === 0 || words.includes("all");

const hasParameters =
  (wanted: readonly string[]): Filter =>
  (model) => {
    const supported = supportedParameters(model);
    return wanted.every((name) => supported.includes(name));
  };

const hasOneOf =
  (wanted: readonly string[], side: "input" | "output"): Filter =>
  (model) =>
    modalitiesIn(model)[side].some((modality) => wanted.includes(modality));

const isCalled =
  (search: string): Filter =>
  ({ id, displayName }) =>
    id.toLowerCase().includes(search) || displayName.toLowerCase().includes(search);
