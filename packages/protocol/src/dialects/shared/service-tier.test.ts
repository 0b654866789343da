import { describe, expect, it } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import { anthropicTier, openaiRequestTier, openaiTier } from "./service-tier.ts";

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
    const losses = lossRecorder();
    expect(openaiTier(tier, losses)).toBe(openai);
    expect(anthropicTier(tier, losses)).toBe(anthropic);
    const unsaid = tier !== undefined && (openai === undefined || anthropic === undefined);
    expect(losses.report().dropped.map(({ feature }) => feature)).toEqual(unsaid ? ["service-tier"] : []);
  });
});

describe("the tier that a request asks for", () => {
  it("is called otherwise by OpenAI where Anthropic's word is its own", () => {
    const losses = lossRecorder();
    expect(openaiRequestTier("flex", losses)).toBe("flex");
    expect(openaiRequestTier(undefined, losses)).toBeUndefined();
    expect(losses.report().adapted).toEqual([]);
    expect(openaiRequestTier("standard_only", losses)).toBe("default");
    expect(losses.report().adapted).toMatchObject([{ feature: "service-tier" }]);
  });
});
