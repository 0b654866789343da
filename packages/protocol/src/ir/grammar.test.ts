import { describe, expect, it } from "vitest";
import { GatewayError } from "./errors.ts";
import type { Delta, StreamEvent } from "./events.ts";
import { grammarViolation } from "./grammar.ts";
import type { Part } from "./parts.ts";

const start: StreamEvent = { type: "response-start" };
const end: StreamEvent = { type: "response-end", finishReason: { unified: "stop" } };
const error: StreamEvent = { type: "response-error", error: new GatewayError("upstream_error", "x") };
const text: Part = { type: "text", text: "" };
const call: Part = { type: "tool-call", id: "1", name: "f", arguments: "" };
const open = (index: number, part: Part = text): StreamEvent => ({ type: "part-start", index, part });
const close = (index: number): StreamEvent => ({ type: "part-end", index });
const delta = (index: number, what: Delta): StreamEvent => ({ type: "part-delta", index, delta: what });
const textDelta: Delta = { type: "text", text: "x" };

describe("grammarViolation", () => {
  it.each<readonly [string, readonly StreamEvent[]]>([
    ["an empty answer", [start, end]],
    ["one part", [start, open(0), delta(0, textDelta), close(0), end]],
    ["overlapping parts", [start, open(0), open(1, call), delta(0, textDelta), close(1), close(0), end]],
    ["indexes in any order", [start, open(5), close(5), open(2), close(2), end]],
    ["an error after the start", [start, open(0), error]],
    ["an error before the start", [error]],
  ])("accepts %s", (_name, events) => {
    expect(grammarViolation(events)).toBeUndefined();
  });

  it.each<readonly [string, readonly StreamEvent[], RegExp]>([
    ["no events", [], /terminal event is missing/],
    ["no start", [end], /first event/],
    ["no end", [start, open(0), close(0)], /terminal event is missing/],
    ["two starts", [start, start, end], /not first/],
    ["two ends", [start, end, end], /something follows/],
    ["an event after an error", [start, error, end], /something follows/],
    ["an open part at the end", [start, open(0), end], /still open/],
    ["an index used twice", [start, open(0), close(0), open(0), close(0), end], /used twice/],
    ["an end without a start", [start, close(0), end], /not open/],
    ["a part closed twice", [start, open(0), close(0), close(0), end], /not open/],
    ["a delta before its part", [start, delta(0, textDelta), end], /not open/],
    ["a delta after its part", [start, open(0), close(0), delta(0, textDelta), end], /not open/],
    ["text for a tool call", [start, open(0, call), delta(0, textDelta), close(0), end], /takes no text/],
    ["arguments for a text", [start, open(0), delta(0, { type: "arguments", text: "" }), close(0), end], /takes no/],
    [
      "a delta for a whole part",
      [
        start,
        open(0, { type: "unknown", origin: { dialect: "gemini" }, value: {} }),
        delta(0, { type: "opaque", opaque: { origin: { dialect: "gemini" }, data: "" } }),
        close(0),
        end,
      ],
      /takes no opaque/,
    ],
  ])("rejects %s", (_name, events, problem) => {
    expect(grammarViolation(events)).toMatch(problem);
  });
});
