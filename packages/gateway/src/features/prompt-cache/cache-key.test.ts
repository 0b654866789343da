import type { CanonicalRequest } from "@signalbox/protocol";
import { describe, expect, it } from "vitest";
import { derivedCacheKey, keepsForADay, takesCacheKey } from "./cache-key.ts";

const asked: CanonicalRequest = {
  model: "m",
  stream: false,
  instructions: [{ type: "text", text: "word".repeat(1200) }],
  messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
  tools: [{ type: "function", name: "read" }],
  sampling: {},
};
const WHO = { tenant: "t", model: "gpt-5" };

describe("a derived key", () => {
  it("is short enough for OpenAI, and the same for all that begin alike", () => {
    const key = derivedCacheKey(asked, WHO);
    expect(key?.length).toBeLessThanOrEqual(64);
    const later = { ...asked, messages: [], metadata: { at: "now" }, endUser: "u" };
    expect(derivedCacheKey(later, WHO)).toBe(key);
    const billed = { type: "text", text: "x-anthropic-billing-header: cc_version=3" } as const;
    expect(derivedCacheKey({ ...asked, instructions: [billed, ...asked.instructions] }, WHO)).toBe(key);
  });

  it("tells tenants, models, instructions and tools apart", () => {
    const keys = [
      derivedCacheKey(asked, WHO),
      derivedCacheKey(asked, { ...WHO, tenant: "u" }),
      derivedCacheKey(asked, { ...WHO, model: "gpt-5-mini" }),
      derivedCacheKey({ ...asked, tools: [] }, WHO),
      derivedCacheKey({ ...asked, instructions: [{ type: "text", text: "other".repeat(1200) }] }, WHO),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("is not made for a prompt that is too short to be cached, or that begins with nothing", () => {
    expect(derivedCacheKey({ ...asked, instructions: [{ type: "text", text: "short" }] }, WHO)).toBeUndefined();
    expect(derivedCacheKey({ ...asked, instructions: [], tools: [] }, WHO)).toBeUndefined();
  });
});

it.each([
  ["openai", "openai-chat", true],
  ["azure", "openai-responses", true],
  ["xai", "openai-responses", true],
  ["xai", "openai-chat", false],
  ["groq", "openai-chat", false],
])("%s at %s takes a key: %s", (provider, dialect, takes) => {
  expect(takesCacheKey(provider, dialect)).toBe(takes);
});

it.each([
  ["openai", "gpt-5.1", true],
  ["openai", "gpt-5-2025-08-07", true],
  ["openai", "gpt-5-mini", false],
  ["openai", "gpt-5.6", false],
  ["openai", "gpt-4o", false],
  ["xai", "gpt-5.1", false],
])("%s keeps prompts of %s for a day where asked to: %s", (provider, model, keeps) => {
  expect(keepsForADay(provider, model)).toBe(keeps);
});
