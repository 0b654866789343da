import type { Part, StreamEvent } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { LONGEST_JUDGED, piecesOf } from "./pieces.ts";
import { startReading } from "./reading.ts";

const start = (index: number, part: Part): StreamEvent => ({ type: "part-start", index, part });
const say = (index: number, text: string): StreamEvent => ({
  type: "part-delta",
  index,
  delta: { type: "text", text },
});

describe("the words of an answer", () => {
  test("are those of its texts and calls, and not its thoughts", () => {
    const reading = startReading();
    reading.push([start(0, { type: "reasoning", form: "full", text: "a" }), say(0, "b")]);
    reading.push([start(1, { type: "text", text: "one " }), say(1, "two"), start(2, { type: "text", text: " " })]);
    reading.push([start(3, { type: "tool-call", id: "c", name: "f", arguments: "{" })]);
    reading.push([{ type: "part-delta", index: 3, delta: { type: "arguments", text: "}" } }]);
    expect(reading.texts()).toEqual(["one two", "{}"]);
  });

  test("are held up to what can be judged, and then not at all", () => {
    const reading = startReading();
    reading.push([start(0, { type: "text", text: "" }), say(0, "x".repeat(LONGEST_JUDGED))]);
    expect(piecesOf(reading.texts() ?? [])).toHaveLength(64);
    reading.push([say(0, "x")]);
    expect([reading.isTooLong(), reading.texts()]).toEqual([true, undefined]);
    reading.push([say(0, "x")]);
    expect(reading.texts()).toBeUndefined();
  });

  test("are gone back to where an attempt came to nothing", () => {
    const kept = startReading();
    kept.push([start(0, { type: "text", text: "kept" })]);
    const tried = kept.copy();
    tried.push([say(0, " and lost")]);
    expect([kept.texts(), tried.texts()]).toEqual([["kept"], ["kept and lost"]]);
  });
});
