import { compact, type ModelFacts } from "@signalbox/protocol";
import type { ResolvedProvider } from "../providers/resolved.ts";
import { byModel } from "./by-model.ts";
import { familyOf } from "./families.ts";
import type { CatalogueModel } from "./model.ts";
import { familyName } from "./model-id.ts";
import { modelRows } from "./models.ts";
import { searchesByItself } from "./search-families.ts";

const byProvider: ReadonlyMap<string, ReadonlyMap<string, CatalogueModel>> = new Map(
  Object.entries(modelRows).map(([provider, rows]) => [provider, new Map(rows.map((row) => [row.id, row]))]),
);

/** The models known of a built-in provider. */
export function catalogueModels(provider: string): readonly CatalogueModel[] {
  return [...(byProvider.get(provider)?.values() ?? [])];
}

export function catalogueModel(provider: string, model: string): CatalogueModel | undefined {
  return byProvider.get(provider)?.get(model);
}

/**
 * What is known of a provider's model: the configuration's word, then the catalogue's on this very id, then what holds
 * for its family. A model under another vendor's name (`anthropic/claude-…` at OpenRouter) belongs to its family still.
 */
export const modelFacts = byModel(findFacts);

function findFacts(provider: Pick<ResolvedProvider, "id" | "models">, model: string): ModelFacts {
  const { id: _id, ...written } = provider.models.get(model) ?? { id: model };
  const known = catalogueModel(provider.id, model);
  const family = familyOf(bareName(model))?.facts;
  const webSearch = searchesByItself(familyName(model));
  return pickFacts({ ...compact({ webSearch }), ...family, ...known, ...written });
}

function pickFacts(from: ModelFacts): ModelFacts {
  const { maxOutputTokens, contextTokens, reasoning, prefill, webSearch } = from;
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(prefill === undefined ? {} : { prefill }),
    ...(webSearch === undefined ? {} : { webSearch }),
  };
}

/** `accounts/fireworks/models/kimi-k2` → `kimi-k2`. */
export function bareName(model: string): string {
  return model.slice(model.lastIndexOf("/") + 1);
}
