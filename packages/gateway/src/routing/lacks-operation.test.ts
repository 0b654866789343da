import { expect, test } from "vitest";
import { lacksOperation } from "./lacks-operation.ts";

test("names what the model lacks, and who has it", () => {
  const error = lacksOperation("gpt-5", "embeddings", ["text-embedding-3-small", "voyage-4"]);
  expect(error.code).toBe("unsupported_feature");
  expect(error.detail.param).toBe("model");
  expect(error.message).toBe("The model 'gpt-5' does no embeddings. These do: text-embedding-3-small, voyage-4.");
});

test("tells a conversation from the rest", () => {
  expect(lacksOperation("text-embedding-3-small", "generate", ["gpt-5"]).message).toBe(
    "The model 'text-embedding-3-small' does no conversations. These do: gpt-5.",
  );
});

test("shows a few of many, and says so where there is none", () => {
  const names = Array.from({ length: 14 }, (_, index) => `m${index}`);
  expect(lacksOperation("x", "rerank", names).message).toMatch(/m9, and 4 more\.$/);
  expect(lacksOperation("x".repeat(500), "rerank", []).message).toBe(
    `The model '${"x".repeat(200)}' does no ranking. No model that you may ask does ranking.`,
  );
});
