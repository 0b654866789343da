/**
 * Writes `packages/gateway/src/catalogue/data/prices.json` from the data that comes with @pydantic/genai-prices (MIT).
 * To bring prices up to date, install a newer version of the package, then: `npm run update:prices`. With the version that
 * wrote it last it writes the same again; `npm run update:prices -- 2026-11-21` gives it another date, and
 * `-- --check` writes nothing and fails where the file is another.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
  calcPrice,
  type MatchLogic,
  type ModelInfo,
  type ModelPrice,
  type Provider,
  waitForUpdate,
} from "@pydantic/genai-prices";
import { undatedId } from "../packages/gateway/src/catalogue/model-id.ts";
import type { TimedFigures } from "../packages/gateway/src/catalogue/profile.ts";
import type { Figures, LongRates, Rates } from "../packages/gateway/src/config/price.ts";

const OUTPUT = fileURLToPath(new URL("../packages/gateway/src/catalogue/data/prices.json", import.meta.url));

/** Its names of the providers that Signalbox has data of, and what is left out of each: no price of the vendor's own API. */
const PROVIDERS: Readonly<Record<string, RegExp | undefined>> = {
  anthropic: undefined,
  aws: /^regional\./,
  azure: undefined,
  baseten: undefined,
  cerebras: /^cerebras[/:]/,
  cohere: undefined,
  deepseek: undefined,
  fireworks: undefined,
  google: undefined,
  groq: undefined,
  minimax: undefined,
  mistral: undefined,
  moonshotai: undefined,
  novita: undefined,
  openai: /^gpt-oss/,
  openrouter: /^[^/]*$/,
  perplexity: undefined,
  together: undefined,
  "x-ai": /\//,
  zai: undefined,
};

interface Row extends Figures {
  readonly ids: readonly string[];
  readonly contextTokens?: number;
  readonly times?: readonly TimedFigures[];
  readonly unlisted?: string;
}

const RATES: Readonly<Record<string, keyof Rates>> = {
  input_mtok: "input",
  output_mtok: "output",
  cache_read_mtok: "cacheRead",
  cache_write_mtok: "cacheWrite5m",
  cache_write_1h_mtok: "cacheWrite1h",
  output_reasoning_mtok: "reasoning",
  input_audio_mtok: "audioInput",
  cache_audio_read_mtok: "audioCacheRead",
  output_audio_mtok: "audioOutput",
  input_image_mtok: "imageInput",
  cache_image_read_mtok: "imageCacheRead",
  output_image_mtok: "imageOutput",
};

/** Told as other charges where they were used: no price of the model itself. */
const ELSEWHERE = new Set(["storage_searches_kcount"]);

/** What the package has one figure for and vendors bill by more than we are told. */
const UNLISTED: Readonly<Record<string, string>> = {
  requests_kcount: "a fee for each request, by how much was searched",
  output_citation_mtok: "the tokens of citations",
};

/** These search the web for every request, for a fee that the package leaves out. */
const SEARCHING = /-search-preview/;

/** Noon, which is outside of the busy hours of DeepSeek's current models. */
function instant(date: string): Date {
  return new Date(`${date}T12:00:00Z`);
}

function rowsOf(provider: Provider, date: string): readonly Row[] {
  return provider.models.flatMap((model) => {
    const found = new Map(idsOf(model).flatMap((id) => priced(provider, { model, id, date })));
    const [price] = found.values();
    const figures = price === undefined ? undefined : figuresOf(model, price);
    if (price === undefined || figures === undefined) return [];
    const contextTokens = model.context_window;
    const times = timesOf(model);
    const unlisted = unlistedOf(model, price);
    return [
      {
        ids: withoutImplied([...found.keys()]),
        ...figures,
        ...(contextTokens === undefined ? {} : { contextTokens }),
        ...(times === undefined ? {} : { times }),
        ...(unlisted === undefined ? {} : { unlisted }),
      },
    ];
  });
}

function unlistedOf(model: ModelInfo, price: ModelPrice): string | undefined {
  if (SEARCHING.test(model.id)) return "a search of the web for each request";
  const parts = Object.entries(UNLISTED).flatMap(([key, words]) => (price[key] === undefined ? [] : [words]));
  return parts.length === 0 ? undefined : parts.join(" and ");
}

/** The names that the package writes out; what it matches by an expression is left to the dates that a look-up strips. */
function idsOf(model: ModelInfo): readonly string[] {
  return [...new Set([model.id, ...literals(model.match)].map((id) => id.toLowerCase()))].toSorted();
}

function literals(match: MatchLogic): readonly string[] {
  if ("or" in match) return match.or.flatMap(literals);
  if ("equals" in match) return [match.equals];
  if ("starts_with" in match) return [match.starts_with];
  if ("contains" in match) return [match.contains];
  if ("ends_with" in match) return [match.ends_with];
  return [];
}

interface Candidate {
  readonly model: ModelInfo;
  readonly id: string;
  readonly date: string;
}

/** The id with its price, where the package itself takes it for this very model. */
function priced(provider: Provider, { model, id, date }: Candidate): readonly (readonly [string, ModelPrice])[] {
  if (PROVIDERS[provider.id]?.test(id) === true || /[@-]$/.test(id)) return [];
  const found = calcPrice({ input_tokens: 1 }, id, { providerId: provider.id, timestamp: instant(date) });
  return found?.model.id === model.id ? [[id, found.model_price]] : [];
}

