import { compact, type JsonObject } from "@signalbox/protocol";
import { type ListedModel, listedModel, listModels, OPERATOR, type Reach } from "../../catalogue/list-models.ts";
import type { Ability } from "../../catalogue/operation-families.ts";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { SurfaceDialect } from "../../config/quirks.ts";
import { CLAUDE_ALIAS_PREFIX } from "../../routing/resolve.ts";
import { capabilityNames } from "./capability-names.ts";
import { endpointPaths } from "./endpoint-paths.ts";
import { architectureOf, supportedParameters, topProvider } from "./model-details.ts";
import { filtered } from "./model-filters.ts";
import { tokenPrices } from "./pricing.ts";

/** The models as the caller's dialect lists them. The two OpenAI dialects share one list. */
export interface ModelShape {
  readonly list: (models: readonly ListedModel[], query: URLSearchParams) => JsonObject;
  /** Whether this dialect's clients can ask it for anything. */
  readonly shows: (model: ListedModel) => boolean;
  readonly one: (model: ListedModel) => JsonObject;
}

const converses = ({ abilities }: ListedModel): boolean => abilities?.includes("generate") !== false;

/** Clients of this shape take the whole list at once, and coding agents take it at every start. */
const openaiLists = new WeakMap<readonly ListedModel[], JsonObject>();

const openai: ModelShape = {
  list(models) {
    const known = openaiLists.get(models);
    if (known !== undefined) return known;
    const list = { object: "list", data: models.map(openaiModel) };
    openaiLists.set(models, list);
    return list;
  },
  shows: () => true,
  one: openaiModel,
};

const openaiModels = new WeakMap<ListedModel, JsonObject>();

function openaiModel(model: ListedModel): JsonObject {
  const known = openaiModels.get(model) ?? describedModel(model);
  openaiModels.set(model, known);
  return known;
}

/**
 * OpenAI's four fields, and behind them those of AnyRouter's, OpenRouter's and Routeway's lists and of Inworld's OpenAPI document, where
 * they are known. SDKs hand on fields that they do not know.
 */
function describedModel(listed: ListedModel): JsonObject {
  const { id, created, owner, ...model } = listed;
  const capabilities = model.capabilities === undefined ? [] : capabilityNames(model);
  const abilities = listed.abilities ?? ["generate"];
  return compact({
    id,
    object: "model",
    created,
    owned_by: owner,
    name: model.displayName,
    provider: owner === OPERATOR ? undefined : owner,
    context_length: model.contextTokens,
    max_completion_tokens: model.maxOutputTokens,
    capabilities: capabilities.length === 0 ? undefined : capabilities,
    pricing: model.price === undefined ? undefined : tokenPrices(model.price),
    // Which of this gateway's APIs it may be asked by: modalities do not tell a moderation from a conversation.
    operations: abilities,
    endpoints: endpointPaths(abilities),
    architecture: architectureOf(listed),
    top_provider: topProvider(listed),
    supported_parameters: supportedParameters(listed),
    per_request_limits: null,
  });
}

const anthropic: ModelShape = {
  list(models, query) {
    const limit = Math.min(1000, Math.max(1, Number(query.get("limit") ?? 20) || 20));
    const { page, more } = pageOf(models.flatMap(withClaudeAlias), {
      limit,
      after: query.get("after_id"),
      before: query.get("before_id"),
    });
    return {
      data: page.map(anthropicModel),
      has_more: more,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    };
  },
  shows: converses,
  one: anthropicModel,
};

/**
 * Claude Code shows ids that begin with `claude` or `anthropic` and no others, so every other model has an alias.
 * https://code.claude.com/docs/en/llm-gateway-protocol
 */
function withClaudeAlias(model: ListedModel): readonly ListedModel[] {
  if (/^(?:claude|anthropic)/.test(model.id)) return [model];
  return [model, { ...model, id: `${CLAUDE_ALIAS_PREFIX}${model.id}` }];
}

