import { expect, it } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import { ownUsage, reportUsage } from "./usage-losses.ts";

const lost = (raw: JsonObject, dialect: "anthropic-messages" | "openai-responses", audioInputTokens?: number) => {
  const losses = lossRecorder();
  reportUsage({ raw, ...(audioInputTokens === undefined ? {} : { audioInputTokens }) }, { dialect }, losses);
  return losses.report().dropped.map(({ detail }) => detail.split(" ").slice(0, 4).join(" "));
};

it("what has a place is not lost, nor is what is nought", () => {
  const chat = {
    prompt_tokens: 9,
    completion_tokens: 3,
    total_tokens: 12,
    completion_tokens_details: { reasoning_tokens: 1, accepted_prediction_tokens: 0 },
  };
  expect(lost(chat, "anthropic-messages")).toEqual([]);
  expect(
    lost({ input_tokens: 1, output_tokens: 2, server_tool_use: { web_search_requests: 3 } }, "anthropic-messages"),
  ).toEqual([]);
});

it("counts without a place are named", () => {
  expect(
    lost({ prompt_tokens: 9, completion_tokens_details: { rejected_prediction_tokens: 2 } }, "anthropic-messages", 4),
  ).toEqual(["The count of audioInputTokens", "'rejected_prediction_tokens' of the usage"]);
  const gemini = { promptTokenCount: 1, promptTokensDetails: [{ modality: "VIDEO", tokenCount: 1 }] };
  expect(lost(gemini, "openai-responses")).toEqual(["'promptTokensDetails' of the usage"]);
});

it("a usage object is known by its fields", () => {
  expect(ownUsage({ raw: { input_tokens: 1, total_tokens: 1 } }, "openai-responses")).toBeDefined();
  expect(ownUsage({ raw: { input_tokens: 1, output_tokens: 1 } }, "openai-responses")).toBeUndefined();
  expect(ownUsage(undefined, "gemini")).toBeUndefined();
});
