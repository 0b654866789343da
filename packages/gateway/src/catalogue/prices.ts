import { createHash } from "node:crypto";
import { compact } from "@signalbox/protocol";
import {
  type Figures,
  type LongRates,
  type PieceRates,
  pieceRateNames,
  type Rates,
  rateNames,
  type TierPrice,
  type WrittenPrice,
} from "../config/price.ts";
import type { ProviderModel } from "../config/settings.ts";
import type { ResolvedProvider } from "../providers/resolved.ts";
import { byModel } from "./by-model.ts";
import { bareName } from "./catalogue.ts";
import { familyName, undatedId } from "./model-id.ts";
import { type Found, findRow, priceVersion } from "./price-rows.ts";
import type { BillingRules, Price, Tier } from "./profile.ts";
import { tiersOf } from "./tiers.ts";

/** The id as the provider's tables know it, without another vendor's name before it where that alone is unknown. */
function find(provider: string, model: string): Found | undefined {
  return findRow(provider, model) ?? (model.includes("/") ? findRow(provider, bareName(model)) : undefined);
}

/** Of each provider, by the row's own name: the same row under two providers has two ids. */
const shipped = new WeakMap<Found, Map<string, Price>>();
const written = new WeakMap<WrittenPrice, Map<string, Price>>();

/**
 * What this provider asks for this model: the operator's word, then the table. Undefined is unknown: never somebody else's
 * price for the same model, and never 0. The same object for the same price.
 */
export const priceOf = byModel(findPrice);

function findPrice(provider: Pick<ResolvedProvider, "id" | "models">, model: string): Price | undefined {
  const own = provider.models.get(model)?.price;
  if (own !== undefined) {
    const key = `${provider.id}/${model}`;
    return remembered(written, own, key, () => operatorsPrice(own, key));
  }
  const found = find(provider.id, model);
  if (found === undefined) return undefined;
  return remembered(shipped, found, provider.id, () => tablePrice(found, provider.id));
}

function remembered<T extends object>(
  prices: WeakMap<T, Map<string, Price>>,
  of: T,
  ...[key, make]: readonly [string, () => Price]
): Price {
  const known = prices.get(of) ?? new Map<string, Price>();
  prices.set(of, known);
  const price = known.get(key) ?? make();
  known.set(key, price);
  return price;
}

function tablePrice({ id, row, table }: Found, provider: string): Price {
  const { ids: _ids, contextTokens: _contextTokens, on: _on, times, unlisted, ...figures } = row;
  const tiers = tiersOf(provider, undatedId(id));
  return {
    id: `${provider}/${id}@${priceVersion.date}`,
    rules: rulesOf(provider, table, id),
    ...figuresOf(figures),
    ...compact({
      unlisted,
      times: times?.map(({ from, hours, workdays, ...timed }) => ({
        ...figuresOf(timed),
        ...compact({ from, hours, workdays }),
      })),
      tiers: tiers.size === 0 ? undefined : tiers,
    }),
  };
}

/** Bedrock and OpenRouter have rules of their own, which we know nothing of; the other clouds bill as the vendors do. */
function rulesOf(provider: string, table: string, id: string): BillingRules {
  if (provider === "bedrock" || provider === "openrouter") return "none";
  // What is embedded beside text has prices of its own, or none that we know.
  if (familyName(id).includes("embed")) return "none";
  if (familyName(id).startsWith("claude-")) return "anthropic";
  if (table === "openai" || table === "azure") return "openai";
  return table === "google" ? "google" : "none";
}

function operatorsPrice(own: WrittenPrice, key: string): Price {
  const { tiers, ...figures } = own;
  return {
    id: `${key}@config:${digestOf(own)}`,
    rules: "own",
    ...figuresOf(figures),
    ...(tiers === undefined
      ? {}
      : { tiers: new Map(Object.entries(tiers).map(([tier, price]) => [tier, tierOf(price)])) }),
  };
}

function tierOf(price: TierPrice): Tier {
  return typeof price === "number" ? { factor: price } : { figures: figuresOf(price) };
}

type Loosely<T> = { readonly [K in keyof T]: T[K] | undefined };
type AnyRates = Loosely<Partial<Rates>> & Pick<Rates, "input" | "output">;
type AnyFigures = AnyRates &
  Loosely<PieceRates> & {
    readonly long?: readonly (AnyRates & Pick<LongRates, "aboveTokens">)[] | undefined;
    readonly perThousandSearches?: number | undefined;
    readonly perThousandRequests?: number | undefined;
  };

function ratesOf(from: AnyRates): Rates {
  const known = rateNames.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]] as const]));
  return { input: from.input, output: from.output, ...Object.fromEntries(known) };
}

function figuresOf(from: AnyFigures): Figures {
  const { long, perThousandSearches, perThousandRequests } = from;
  return {
    ...ratesOf(from),
    ...Object.fromEntries(pieceRateNames.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))),
    ...compact({
      long: long?.map((rates) => ({ aboveTokens: rates.aboveTokens, ...ratesOf(rates) })),
      perThousandSearches,
      perThousandRequests,
    }),
  };
}

/** Operators change prices without changing dates: the figures tell two of them apart, and where they are many, a digest of them. */
function digestOf(own: WrittenPrice): string {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, ...more } = own;
  const first = [input, output, cacheRead, cacheWrite5m, cacheWrite1h].map((figure) => figure ?? "");
  const figures = first.join("/").replace(/\/+$/, "");
  if (Object.values(more).every((value) => value === undefined)) return figures;
  const digest = createHash("sha256").update(stableText(more)).digest("hex").slice(0, 12);
  return `${figures}+${digest}`;
}

function stableText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableText).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${stableText(field)}`).join(",")}}`;
}

/** The window that the price table names, where it does. */
export function listedContextTokens(provider: string, model: ProviderModel["id"]): number | undefined {
  return find(provider, model)?.row.contextTokens;
}

/** The rates for an input of that length, cached tokens included. */
export function ratesFor(figures: Figures, inputTokens: number): Rates {
  return figures.long?.findLast(({ aboveTokens }) => inputTokens > aboveTokens) ?? figures;
}

export interface TokenCounts {
  /** All of the input, whether it comes from the cache or not. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Those of the input that are read from the provider's prompt cache. */
  readonly cachedTokens?: number;
}

/** US dollars. Cached input costs as much as other input where no price of its own is known. */
export function expectedCost(price: Price, tokens: TokenCounts): number {
  const { inputTokens, outputTokens } = tokens;
  const rates = ratesFor(price, inputTokens);
  const cached = Math.min(tokens.cachedTokens ?? 0, inputTokens);
  const input = (inputTokens - cached) * rates.input + cached * (rates.cacheRead ?? rates.input);
  return (input + outputTokens * rates.output) / 1_000_000;
}
