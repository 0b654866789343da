import { expect, test } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import { decodeFinishReason, encodeFinishReason } from "./finish-reason.ts";

test.each([
  ["STOP", false, "stop"],
  ["STOP", true, "tool-calls"],
  [undefined, true, "tool-calls"],
  [undefined, false, "other"],
  ["MAX_TOKENS", true, "length"],
  ["RECITATION", false, "content-filter"],
  ["MODEL_ARMOR", false, "content-filter"],
  ["MALFORMED_FUNCTION_CALL", false, "error"],
  ["SOMETHING_NEW", false, "other"],
] as const)("%s with calls: %s is %s", (raw, calls, unified) => {
  expect(decodeFinishReason(raw, calls).unified).toBe(unified);
});

test("Gemini's own words are kept, others are translated", () => {
  const losses = lossRecorder();
  expect(encodeFinishReason({ unified: "content-filter", raw: "SPII" }, losses)).toBe("SPII");
  expect(encodeFinishReason({ unified: "tool-calls", raw: "tool_use" }, losses)).toBe("STOP");
  expect(encodeFinishReason({ unified: "refusal", raw: "refusal" }, losses)).toBe("SAFETY");
  expect(encodeFinishReason({ unified: "pause", raw: "pause_turn" }, losses)).toBe("OTHER");
  expect(losses.report().adapted).toHaveLength(1);
});
