import { expect, test } from "vitest";
import { fromEnvironment } from "../config/load.ts";
import { familyName } from "./model-id.ts";
import { searchesTheWeb } from "./native-search.ts";
import { searchesByItself } from "./search-families.ts";
import { buildSnapshot } from "./snapshot.ts";

const environment = {
  ANTHROPIC_API_KEY: "a",
  OPENAI_API_KEY: "o",
  GEMINI_API_KEY: "g",
  GROQ_API_KEY: "q",
  DEEPSEEK_API_KEY: "d",
  OPENROUTER_API_KEY: "r",
};
const { providers } = buildSnapshot(fromEnvironment("/", environment), { environment, keys: [] });

test.each([
  ["anthropic", "claude-opus-4-6", true],
  ["anthropic", "claude-3-haiku-20240307", false],
  ["openai", "gpt-5-mini", true],
  ["openai", "gpt-4.1-nano", false],
  ["openai", "gpt-4o-search-preview", true],
  ["openai", "ft:something", undefined],
  ["google-ai-studio", "gemini-2.5-flash", true],
  ["google-ai-studio", "gemma-3-27b-it", false],
  ["groq", "openai/gpt-oss-120b", true],
  ["groq", "llama-3.3-70b-versatile", false],
  ["openrouter", "deepseek/deepseek-v4-pro", true],
  ["deepseek", "deepseek-v4-pro", false],
])("%s/%s searches the web: %s", (id, model, expected) => {
  const provider = providers.get(id);
  expect(provider).toBeDefined();
  expect(provider === undefined ? "no such provider" : searchesTheWeb(provider, model)).toBe(expected);
});

test.each([
  ["o3", true],
  ["o3-mini", false],
  ["o4-mini", true],
  ["gpt-realtime", false],
  ["gpt-4-turbo", false],
  ["gemini-3-pro-image-preview", true],
  ["gemini-2.5-flash-image", false],
  ["grok-3", false],
  ["grok-4.5", true],
  ["llama-4-scout", undefined],
])("the family of %s: %s", (model, expected) => {
  expect(searchesByItself(familyName(model))).toBe(expected);
});
