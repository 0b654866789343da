import { describe, expect, it } from "vitest";
import { anthropicTier, openaiTier } from "./service-tier.ts";

describe("the tier that served an answer", () => {
  it.each([
    ["default", "default", "standard"],
    ["standard", "default", "standard"],
    ["priority", "priority", "priority"],
    ["flex", "flex", undefined],
    ["batch", undefined, "batch"],
    ["on_demand", undefined, undefined],
    [undefined, undefined, undefined],
  ])("%s is %s for OpenAI's clients and %s for Anthropic's", (tier, openai, anthropic) => {
    expect(openaiTier(tier)).toBe(openai);
    expect(anthropicTier(tier)).toBe(anthropic);
  });
});
