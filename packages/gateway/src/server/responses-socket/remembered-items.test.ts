import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CreateMessage, readClientMessage } from "./client-message.ts";
import { answerItems, inputItems, itemMemory, joinedItems } from "./remembered-items.ts";

function message(body: object): CreateMessage {
  const read = readClientMessage(Buffer.from(JSON.stringify({ type: "response.create", ...body })), 64);
  if (read.type !== "create") throw new Error("It is no message of that type.");
  return read;
}

const completed = (output: readonly object[]) =>
  JSON.stringify({ type: "response.completed", response: { id: "resp_1", output } });
const parsed = (items: string) => JSON.parse(`[${items}]`);

describe("what was sent", () => {
  test("is the user's message where it is text", () => {
    expect(parsed(inputItems(message({ input: 'say "hi"' })))).toEqual([
      { type: "message", role: "user", content: 'say "hi"' },
    ]);
  });

  test("is every item, and nothing where there is none", () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), (input) => {
        expect(parsed(inputItems(message({ input })))).toEqual(JSON.parse(JSON.stringify(input)));
      }),
    );
    expect(inputItems(message({}))).toBe("");
  });

  test("stands behind what came before", () => {
    expect(joinedItems("", "1")).toBe("1");
    expect(joinedItems("1", "")).toBe("1");
    expect(joinedItems("1,2", "3")).toBe("1,2,3");
  });
});

describe("what was answered", () => {
  const text = { id: "msg_1", type: "message", content: [] };
  const plain = { id: "rs_1", type: "reasoning", summary: [] };
  const sealed = { ...plain, encrypted_content: "abc" };

  test("is told by the event that ends it", () => {
    expect(parsed(answerItems(message({ store: true })).of(completed([plain, text])))).toEqual([plain, text]);
  });

  test("is what was done before, where that event tells nothing", () => {
    const items = answerItems(message({}));
    items.itemDone(JSON.stringify({ type: "response.output_item.done", item: text }));
    expect(parsed(items.of(completed([])))).toEqual([text]);
    expect(parsed(items.of('{"type":"response.completed"}'))).toEqual([text]);
  });

  test("leaves out what exists nowhere any more, and what refers to it", () => {
    const unstored = answerItems(message({ store: false }));
    expect(parsed(unstored.of(completed([plain, text])))).toEqual([{ type: "message", content: [] }]);
    expect(parsed(unstored.of(completed([sealed, text])))).toEqual([sealed, text]);
  });
});

describe("a memory", () => {
  test("keeps as many responses as it may, and the latest of them", () => {
    const memory = itemMemory({ count: 2, bytes: 1000, shared: { held: 0, most: 1000 } });
    for (const id of ["a", "b", "c"]) memory.remember(id, { items: id });
    expect(["a", "b", "c"].map((id) => memory.recall(id)?.items)).toEqual([undefined, "b", "c"]);
  });

  test("holds no more bytes than it may, whatever it is told", () => {
    const told = fc.array(
      fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.string({ unit: "grapheme", maxLength: 30 })),
    );
    fc.assert(
      fc.property(told, (responses) => {
        const shared = { held: 0, most: 1000 };
        const memory = itemMemory({ count: 3, bytes: 50, shared });
        for (const [id, items] of responses) memory.remember(id, { items });
        const held = ["a", "b", "c", "d"].map((id) => memory.recall(id)?.items).filter((items) => items !== undefined);
        expect(held.length).toBeLessThanOrEqual(3);
        expect(Buffer.byteLength(held.join(""))).toBeLessThanOrEqual(50);
        expect(shared.held).toBe(Buffer.byteLength(held.join("")));
        memory.clear();
        expect(shared.held).toBe(0);
      }),
    );
  });

  test("shares with the key's other connections, and gives up its own alone", () => {
    const shared = { held: 0, most: 10 };
    const [one, other] = [1, 2].map(() => itemMemory({ count: 9, bytes: 100, shared }));
    one?.remember("a", { items: "12345678" });
    other?.remember("b", { items: "123" });
    expect(one?.recall("a")).toBeDefined();
    expect(other?.recall("b")).toBeUndefined();
    one?.clear();
    one?.remember("c", { items: "1234" });
    other?.remember("b", { items: "123" });
    expect(other?.recall("b")).toBeDefined();
    expect(shared.held).toBe(3);
  });
});
