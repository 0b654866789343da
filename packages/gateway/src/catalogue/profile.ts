import type { Figures } from "../config/price.ts";

/**
 * Whose word fills what the figures leave out when a request is billed. `own`: the operator's figures hold for everything.
 * `none`: what has no rate is unpriced.
 */
export type BillingRules = "own" | "openai" | "anthropic" | "google" | "none";

/** Figures for some of the time; the last of them that holds at an instant replaces the others. Times are UTC. */
export interface TimedFigures extends Figures {
  /** The first day, `2026-08-17`; absent: always. */
  readonly from?: string;
  /** Pairs of minutes of the day, the second of each excluded. */
  readonly hours?: readonly (readonly number[])[];
  /** Not on Saturdays and Sundays. */
  readonly workdays?: boolean;
}

/** A service tier's price: its own figures, or a factor for all rates of tokens. */
export type Tier =
  | { readonly factor: number /** Not for inputs beyond a threshold. */; readonly shortOnly?: true }
  | { readonly figures: Figures };

/** US dollars per million tokens, as a vendor's price page writes them: outside of busy hours, on the day of the table. */
export interface Price extends Figures {
  /** Says which figures these are: `openai/gpt-5@2026-11-20`, `lab/llama-4@config:0.1/0.4`. */
  readonly id: string;
  readonly rules?: BillingRules;
  readonly times?: readonly TimedFigures[];
  /** By the word that answers tell. Any other but the ordinary ones has no price that we know. */
  readonly tiers?: ReadonlyMap<string, Tier>;
  /** What the vendor bills besides, and these figures do not hold. */
  readonly unlisted?: string;
}

/** What a model can take and do; absent means unknown, and unknown does not exclude it. */
export interface Capabilities {
  readonly tools?: boolean;
  readonly images?: boolean;
  readonly documents?: boolean;
  readonly audio?: boolean;
  readonly jsonSchema?: boolean;
  /** Whether it searches the web by a tool of its provider's. */
  readonly webSearch?: boolean;
  /** Whether it can be told to think, and how much. */
  readonly reasoning?: boolean;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
}

/** Public benchmark results, 0 to 100; absent means unknown. */
export interface Scores {
  readonly intelligence?: number;
  readonly math?: number;
  readonly coding?: number;
}
