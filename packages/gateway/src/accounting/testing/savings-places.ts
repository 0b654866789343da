import type { Usage } from "@signalbox/protocol";
import type { Price } from "../../catalogue/profile.ts";
import type { AnsweringAttempt } from "../savings.ts";

// US dollars per million tokens: so many dollars are so many thousand nano-dollars a token.
/** Claude Sonnet 4.5's, with its price of long prompts. */
const sonnet: Price = {
  id: "anthropic/claude-sonnet-4-5@test",
  rules: "anthropic",
  input: 3,
  output: 15,
  cacheRead: 0.3,
  long: [{ aboveTokens: 200_000, input: 6, output: 22.5, cacheRead: 0.6 }],
};
const haiku: Price = { id: "anthropic/claude-haiku-4-5@test", rules: "anthropic", input: 1, output: 5, cacheRead: 0.1 };
const gpt: Price = {
  id: "openai/gpt-5@test",
  rules: "openai",
  input: 1.25,
  output: 10,
  cacheRead: 0.125,
  tiers: new Map([["flex", { factor: 0.5 }]]),
};
/** Nobody has said what reading from its cache costs. */
const llama: Price = { id: "groq/llama@test", input: 0.6, output: 0.8 };

export const places = {
  "anthropic/sonnet": sonnet,
  "anthropic/haiku": haiku,
  "openai/gpt-5": gpt,
  "groq/llama": llama,
} as const;
export type Place = keyof typeof places;

const providerOf = (place: Place): string => place.split("/")[0] ?? "";

/** An attempt that was answered there. */
export function answer(place: Place, usage: Usage, again = false): AnsweringAttempt {
  return { usage, price: places[place], place, provider: providerOf(place), again };
}

export const baseline = (place: Place) => ({ provider: providerOf(place), price: places[place] });
