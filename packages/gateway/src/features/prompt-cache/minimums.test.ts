import { expect, it } from "vitest";
import { type CachingApi, minimumPrefix } from "./minimums.ts";

it.each<readonly [CachingApi, string, number]>([
  ["anthropic", "claude-opus-5", 512],
  ["anthropic", "claude-fable-5-20260601", 512],
  ["anthropic", "claude-opus-4-8", 1024],
  ["anthropic", "claude-sonnet-5", 1024],
  ["anthropic", "anthropic/claude-sonnet-4.6", 1024],
  ["anthropic", "claude-sonnet-4-5-20250929", 1024],
  ["anthropic", "claude-sonnet-4-20250514", 1024],
  ["anthropic", "claude-opus-4-20250514", 1024],
  ["anthropic", "claude-opus-4-1-20250805", 1024],
  ["anthropic", "claude-opus-4-7", 2048],
  ["anthropic", "claude-3-5-haiku-20241022", 2048],
  ["anthropic", "claude-opus-4-6@20260205", 4096],
  ["anthropic", "claude-haiku-4-5-20251001", 4096],
  ["anthropic", "claude-sonnet-5-5", 4096],
  ["anthropic", "claude-of-tomorrow", 4096],
  ["bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 1024],
  ["bedrock", "global.anthropic.claude-opus-5-v1", 512],
  ["bedrock", "us.anthropic.claude-opus-4-7", 4096],
  ["bedrock", "us.amazon.nova-pro-v1:0", 1000],
  ["gemini", "gemini-2.5-flash", 2048],
  ["gemini", "gemini-3.8-flash", 4096],
])("at %s, %s keeps no prefix below %d tokens", (api, model, tokens) => {
  expect(minimumPrefix(api, model)).toBe(tokens);
});
