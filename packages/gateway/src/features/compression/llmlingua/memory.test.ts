import { expect, test } from "vitest";
import { createMemory } from "./memory.ts";

test("forgets what was not asked for the longest, when it weighs too much", () => {
  const memory = createMemory<string>(10);
  memory.set("a", "A", 4);
  memory.set("b", "B", 4);
  expect(memory.get("a")).toBe("A");
  memory.set("c", "C", 4);
  expect([memory.get("a"), memory.get("b"), memory.get("c")]).toEqual(["A", undefined, "C"]);
});

test("weighs what is set again once", () => {
  const memory = createMemory<string>(10);
  memory.set("a", "A", 6);
  memory.set("a", "B", 6);
  memory.set("b", "B", 4);
  expect([memory.get("a"), memory.get("b")]).toEqual(["B", "B"]);
});

test("does not keep what is heavier than all it may keep", () => {
  const memory = createMemory<string>(10);
  memory.set("a", "A", 11);
  expect(memory.get("a")).toBeUndefined();
  memory.set("b", "B", 10);
  expect(memory.get("b")).toBe("B");
});
