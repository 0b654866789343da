import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect } from "../../ir/collect.ts";
import type { StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { Part } from "../../ir/parts.ts";
import { partLifecycle } from "./part-lifecycle.ts";

const start: StreamEvent = { type: "response-start" };
const end: StreamEvent = { type: "response-end", finishReason: { unified: "stop" } };
const text: Part = { type: "text", text: "" };

describe("partLifecycle", () => {
  it("keeps overlapping parts apart", () => {
    const parts = partLifecycle();
    const events = [
      start,
      ...parts.open("a", text),
      ...parts.open("b", { type: "tool-call", id: "1", name: "f", arguments: "" }),
      ...parts.delta("a", { type: "text", text: "x" }),
      ...parts.delta("b", { type: "arguments", text: "{}" }),
      ...parts.close("a"),
      ...parts.whole({ type: "refusal", text: "no" }),
      ...parts.closeAll(),
      end,
    ];
    expect(grammarViolation(events)).toBeUndefined();
    expect(collect(events).parts).toEqual([
      { type: "text", text: "x" },
      { type: "tool-call", id: "1", name: "f", arguments: "{}" },
      { type: "refusal", text: "no" },
    ]);
  });

  it("closes an open part before another opens under its key", () => {
    const parts = partLifecycle();
    expect(parts.open("a", text)).toEqual([{ type: "part-start", index: 0, part: text }]);
    expect(parts.isOpen("a")).toBe(true);
    expect(parts.open("a", text)).toEqual([
      { type: "part-end", index: 0 },
      { type: "part-start", index: 1, part: text },
    ]);
  });

  it("makes nothing of deltas and ends without a start", () => {
    const parts = partLifecycle();
    expect(parts.delta("a", { type: "text", text: "x" })).toEqual([]);
    expect(parts.close("a")).toEqual([]);
    expect(parts.closeAll()).toEqual([]);
  });

  it("leaves out deltas that the part does not take", () => {
    const parts = partLifecycle();
    parts.open("a", text);
    expect(parts.delta("a", { type: "arguments", text: "{" })).toEqual([]);
    expect(parts.delta("a", { type: "text", text: "x" })).toHaveLength(1);
  });

  it("closes all but the named", () => {
    const parts = partLifecycle();
    for (const key of ["a", "b", "c"]) parts.open(key, text);
    expect(parts.closeAll(["b"])).toEqual([
      { type: "part-end", index: 0 },
      { type: "part-end", index: 2 },
    ]);
    expect(parts.isOpen("b")).toBe(true);
  });

  it("keeps the grammar under any order of calls", () => {
    const key = fc.constantFrom("a", "b", "c");
    const step = fc.oneof(
      fc.tuple(fc.constantFrom("open", "delta", "close"), key),
      fc.tuple(fc.constantFrom("closeAll", "whole"), key),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const parts = partLifecycle();
        const run: Readonly<Record<string, (key: string) => readonly StreamEvent[]>> = {
          open: (name) => parts.open(name, text),
          delta: (name) => parts.delta(name, { type: "text", text: name }),
          close: (name) => parts.close(name),
          closeAll: (name) => parts.closeAll([name]),
          whole: () => parts.whole(text),
        };
        const events = steps.flatMap(([action, name]) => run[action]?.(name) ?? []);
        expect(grammarViolation([start, ...events, ...parts.closeAll(), end])).toBeUndefined();
      }),
    );
  });
});
