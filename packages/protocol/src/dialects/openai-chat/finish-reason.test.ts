import { expect, test } from "vitest";
import { decodeFinishReason, encodeFinishReason } from "./finish-reason.ts";

const plain = { toolCalls: false, refusal: false };

test.each([
  ["stop", "stop"],
  ["length", "length"],
  ["model_length", "length"],
  ["tool_calls", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
  ["sensitive", "content-filter"],
  ["insufficient_system_resource", "error"],
  ["whatever", "other"],
])("%s is %s", (raw, unified) => {
  expect(decodeFinishReason(raw, plain)).toEqual({ unified, raw });
});

test("what the answer holds says more than stop, and no less than length", () => {
  expect(decodeFinishReason("stop", { ...plain, toolCalls: true }).unified).toBe("tool-calls");
  expect(decodeFinishReason("stop", { ...plain, refusal: true }).unified).toBe("refusal");
  expect(decodeFinishReason("length", { ...plain, toolCalls: true }).unified).toBe("length");
  expect(decodeFinishReason(undefined, plain)).toEqual({ unified: "other" });
});

test("the documented words are written", () => {
  const encode = (unified: Parameters<typeof encodeFinishReason>[0]["unified"]) =>
    encodeFinishReason({ unified }, ["text"]);
  expect(
    (["stop", "length", "tool-calls", "content-filter", "refusal", "pause", "error", "other"] as const).map(encode),
  ).toEqual(["stop", "length", "tool_calls", "content_filter", "content_filter", "stop", "error", "stop"]);
  expect(encodeFinishReason({ unified: "refusal" }, ["refusal"])).toBe("stop");
});
