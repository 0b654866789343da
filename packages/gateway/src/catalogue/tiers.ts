import type { Tier } from "./profile.ts";

interface TierRule {
  /** The provider that serves it. */
  readonly provider: string;
  /** Names of models, without dates. */
  readonly models: RegExp;
  readonly tiers: Readonly<Record<string, Tier>>;
}

const half: Tier = { factor: 0.5 };

/** OpenAI renamed priority processing to fast mode; answers tell either word. */
const fast = (tier: Tier) => ({ priority: tier, fast: tier });

/**
 * Service tiers by their own tables, which the data we ship has none of. Checked 2026-11-21. Vendors' pages:
 * - Flex and batch at half price: https://developers.openai.com/api/docs/guides/flex-processing and …/guides/batch,
 *   https://ai.google.dev/gemini-api/docs/optimization (Gemini), batch alone: https://platform.claude.com/docs/en/about-claude/pricing#batch-processing
 * - OpenAI's fast mode, model by model, most without long context: https://openai.com/api-fast-mode/
 * - Gemini's priority is 75 % to 100 % dearer, and known for these two: https://ai.google.dev/gemini-api/docs/pricing
 * - Claude in one country: https://platform.claude.com/docs/en/about-claude/pricing#data-residency-pricing
 * - Claude's fast mode: https://platform.claude.com/docs/en/build-with-claude/fast-mode
 *
 * Anthropic's priority tier and Vertex AI's provisioned throughput are paid for as capacity: no request has a price there.
 */
const rules: readonly TierRule[] = [
  { provider: "openai", models: /./, tiers: { flex: half, batch: half } },
  { provider: "openai", models: /^gpt-5\.6-/, tiers: fast({ factor: 2 }) },
  { provider: "openai", models: /^gpt-5\.5$/, tiers: fast({ factor: 2.5, shortOnly: true }) },
  {
    provider: "openai",
    models: /^gpt-5(\.4(-mini)?|\.[12]|(\.1)?-codex)?$/,
    tiers: fast({ factor: 2, shortOnly: true }),
  },
  { provider: "openai", models: /^gpt-5-mini$/, tiers: fast({ factor: 1.8, shortOnly: true }) },
  { provider: "openai", models: /^gpt-4\.1$/, tiers: fast({ factor: 1.75, shortOnly: true }) },
  {
    provider: "anthropic",
    models: /./,
    tiers: { batch: half, "geo-us": { factor: 1.1 }, "batch+geo-us": { factor: 0.55 } },
  },
  {
    provider: "anthropic",
    models: /^claude-opus-4-6$/,
    tiers: { fast: { factor: 6 }, "fast+geo-us": { factor: 6.6 } },
  },
  { provider: "google-ai-studio", models: /^gemini-/, tiers: { flex: half, batch: half } },
  { provider: "google-ai-studio", models: /^gemini-3\.[78]-flash$/, tiers: { priority: { factor: 1.8 } } },
];

/** Of a model at a provider, by its name without its date. */
export function tiersOf(provider: string, model: string): ReadonlyMap<string, Tier> {
  const known = rules.filter((rule) => rule.provider === provider && rule.models.test(model));
  return new Map(known.flatMap(({ tiers }) => Object.entries(tiers)));
}

/** The vendors' words for what has the listed price. `auto` is what was asked for, and no vendor's word for what was served. */
const ORDINARY: ReadonlySet<string> = new Set(["default", "standard", "on_demand", "auto"]);

export function isOrdinaryTier(tier: string | undefined): boolean {
  return tier === undefined || ORDINARY.has(tier);
}
