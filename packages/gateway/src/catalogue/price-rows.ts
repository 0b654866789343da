import { entryOf } from "@signalbox/protocol";
import priceData from "./data/prices.json" with { type: "json" };
import { listedOperationPrices } from "./listed-operation-prices.ts";
import { listedPrices } from "./listed-prices.ts";
import { bedrockNames, undatedId } from "./model-id.ts";
import type { PriceRow } from "./price-row.ts";

const shipped: Readonly<Record<string, readonly PriceRow[]>> = priceData.tables;

/** The day and the package of the figures: another one whenever any figure differs. Every id of a price names its day. */
export const priceVersion: { readonly date: string; readonly source: string } = {
  date: priceData.date,
  source: priceData.source,
};

/**
 * The tables of each provider, its own first. Vertex bills Claude, and Azure bills its vendors' models, at the vendors' own
 * prices. Providers that are missing here publish none that we have.
 */
const tablesOf: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    anthropic: ["anthropic"],
    azure: ["azure", "openai", "anthropic", "deepseek", "x-ai", "moonshotai"],
    baseten: ["baseten"],
    bedrock: ["aws"],
    cerebras: ["cerebras"],
    cohere: ["cohere"],
    deepseek: ["deepseek"],
    fireworks: ["fireworks"],
    "google-ai-studio": ["google"],
    groq: ["groq"],
    minimax: ["minimax"],
    mistral: ["mistral"],
    moonshot: ["moonshotai"],
    novita: ["novita"],
    openai: ["openai"],
    openrouter: ["openrouter"],
    perplexity: ["perplexity"],
    together: ["together"],
    vertex: ["google", "anthropic"],
    voyage: ["voyage"],
    xai: ["x-ai"],
    zai: ["zai"],
  }),
);

export interface Found {
  /** The name by which the table knows the model. */
  readonly id: string;
  readonly row: PriceRow;
  readonly table: string;
}

interface PriceIndex {
  readonly exact: ReadonlyMap<string, Found>;
  /** By names without dates; null where two prices would share one. */
  readonly undated: ReadonlyMap<string, Found | null>;
}

const indexes = new Map<string, PriceIndex>();

function indexOf(table: string): PriceIndex {
  const known = indexes.get(table);
  if (known !== undefined) return known;
  const index = indexed(table);
  indexes.set(table, index);
  return index;
}

function indexed(table: string): PriceIndex {
  const own = [...(entryOf(listedPrices, table) ?? []), ...(entryOf(listedOperationPrices, table) ?? [])];
  const listed = new Set(own.flatMap(({ ids }) => ids));
  const rows = [...own, ...(entryOf(shipped, table) ?? [])];
  const exact = new Map<string, Found>();
  const undated = new Map<string, Found | null>();
  for (const found of rows.flatMap((row) => row.ids.map((id): Found => ({ id, row, table })))) {
    if (exact.has(found.id)) continue;
    exact.set(found.id, found);
    const short = undatedId(found.id);
    const other = undated.get(short);
    if (other === undefined || !listed.has(short)) {
      undated.set(short, other === undefined || other?.row === found.row ? found : null);
    }
  }
  return { exact, undated };
}

/** The row that holds for this name at this provider. */
export function findRow(provider: string, model: string): Found | undefined {
  for (const table of tablesOf.get(provider) ?? []) {
    const index = indexOf(table);
    for (const name of namesOf(provider, model.toLowerCase())) {
      const found = lookUp(index, name);
      if (found !== undefined && (found.row.on ?? provider) === provider) return found;
    }
  }
  return undefined;
}

const namesOf = (provider: string, name: string) => (provider === "bedrock" ? bedrockNames(name) : [name]);

function lookUp({ exact, undated }: PriceIndex, name: string): Found | undefined {
  const short = undatedId(name);
  return exact.get(name) ?? exact.get(short) ?? undated.get(short) ?? undefined;
}
