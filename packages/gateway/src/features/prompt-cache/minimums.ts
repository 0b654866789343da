/** Of a prefix that is shorter nothing is cached, and nobody says so: no error, and no price. */
interface Minimum {
  /** Of the model's name, without its vendor and region. */
  readonly pattern: RegExp;
  readonly tokens: number;
}

/** Read on 2026-11-20 from each `source`. The first that matches holds; a name of tomorrow gets the last. */
interface MinimumTable {
  readonly source: string;
  readonly rows: readonly Minimum[];
  /** Of models that no row names: the longest that the vendor has. */
  readonly otherwise: number;
}

/** Names end with a date, a version of the cloud or nothing: `claude-opus-4-5-20251101-v1:0`. */
const claude = (version: string): RegExp => new RegExp(`claude-(?:${version})(?![.\\d]|-\\d(?!\\d))`);

const anthropic: MinimumTable = {
  source: "https://platform.claude.com/docs/en/build-with-claude/prompt-caching#cache-limitations",
  rows: [
    { pattern: claude("(?:opus|fable|mythos)-5"), tokens: 512 },
    { pattern: claude("opus-4[.-]8|sonnet-5|sonnet-4[.-][56]|opus-4[.-]1|(?:opus|sonnet)-4(?:-0)?"), tokens: 1024 },
    { pattern: /claude-3[.-][57]-sonnet|claude-3-(?:opus|sonnet)|claude-sonnet-3[.-]7/, tokens: 1024 },
    { pattern: /claude-opus-4[.-]7|claude-3[.-]5-haiku|claude-3-haiku|claude-haiku-3/, tokens: 2048 },
    { pattern: claude("opus-4[.-][56]|haiku-4[.-]5"), tokens: 4096 },
  ],
  otherwise: 4096,
};

const bedrock: MinimumTable = {
  source: "https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html#prompt-caching-models",
  rows: [{ pattern: /nova-/, tokens: 1000 }, { pattern: /claude-opus-4[.-]7/, tokens: 4096 }, ...anthropic.rows],
  otherwise: 4096,
};

/** The API takes 1,024 of some of these; what is documented is on the safe side. */
const gemini: MinimumTable = {
  source: "https://ai.google.dev/gemini-api/docs/caching",
  rows: [{ pattern: /gemini-2\.5-/, tokens: 2048 }],
  otherwise: 4096,
};

export type CachingApi = "anthropic" | "bedrock" | "gemini";

export const minimumTables: Readonly<Record<CachingApi, MinimumTable>> = { anthropic, bedrock, gemini };

/** How long a prefix must be for a model to keep it, in tokens. */
export function minimumPrefix(api: CachingApi, model: string): number {
  const { rows, otherwise } = minimumTables[api];
  const name = model.toLowerCase();
  return rows.find(({ pattern }) => pattern.test(name))?.tokens ?? otherwise;
}

/** OpenAI's, and of most who do as it does. https://developers.openai.com/api/docs/guides/prompt-caching */
const USUAL = 1024;

/** The same by the model's name alone, wherever it is served: the longest of them. */
export function longestMinimum(model: string): number {
  const name = model.toLowerCase();
  if (/claude|nova/.test(name)) return Math.max(minimumPrefix("anthropic", name), minimumPrefix("bedrock", name));
  return name.includes("gemini") ? minimumPrefix("gemini", name) : USUAL;
}
