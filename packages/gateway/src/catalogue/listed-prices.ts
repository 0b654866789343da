import type { PriceRow } from "./price-row.ts";

/** 09:00 to 12:00 and 14:00 to 18:00 in Beijing. */
const BEIJING_OFFICE_HOURS = [
  [60, 240],
  [360, 600],
] as const;

const sonnet45 = {
  input: 3,
  output: 15,
  cacheRead: 0.3,
  cacheWrite5m: 3.75,
  cacheWrite1h: 6,
  perThousandSearches: 10,
} as const;

const sonnet45Long = {
  aboveTokens: 200_000,
  input: 6,
  output: 22.5,
  cacheRead: 0.6,
  cacheWrite5m: 7.5,
  cacheWrite1h: 12,
} as const;

/**
 * What the data that we ship does not say, or says less exactly, with the page that says it. These stand before it. Checked 2026-11-21.
 * By table, then as in `data/prices.json`.
 */
export const listedPrices: Readonly<Record<string, readonly PriceRow[]>> = {
  openai: [
    // https://developers.openai.com/api/docs/models/gpt-6.1-sol
    {
      ids: ["gpt-6.1-sol"],
      contextTokens: 1_050_000,
      input: 2,
      output: 10,
      cacheRead: 0.1,
      cacheWrite5m: 2.5,
      perThousandSearches: 10,
      long: [{ aboveTokens: 272_000, input: 4, output: 15, cacheRead: 0.2, cacheWrite5m: 5 }],
    },
    // https://developers.openai.com/api/docs/models/gpt-6.1-terra, as https://github.com/TheKrush/PromptFuel/releases/tag/v1.0.24
    // and https://apidog.com/de/blog/gpt-6-1-terra-pricing/ have it.
    {
      ids: ["gpt-6.1-terra"],
      contextTokens: 1_050_000,
      input: 1,
      output: 5,
      cacheRead: 0.05,
      cacheWrite5m: 1.25,
      cacheWrite1h: 2.5,
      perThousandSearches: 10,
      long: [{ aboveTokens: 272_000, input: 2, output: 7.5, cacheRead: 0.1, cacheWrite5m: 2.5, cacheWrite1h: 5 }],
    },
  ],
  anthropic: [
    // The window beyond 200,000 tokens and its price ended on 2026-04-30; what a loop of hosted tools adds up to may well be more.
    // https://platform.claude.com/docs/en/release-notes/overview
    {
      ids: ["claude-sonnet-4-5", "claude-sonnet-4.5"],
      contextTokens: 200_000,
      ...sonnet45,
      times: [
        { ...sonnet45, long: [sonnet45Long] },
        { from: "2026-04-30", ...sonnet45 },
      ],
    },
    // https://platform.claude.com/docs/en/models/haiku-5-5/overview
    {
      ids: ["claude-haiku-5-5"],
      contextTokens: 1_000_000,
      input: 0.1,
      output: 0.5,
      cacheRead: 0.01,
      cacheWrite5m: 0.125,
      cacheWrite1h: 0.2,
      perThousandSearches: 10,
      long: [{ aboveTokens: 100_000, input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite5m: 0.625, cacheWrite1h: 1 }],
    },
    // https://platform.claude.com/docs/en/models/sonnet-5-5/overview; cache reads became cheaper with Haiku 5.5's release.
    {
      ids: ["claude-sonnet-5-5"],
      contextTokens: 1_000_000,
      input: 2,
      output: 10,
      cacheRead: 0.1,
      cacheWrite5m: 2.5,
      cacheWrite1h: 4,
      perThousandSearches: 10,
      times: [
        { input: 2, output: 10, cacheRead: 0.2, cacheWrite5m: 2.5, cacheWrite1h: 4, perThousandSearches: 10 },
        {
          from: "2026-10-07",
          input: 2,
          output: 10,
          cacheRead: 0.1,
          cacheWrite5m: 2.5,
          cacheWrite1h: 4,
          perThousandSearches: 10,
        },
      ],
    },
  ],
  // https://api-docs.deepseek.com/quick_start/pricing: half price outside of office hours, and all weekend since 2026-08-23.
  // Chinese public holidays are cheap as well, and are not known here: those hours come out too dear.
  deepseek: [
    {
      ids: ["deepseek-flash"],
      contextTokens: 1_000_000,
      input: 0.15,
      output: 0.6,
      cacheRead: 0.003,
      times: [{ hours: BEIJING_OFFICE_HOURS, workdays: true, input: 0.3, output: 1.2, cacheRead: 0.006 }],
    },
    {
      ids: ["deepseek-v4-pro"],
      contextTokens: 1_000_000,
      input: 0.66,
      output: 1.98,
      cacheRead: 0.022,
      times: [
        { input: 0.435, output: 0.87, cacheRead: 0.003625 },
        { from: "2026-08-17", input: 0.66, output: 1.98, cacheRead: 0.022 },
        { from: "2026-08-17", hours: BEIJING_OFFICE_HOURS, input: 1.32, output: 3.96, cacheRead: 0.044 },
        { from: "2026-08-23", input: 0.66, output: 1.98, cacheRead: 0.022 },
        {
          from: "2026-08-23",
          hours: BEIJING_OFFICE_HOURS,
          workdays: true,
          input: 1.32,
          output: 3.96,
          cacheRead: 0.044,
        },
      ],
    },
    // Its requests are served by deepseek-flash, and billed as that is, since that was released.
    {
      ids: ["deepseek-v4-flash"],
      contextTokens: 1_000_000,
      input: 0.15,
      output: 0.6,
      cacheRead: 0.003,
      times: [
        { input: 0.14, output: 0.28, cacheRead: 0.0028 },
        { from: "2026-08-17", input: 0.22, output: 0.66, cacheRead: 0.007 },
        { from: "2026-08-17", hours: BEIJING_OFFICE_HOURS, input: 0.44, output: 1.32, cacheRead: 0.014 },
        { from: "2026-08-23", input: 0.22, output: 0.66, cacheRead: 0.007 },
        {
          from: "2026-08-23",
          hours: BEIJING_OFFICE_HOURS,
          workdays: true,
          input: 0.44,
          output: 1.32,
          cacheRead: 0.014,
        },
        { from: "2026-09-10", input: 0.15, output: 0.6, cacheRead: 0.003 },
        { from: "2026-09-10", hours: BEIJING_OFFICE_HOURS, workdays: true, input: 0.3, output: 1.2, cacheRead: 0.006 },
      ],
    },
  ],
  // https://ai.google.dev/gemini-api/docs/pricing: free of charge there, with no paid tier.
  google: [
    { ids: ["gemma-4-31b-it"], contextTokens: 262_144, input: 0, output: 0, on: "google-ai-studio" },
    // https://github.com/BerriAI/litellm/discussions/46238 and https://docs.laozhang.ai/en/announcements/gemini-4-carbon-2026-11
    {
      ids: ["gemini-4-argon", "gemini-4-carbon"],
      contextTokens: 1_048_576,
      input: 2,
      output: 10,
      cacheRead: 0.1,
      times: [{ from: "2026-12-01", input: 4, output: 20, cacheRead: 0.2 }],
    },
    // https://github.com/BerriAI/litellm/discussions/51436, which tells no price of cached input.
    { ids: ["gemini-4-hydrogen"], contextTokens: 1_048_576, input: 1.5, output: 7.5 },
  ],
  "x-ai": [
    // https://docs.x.ai/developers/grok-4-7, with what is beyond its first figures from https://apidog.com/blog/how-to-use-grok-4-7-api/
    {
      ids: ["grok-4.7"],
      contextTokens: 500_000,
      input: 2,
      output: 6,
      cacheRead: 0.5,
      long: [{ aboveTokens: 199_999, input: 4, output: 12, cacheRead: 1 }],
    },
    // https://docs.x.ai/developers/models: the dated names of Grok 4.20.
    {
      ids: ["grok-4.20-0309-reasoning", "grok-4.20-0309-non-reasoning"],
      contextTokens: 1_000_000,
      input: 1.25,
      output: 2.5,
      cacheRead: 0.2,
      long: [{ aboveTokens: 199_999, input: 2.5, output: 5, cacheRead: 0.4 }],
    },
  ],
};
