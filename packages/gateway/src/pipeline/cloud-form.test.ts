import { expect, test } from "vitest";
import { anthropicNames } from "./cloud-form.ts";

test.each([
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"],
  ["anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022"],
  ["global.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"],
  ["us-gov.anthropic.claude-sonnet-4-6", "claude-sonnet-4-6"],
  ["anthropic.claude-3-haiku-20240307-v1:0:200k", "claude-3-haiku-20240307"],
  [
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0",
    "claude-opus-4-1-20250805",
  ],
  ["claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"],
  ["claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet-20241022"],
  ["claude-opus-4-6@default", "claude-opus-4-6"],
])("%s is Anthropic's %s", (asked, plain) => {
  expect(anthropicNames(asked)[0]).toBe(plain);
});

test("a dated name is also tried without its date", () => {
  expect(anthropicNames("anthropic.claude-sonnet-4-5-20250929-v1:0")).toEqual([
    "claude-sonnet-4-5-20250929",
    "claude-sonnet-4-5",
  ]);
});

test.each(["amazon.nova-pro-v1:0", "meta.llama3-70b-instruct-v1:0", "claude-opus-4-6", "gpt-5", "a/b", ""])(
  "%j is no cloud's name of Claude",
  (asked) => {
    expect(anthropicNames(asked)).toEqual([]);
  },
);
