import { expect, test } from "vitest";
import { shownItem } from "./items.ts";

const shown = (item: object, place = "here") => shownItem(Buffer.from(JSON.stringify(item)), place);

test("an item keeps the id that it came with", () => {
  expect(shown({ id: "msg_1", type: "message", content: [] })).toMatchObject({ id: "msg_1" });
});

test.each([
  ["none", undefined],
  ["an empty one", ""],
  ["one with a character that PostgreSQL takes in no text", "a\u0000b"],
  ["half a character", "a\ud800"],
  ["a huge one", "x".repeat(100_000)],
  ["no text", 7],
])("an item with %s is given one, the same in the same place", (_name, id) => {
  const item = { id, type: "function_call", name: "look" };
  expect(shown(item)["id"]).toMatch(/^fc_[0-9a-f]{48}$/);
  expect(shown(item)).toEqual(shown(item));
  expect(shown(item, "there")["id"]).not.toBe(shown(item)["id"]);
});
