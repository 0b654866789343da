import { describe, expect, it } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { extensionsFor, featureName } from "./extensions.ts";

const request: CanonicalRequest = {
  model: "m",
  stream: false,
  instructions: [],
  messages: [],
  tools: [],
  sampling: {},
  extensions: {
    "openai-chat": { logit_bias: { "50256": -100 }, store: false, functions: [], prediction: null },
    gemini: { safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT" }] },
  },
};

describe("extensionsFor", () => {
  it("gives a dialect its own fields, and reports those of the others that ask for something", () => {
    const losses = lossRecorder();
    expect(extensionsFor("gemini", request, losses)).toBe(request.extensions?.gemini);
    expect(losses.report().dropped.map(({ feature }) => feature)).toEqual(["logit-bias"]);
  });

  it("reports one field once", () => {
    const losses = lossRecorder();
    for (let count = 0; count < 2; count += 1) extensionsFor("anthropic-messages", request, losses);
    expect(losses.report().dropped.map(({ feature }) => feature)).toEqual(["logit-bias", "safety-settings"]);
  });

  it("of a request without any is nothing", () => {
    const { extensions: _, ...plain } = request;
    expect(extensionsFor("gemini", plain, lossRecorder())).toEqual({});
  });
});

describe("featureName", () => {
  it.each([
    ["logit_bias", "logit-bias"],
    ["logitBias", "logit-bias"],
    ["safetySettings", "safety-settings"],
    ["n", "n"],
  ])("of %s is %s", (field, name) => {
    expect(featureName(field)).toBe(name);
  });
});
