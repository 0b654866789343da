import type { CanonicalRequest, Message, Part } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { judged } from "./judged.ts";
import { newestTurn } from "./newest-turn.ts";
import { MOST_PIECES, piecesOf } from "./pieces.ts";

const say = (role: Message["role"], ...texts: readonly string[]): Message => ({
  role,
  content: texts.map((text): Part => ({ type: "text", text })),
});
const turn = (...messages: readonly Message[]) => newestTurn({ messages } satisfies Pick<CanonicalRequest, "messages">);

describe("the newest turn", () => {
  test("is what was said since the model spoke", () => {
    const result: Part = { type: "tool-result", callId: "1", content: [{ type: "text", text: "result" }] };
    expect(
      turn(say("user", "old"), say("assistant", "answer"), { role: "tool", content: [result] }, say("user", "new")),
    ).toEqual(["result", "new"]);
  });

  test("is all of a conversation in which the model has not spoken", () => {
    expect(turn(say("user", "one"), say("system", "two"), say("user", "three", " "))).toEqual(["one", "two", "three"]);
    expect(turn()).toEqual([]);
  });

  test("is not ended by words that the client puts into the model's mouth", () => {
    expect(turn(say("user", "old"), say("assistant", "yes"), say("user", "new"), say("assistant", "Sure, "))).toEqual([
      "new",
      "Sure, ",
    ]);
  });
});

describe("pieces", () => {
  test("hold every text, and what stands on a border twice", () => {
    const text = Array.from({ length: 9000 }, (_, at) => String.fromCharCode(97 + (at % 26))).join("");
    const [first = "", second = "", ...rest] = piecesOf([text]) ?? [];
    expect(rest).toEqual([]);
    expect(first).toHaveLength(8000);
    expect(second.slice(0, 200)).toBe(first.slice(-200));
    expect(first + second.slice(200)).toBe(text);
    expect(piecesOf(["a", "b"])).toEqual(["a\n\nb"]);
    expect(piecesOf([])).toEqual([]);
  });

  test("do not become more than a judge can read", () => {
    expect(piecesOf(["x".repeat(8000 + 7800 * (MOST_PIECES - 1))])).toHaveLength(MOST_PIECES);
    expect(piecesOf(["x".repeat(8001 + 7800 * (MOST_PIECES - 1))])).toBeUndefined();
  });

  test("are valid text though a character is cut in two", () => {
    expect((piecesOf([`x${"😀".repeat(5000)}`]) ?? []).every((piece) => piece.isWellFormed())).toBe(true);
  });
});

describe("a judgement", () => {
  const fine = { flagged: false, categories: [] };
  const violent = { flagged: true, categories: ["violence"] };

  test("of one piece is one of them all", () => {
    expect(judged([fine, violent, violent], undefined)).toEqual({ flagged: true, categories: { violence: 2 } });
    expect(judged([fine], undefined)).toEqual({ flagged: false, categories: {} });
    expect(judged([{ flagged: true, categories: [] }], undefined).flagged).toBe(true);
  });

  test("counts only what it is asked for", () => {
    expect(judged([violent], ["hate"])).toEqual({ flagged: false, categories: {} });
    expect(judged([violent], ["hate", "violence"]).flagged).toBe(true);
  });
});
