import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runAll } from "../transducer.ts";
import { formatSse, SSE_COMMENT } from "./format.ts";
import type { SseMessage } from "./message.ts";
import { parseSse } from "./parse.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const parse = (...chunks: readonly Uint8Array[]) => runAll(parseSse(), chunks);
const parseText = (text: string) => parse(bytesOf(text));

/** The WHATWG grammar read off the page, without a thought for speed or for chunks. */
function reference(text: string): SseMessage[] {
  const messages: SseMessage[] = [];
  let event = "";
  let data: string[] = [];
  for (const line of [...text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/), ""]) {
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (line === "") {
      if (data.length > 0) messages.push({ ...(event === "" ? {} : { event }), data: data.join("\n") });
      event = "";
      data = [];
    } else if (field === "data") data.push(value);
    else if (field === "event") event = value;
  }
  return messages;
}

const FIXTURES: Readonly<Record<string, readonly [string, readonly SseMessage[]]>> = {
  "chat completions": ['data: {"a":1}\n\ndata: [DONE]\n\n', [{ data: '{"a":1}' }, { data: "[DONE]" }]],
  "named events": [
    'event: message_start\ndata: {"type":"message_start"}\n\nevent: ping\ndata: {}\n\n',
    [
      { event: "message_start", data: '{"type":"message_start"}' },
      { event: "ping", data: "{}" },
    ],
  ],
  "CRLF, as Google sends it": [
    'data: {"a":1}\r\n\r\ndata: {"b":2}\r\n\r\n',
    [{ data: '{"a":1}' }, { data: '{"b":2}' }],
  ],
  "lone CR": ["event: a\rdata: 1\r\rdata: 2\r\r", [{ event: "a", data: "1" }, { data: "2" }]],
  "all three line ends": [
    "data: 1\r\rdata: 2\n\ndata: 3\r\n\r\ndata: 4\r\n\ndata: 5\n\r\n",
    "12345".split("").map((data) => ({ data })),
  ],
  "a byte order mark": ["\ufeffdata: 1\n\n", [{ data: "1" }]],
  "several data lines": ["data: 1\ndata: 2\ndata\ndata:\ndata:  3\n\n", [{ data: "1\n2\n\n\n 3" }]],
  "comments and unknown fields": [
    ": ping\n\n:\nid: 7\nretry: 10\nfoo: bar\ndata: 1\n: in between\n\n: last\n\n",
    [{ data: "1" }],
  ],
  "characters of two, three and four bytes": ["data: ü€😀\u0000\u2028\n\n", [{ data: "ü€😀\u0000\u2028" }]],
  "no space after the colon": ["data:1\nevent:e\n\n", [{ event: "e", data: "1" }]],
  "an event without data": ["event: a\n\ndata: 1\n\n", [{ data: "1" }]],
  "an empty data line": ["data:\n\n", [{ data: "" }]],
  "no blank line at the end": ["data: 1\n\ndata: 2\n", [{ data: "1" }, { data: "2" }]],
  "no line end at the end": ["data: 1\n\nevent: e\ndata: 2", [{ data: "1" }, { event: "e", data: "2" }]],
  "blank lines only": ["\n\n\r\n\r\r", []],
  nothing: ["", []],
};

describe("parseSse", () => {
  it.each(Object.entries(FIXTURES))("reads %s, also when split at any byte", (_name, [text, expected]) => {
    expect(parseText(text)).toEqual(expected);
    expect(reference(text)).toEqual(expected);
    const bytes = bytesOf(text);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(parse(bytes.subarray(0, at), bytes.subarray(at))).toEqual(expected);
      expect(parse(bytes.subarray(0, at), new Uint8Array(), bytes.subarray(at))).toEqual(expected);
    }
    expect(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it("agrees with the reference on any text in any chunks", () => {
    const piece = fc.constantFrom("data: ", "data", "event: ", ":", "x", "ü😀", "\n", "\n", "\r", "\r\n", " ", "id: ");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(60), { maxLength: 6 }), (pieces, cuts) => {
        const text = pieces.join("");
        const bytes = bytesOf(text);
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        expect(parse(...chunks)).toEqual(reference(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives an event out as soon as its blank line is there", () => {
    const parser = parseSse();
    expect(parser.push(bytesOf("data: 1\n"))).toEqual([]);
    expect(parser.push(bytesOf("\n"))).toEqual([{ data: "1" }]);
    expect(parser.push(bytesOf("data: 2\r\n\r"))).toEqual([{ data: "2" }]);
    expect(parser.push(bytesOf("\ndata: 3\r\r"))).toEqual([{ data: "3" }]);
    expect(parser.end()).toEqual([]);
  });

  it("reads invalid UTF-8 as U+FFFD and goes on", () => {
    const bytes = Uint8Array.of(...bytesOf("data: "), 0xff, ...bytesOf("\n\ndata: 2\n\n"));
    expect(parse(bytes)).toEqual([{ data: "\ufffd" }, { data: "2" }]);
    expect(parse(Uint8Array.of(...bytesOf("data: "), 0xe2, 0x82))).toEqual([{ data: "\ufffd" }]);
  });

  it.each([
    ["one line", `data: ${"x".repeat(2000)}`],
    ["many data lines", "data: x\n".repeat(300)],
    ["a line that never starts to be data", "x".repeat(2000)],
  ])("stops at an event of %s beyond the limit", (_name, text) => {
    const parser = parseSse(1000);
    const bytes = bytesOf(text);
    const feed = () => {
      for (let at = 0; at < bytes.length; at += 100) parser.push(bytes.subarray(at, at + 100));
    };
    expect(feed).toThrow(expect.objectContaining({ code: "upstream_invalid_response" }));
  });

  it("does not count events that are complete, nor comments", () => {
    const parser = parseSse(1000);
    for (let count = 0; count < 100; count += 1) {
      parser.push(bytesOf(`data: ${"x".repeat(900)}\n\n`));
      parser.push(bytesOf(SSE_COMMENT));
    }
    expect(parser.end()).toEqual([]);
  });

  it.each([
    ["LF", "data: x\n\n", "\n"],
    ["CR", "data: x\r\r", "\r"],
    ["CRLF", "data: x\r\n\r\n", "\r\n"],
    ["LF after one CR", "data: x\n\n", "\r\n"],
    ["CR after one LF", "data: x\r\r", "\n"],
  ])("takes a time that grows with the input alone, with %s", (_name, unit, head) => {
    const bytes = bytesOf(head + unit.repeat(400_000));
    const before = performance.now();
    expect(parse(bytes)).toHaveLength(400_000);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it("takes a line in many small chunks without copying it each time", () => {
    const parser = parseSse();
    const chunk = bytesOf("x".repeat(16));
    const before = performance.now();
    parser.push(bytesOf("data: "));
    for (let count = 0; count < 200_000; count += 1) parser.push(chunk);
    expect(parser.end()).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe("formatSse", () => {
  it("writes what parseSse reads", () => {
    const message = fc.record({ data: fc.json() }, { requiredKeys: ["data"] });
    const named = fc.record({ event: fc.constantFrom("a", "content_block_delta"), data: fc.json() });
    fc.assert(
      fc.property(fc.array(fc.oneof(message, named)), (messages) => {
        expect(parseText(messages.map(formatSse).join(SSE_COMMENT))).toEqual(messages);
      }),
    );
  });
});
