import { expect, test } from "vitest";
import { nearestName } from "./nearest.ts";

test.each([
  ["prot", "port"],
  ["hots", "host"],
  ["PORT", "port"],
  ["provider", "providers"],
  ["openai", "openai-chat"],
  ["maxTokenField", "maxTokensField"],
  ["routers", undefined],
  ["x", undefined],
  ["", undefined],
])("for %s the author meant %s", (written, meant) => {
  const known = ["host", "port", "providers", "openai-chat", "maxTokensField", "topK"];
  expect(nearestName(written, known)).toBe(meant);
});
