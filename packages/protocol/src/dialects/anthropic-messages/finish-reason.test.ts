import { expect, test } from "vitest";
import { decodeFinishReason, encodeFinishReason } from "./finish-reason.ts";

test.each([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool-calls"],
  ["pause_turn", "pause"],
  ["compaction", "pause"],
  ["refusal", "refusal"],
])("%s is %s, and comes back", (wire, unified) => {
  const sequence = wire === "stop_sequence" ? "END" : null;
  const reason = decodeFinishReason(wire, sequence);
  expect(reason.unified).toBe(unified);
  expect(encodeFinishReason(reason, new Set())).toEqual({ stop_reason: wire, stop_sequence: sequence });
});

test("other vendors' reasons get the word that clients act on", () => {
  const wire = (
    unified: Parameters<typeof encodeFinishReason>[0]["unified"],
    kinds: readonly ("tool-call" | "refusal")[],
  ) => encodeFinishReason({ unified, raw: "STOP" }, new Set(kinds)).stop_reason;
  expect(wire("stop", [])).toBe("end_turn");
  expect(wire("stop", ["tool-call"])).toBe("tool_use");
  expect(wire("stop", ["refusal"])).toBe("refusal");
  expect(wire("length", ["tool-call"])).toBe("max_tokens");
  expect(wire("content-filter", [])).toBe("refusal");
  expect(wire("other", [])).toBe("end_turn");
  expect(decodeFinishReason("new_word", null)).toEqual({ unified: "other", raw: "new_word" });
});
