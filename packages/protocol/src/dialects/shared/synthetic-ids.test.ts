import { expect, it } from "vitest";
import { isSyntheticCallId, shownCallId, syntheticCallId } from "./synthetic-ids.ts";

it("made ids are unique from answer to answer, and known again", () => {
  const first = shownCallId(syntheticCallId("", 0), "one");
  const second = shownCallId(syntheticCallId("", 0), "two");
  expect(first).not.toBe(second);
  expect([first, second].every(isSyntheticCallId)).toBe(true);
  expect(shownCallId(syntheticCallId("r1", 0), "one")).toBe(syntheticCallId("r1", 0));
  expect(shownCallId("call_1", "one")).toBe("call_1");
});
