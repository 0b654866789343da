import { expect, test } from "vitest";
import { wholeMessages } from "./whole-messages.ts";

const STREAMS = [
  "data: 1\n\ndata: 2\n\n",
  "event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n",
  ': ping\n\ndata: {"text":"a\\n\\nb"}\n\n',
  "data: 1\n\ndata: 2",
];

function atEveryCut(stream: string, check: (first: string, second: string, rest: string) => void) {
  const bytes = Buffer.from(stream);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const gate = wholeMessages();
    const first = Buffer.concat(gate.push(bytes.subarray(0, cut))).toString();
    const second = Buffer.concat(gate.push(bytes.subarray(cut))).toString();
    check(first, second, Buffer.concat(gate.end()).toString());
  }
}

test("what was let through always ends with a blank line, wherever the chunks were cut", () => {
  for (const stream of STREAMS) {
    atEveryCut(stream, (first, second) => {
      for (const sent of [first, first + second]) expect(sent === "" || /(\n\n|\r\n\r\n)$/.test(sent)).toBe(true);
    });
  }
});

test("nothing is lost: what was let through and what was held make the stream again", () => {
  for (const stream of STREAMS) {
    const complete = /\n\r?\n$/.test(stream);
    atEveryCut(stream, (first, second, rest) => {
      expect(first + second + rest).toBe(complete ? stream : `${stream}\n\n`);
    });
  }
});

test("a last message without its blank line is held until the end", () => {
  const gate = wholeMessages();
  expect(gate.push(Buffer.from("data: 1"))).toEqual([]);
  expect(Buffer.concat(gate.end()).toString()).toBe("data: 1\n\n");
});

test("bytes that dribble in one at a time are let through at each blank line", () => {
  for (const stream of STREAMS) {
    const gate = wholeMessages();
    const out = [...Buffer.from(stream)].flatMap((byte) => gate.push(Uint8Array.of(byte)));
    expect(
      Buffer.concat([...out, ...gate.end()])
        .toString()
        .trimEnd(),
    ).toBe(stream.trimEnd());
    expect(Buffer.concat(out).length).toBeGreaterThan(0);
  }
});
