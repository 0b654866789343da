import { expect, test } from "vitest";
import { decodeUsage, encodeUsage } from "./usage.ts";

test("prompt counts include cached tokens, candidates exclude thoughts, hosted tools add to the prompt", () => {
  const metadata = {
    promptTokenCount: 100,
    cachedContentTokenCount: 60,
    toolUsePromptTokenCount: 5,
    candidatesTokenCount: 7,
    thoughtsTokenCount: 11,
    promptTokensDetails: [{ modality: "IMAGE", tokenCount: 20 }],
    candidatesTokensDetails: [{ modality: "AUDIO", tokenCount: 3 }],
  };
  expect(decodeUsage(metadata)).toEqual({
    inputTokens: 45,
    cacheReadTokens: 60,
    outputTokens: 18,
    reasoningTokens: 11,
    imageInputTokens: 20,
    audioOutputTokens: 3,
    raw: metadata,
  });
  expect(encodeUsage(decodeUsage(metadata))).toEqual(metadata);
});

test("absent counts stay absent; what the total leaves is output", () => {
  expect(decodeUsage({ trafficType: "ON_DEMAND" })).toEqual({ raw: { trafficType: "ON_DEMAND" } });
  expect(decodeUsage({ promptTokenCount: 5, totalTokenCount: 5 })).toMatchObject({ inputTokens: 5, outputTokens: 0 });
  expect(decodeUsage({ promptTokenCount: 5, cachedContentTokenCount: 9 })).toMatchObject({ inputTokens: 0 });
});

test("other vendors' usage in Gemini's terms", () => {
  const usage = {
    inputTokens: 10,
    cacheReadTokens: 5,
    cacheWrite5mTokens: 2,
    outputTokens: 9,
    reasoningTokens: 4,
    audioOutputTokens: 1,
  };
  expect(encodeUsage(usage)).toEqual({
    promptTokenCount: 17,
    cachedContentTokenCount: 5,
    candidatesTokenCount: 5,
    thoughtsTokenCount: 4,
    totalTokenCount: 26,
    candidatesTokensDetails: [
      { modality: "TEXT", tokenCount: 4 },
      { modality: "AUDIO", tokenCount: 1 },
    ],
  });
  expect(encodeUsage({})).toEqual({});
});

test("cached sound and pictures, searches and the kind of traffic are told", () => {
  const metadata = {
    promptTokenCount: 100,
    cachedContentTokenCount: 60,
    cacheTokensDetails: [
      { modality: "TEXT", tokenCount: 20 },
      { modality: "AUDIO", tokenCount: 30 },
      { modality: "IMAGE", tokenCount: 10 },
    ],
    trafficType: "PROVISIONED_THROUGHPUT",
  };
  expect(decodeUsage(metadata, { grounding: { webSearchQueries: ["one", "two"] } })).toMatchObject({
    audioCacheReadTokens: 30,
    imageCacheReadTokens: 10,
    webSearches: 2,
    serviceTier: "provisioned_throughput",
  });
  expect(decodeUsage({ serviceTier: "flex", trafficType: "ON_DEMAND" })).toMatchObject({ serviceTier: "flex" });
});