/** Undefined where it has no price of text, or one for something of which no usage tells. */
function figuresOf(model: ModelInfo, price: ModelPrice): Figures | undefined {
  const free = model.id.endsWith(":free") && Object.keys(price).length === 0;
  if (free) return { input: 0, output: 0 };
  const isKnown = (key: string) =>
    RATES[key] !== undefined || UNLISTED[key] !== undefined || ELSEWHERE.has(key) || key === "web_searches_kcount";
  if (!Object.keys(price).every(isKnown)) return undefined;
  const base = ratesOf(price, 0);
  if (base === undefined) return undefined;
  const long = thresholdsOf(price).flatMap((aboveTokens): readonly LongRates[] => {
    const rates = ratesOf(price, aboveTokens + 1);
    return rates === undefined ? [] : [{ aboveTokens, ...rates }];
  });
  const searches = price["web_searches_kcount"];
  return {
    ...base,
    ...(long.length === 0 ? {} : { long }),
    ...(typeof searches === "number" ? { perThousandSearches: searches } : {}),
  };
}

/** All tiers of a model begin above a number of input tokens, and hold for the whole request. */
function thresholdsOf(price: ModelPrice): readonly number[] {
  const starts = Object.values(price).flatMap((value) =>
    typeof value === "object" ? value.tiers.map(({ start }) => start) : [],
  );
  return [...new Set(starts)].toSorted((one, other) => one - other);
}

function ratesOf(price: ModelPrice, inputTokens: number): Rates | undefined {
  const rates = Object.entries(RATES).flatMap(([key, name]) => {
    const rate = rateAt(price[key], inputTokens);
    return rate === undefined ? [] : [[name, rate] as const];
  });
  const { input, output, ...others } = Object.fromEntries(rates);
  return input === undefined || output === undefined ? undefined : { input, output, ...others };
}

function rateAt(value: ModelPrice[string], inputTokens: number): number | undefined {
  if (typeof value !== "object") return value;
  return value.tiers.findLast(({ start }) => inputTokens > start)?.price ?? value.base;
}

/**
 * Every price that the model ever had, in the package's order, of which the last that holds counts. A window of the day that
 * stands after a date began with it: https://github.com/pydantic/genai-prices/issues/582
 */
function timesOf(model: ModelInfo): readonly TimedFigures[] | undefined {
  if (!Array.isArray(model.prices)) return undefined;
  let from: string | undefined;
  const times = model.prices.flatMap(({ constraint, prices }): readonly TimedFigures[] => {
    const figures = figuresOf(model, prices);
    if (figures === undefined) return [];
    if (constraint?.type === "start_date") from = constraint.start_date;
    const hours =
      constraint?.type === "time_of_date"
        ? [[minuteOf(constraint.start_time), minuteOf(constraint.end_time)]]
        : undefined;
    return [{ ...(from === undefined ? {} : { from }), ...(hours === undefined ? {} : { hours }), ...figures }];
  });
  return times.length > 1 ? times : undefined;
}

function minuteOf(time: string): number {
  const found = /^(\d\d):(\d\d):00Z$/.exec(time);
  if (found === null) throw new Error(`A time of the day that is no whole minute in UTC: ${time}`);
  return Number(found[1]) * 60 + Number(found[2]);
}

/** Without the names that a look-up makes of others by taking their dates away. */
function withoutImplied(ids: readonly string[]): readonly string[] {
  return ids.filter((id) => undatedId(id) === id || !ids.includes(undatedId(id)));
}

function packageFile(name: string): string {
  const require = createRequire(import.meta.url);
  return readFileSync(require.resolve("@pydantic/genai-prices").replace(/dist\/.*$/, name), "utf8");
}

const { version }: { readonly version: string } = JSON.parse(packageFile("package.json"));

const source = `@pydantic/genai-prices ${version} (MIT), https://github.com/pydantic/genai-prices`;
const current: { readonly source: string; readonly date: string } = JSON.parse(readFileSync(OUTPUT, "utf8"));
/** The same package gives the same file on any day. */
const [flags, words] = [process.argv.slice(2).filter(isFlag), process.argv.slice(2).filter((word) => !isFlag(word))];
const date = words[0] ?? (current.source === source ? current.date : new Date().toISOString().slice(0, 10));
const providers = (await waitForUpdate()) ?? [];
const tables = providers
  .filter(({ id }) => Object.hasOwn(PROVIDERS, id))
  .map((provider) => [provider.id, rowsOf(provider, date)] as const);
const data = {
  source,
  note: "US dollars per million tokens on that day, outside of busy hours. Written by scripts/update-prices.ts.",
  license: packageFile("LICENSE"),
  date,
  tables: Object.fromEntries(tables),
};
if (flags.includes("--check")) {
  const same = JSON.stringify(JSON.parse(readFileSync(OUTPUT, "utf8"))) === JSON.stringify(data);
  if (!same) process.stderr.write(`${OUTPUT} is not what ${source} gives. Run: npm run update:prices -- <day>\n`);
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(OUTPUT, `${JSON.stringify(data)}\n`);
  spawnSync("npx", ["biome", "format", "--write", OUTPUT], { stdio: "inherit" });
}

function isFlag(word: string): boolean {
  return word.startsWith("--");
}