function anthropicModel(model: ListedModel): JsonObject {
  return {
    type: "model",
    id: model.id,
    display_name: model.displayName,
    created_at: new Date(model.created * 1000).toISOString(),
    ...(model.maxOutputTokens === undefined ? {} : { max_tokens: model.maxOutputTokens }),
    ...(model.contextTokens === undefined ? {} : { max_input_tokens: model.contextTokens }),
  };
}

interface PageQuery {
  readonly limit: number;
  readonly after: string | null;
  readonly before: string | null;
}

function pageOf(models: readonly ListedModel[], { limit, after, before }: PageQuery) {
  if (before !== null) {
    const end = Math.max(
      0,
      models.findIndex(({ id }) => id === before),
    );
    const start = Math.max(0, end - limit);
    return { page: models.slice(start, end), more: start > 0 };
  }
  const start = after === null ? 0 : models.findIndex(({ id }) => id === after) + 1;
  return { page: models.slice(start, start + limit), more: start + limit < models.length };
}

const gemini: ModelShape = {
  list(models, query) {
    const size = Math.min(1000, Math.max(1, Number(query.get("pageSize") ?? 50) || 50));
    const start = Math.max(0, Number(query.get("pageToken") ?? 0) || 0);
    const next = start + size < models.length ? { nextPageToken: String(start + size) } : {};
    return { models: models.slice(start, start + size).map(geminiModel), ...next };
  },
  shows: (model) => geminiMethods(model).length > 0,
  one: geminiModel,
};

function geminiModel(model: ListedModel): JsonObject {
  return {
    name: `models/${model.id}`,
    version: "001",
    displayName: model.displayName,
    description: `Served by ${model.owner}.`,
    inputTokenLimit: model.contextTokens ?? 0,
    outputTokenLimit: model.maxOutputTokens ?? 0,
    supportedGenerationMethods: geminiMethods(model),
  };
}

/** By what Google calls them. https://ai.google.dev/api/models#Model */
const GEMINI_METHODS: { readonly [A in Ability]?: readonly string[] } = {
  generate: ["generateContent", "streamGenerateContent", "countTokens"],
  embeddings: ["embedContent", "batchEmbedContents"],
  images: ["predict"],
};

function geminiMethods({ abilities = ["generate"] }: ListedModel): readonly string[] {
  return abilities.flatMap((ability) => GEMINI_METHODS[ability] ?? []);
}

const SHAPES: Readonly<Record<SurfaceDialect, ModelShape>> = {
  "openai-chat": openai,
  "openai-responses": openai,
  "anthropic-messages": anthropic,
  gemini,
};

/** Whose list it is, and of what. */
export interface ListSource {
  readonly snapshot: Snapshot;
  /** Undefined: everything. */
  readonly reach: Reach | undefined;
}

const shown = new WeakMap<readonly ListedModel[], Map<ModelShape, readonly ListedModel[]>>();

/** What this dialect's clients are shown, and ask for by the query. */
export function chosenModels(
  { snapshot, reach }: ListSource,
  dialect: SurfaceDialect,
  query: URLSearchParams,
): readonly ListedModel[] {
  const models = listModels(snapshot, reach);
  const shape = SHAPES[dialect];
  const known = shown.get(models) ?? new Map<ModelShape, readonly ListedModel[]>();
  shown.set(models, known);
  const all = known.get(shape) ?? models.filter(shape.shows);
  known.set(shape, all);
  return filtered(all, query, snapshot);
}

export function modelList(source: ListSource, dialect: SurfaceDialect, query: URLSearchParams): JsonObject {
  return SHAPES[dialect].list(chosenModels(source, dialect, query), query);
}

/** One model by any name under which a list shows it; undefined when there is none. */
export function oneModel({ snapshot, reach }: ListSource, dialect: SurfaceDialect, id: string): JsonObject | undefined {
  const name = id.startsWith(CLAUDE_ALIAS_PREFIX) ? id.slice(CLAUDE_ALIAS_PREFIX.length) : id;
  const model = listedModel(snapshot, name, reach);
  return model === undefined ? undefined : SHAPES[dialect].one({ ...model, id });
}
