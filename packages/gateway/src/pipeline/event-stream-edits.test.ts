import { parseSse, runAll, spanAt } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editEventStream, type MessageEdits, withoutMessages } from "./event-stream-edits.ts";

/** Puts `"new"` where the outermost object has its `model`. */
const renamed: MessageEdits = (data) => {
  const span = spanAt(data, ["model"]);
  return span === undefined ? [] : [{ ...span, text: '"new"' }];
};
const edited = (text: string, edits: MessageEdits = renamed) =>
  Buffer.concat(editEventStream(Buffer.from(text), edits)).toString();

describe("messages that are to be hidden are cut out, and nothing else", () => {
  const cut = (text: string) =>
    Buffer.concat(withoutMessages(Buffer.from(text), (data) => data.includes("hide"))).toString();
  test.each([
    ['data: {"a":1}\n\ndata: "hide"\n\ndata: [DONE]\n\n', 'data: {"a":1}\n\ndata: [DONE]\n\n'],
    [': c\r\n\r\nid: 3\r\ndata: "hide"\r\n\r\nid: 4\r\ndata: 1\r\n\r\n', ": c\r\n\r\nid: 4\r\ndata: 1\r\n\r\n"],
    ["data: 1\n\ndata: hi\ndata: hide", "data: 1\n\n"],
    [": hide\n\nevent: hide\n\n", ": hide\n\nevent: hide\n\n"],
    ["data: hide\n\n", ""],
    ["", ""],
  ])("%j becomes %j", (text, expected) => {
    expect(cut(text)).toBe(expected);
  });
});

describe("the JSON of messages is edited, and nothing else", () => {
  test.each([
    ['data: {"model":"a"}\n\n', 'data: {"model":"new"}\n\n'],
    ['data:{"model":"a"}\n\n', 'data:{"model":"new"}\n\n'],
    [
      'id: 7\r\nevent: x\r\ndata: {"model" : "a" , "n":1}\r\n\r\n',
      'id: 7\r\nevent: x\r\ndata: {"model" : "new" , "n":1}\r\n\r\n',
    ],
    ['data: {"model":"a"}\r\rdata: {"model":"b"}\r\r', 'data: {"model":"new"}\r\rdata: {"model":"new"}\r\r'],
    [
      ': ping\n\nretry: 5\nunknown\ndata: {"model":"a"}\n\ndata: [DONE]\n\n',
      ': ping\n\nretry: 5\nunknown\ndata: {"model":"new"}\n\ndata: [DONE]\n\n',
    ],
    ['\ufeffdata: {"model":"a"}\n\n', '\ufeffdata: {"model":"new"}\n\n'],
    ['data: {"model":"a"}', 'data: {"model":"new"}'],
    ['data: {"x":"ü€😀","model":"é"}\n\n', 'data: {"x":"ü€😀","model":"new"}\n\n'],
    ['data: {"x":{"model":"a"}}\n\n', 'data: {"x":{"model":"a"}}\n\n'],
    ["", ""],
  ])("%j becomes %j", (text, expected) => {
    expect(edited(text)).toBe(expected);
  });

  test("a message whose JSON is spread over several lines of data is edited where it stands", () => {
    const text = 'event: x\ndata: {\ndata:  "a": 1,\ndata:"model": "old"\ndata: }\n\n';
    expect(edited(text)).toBe('event: x\ndata: {\ndata:  "a": 1,\ndata:"model": "new"\ndata: }\n\n');
    const appended: MessageEdits = (data) => [{ start: data.length - 2, end: data.length - 2, text: ',"z":1' }];
    expect(edited(text, appended)).toBe('event: x\ndata: {\ndata:  "a": 1,\ndata:"model": "old","z":1\ndata: }\n\n');
  });

  test("what a parser reads of any stream differs in the name only", () => {
    const message = fc.record({
      fields: fc.dictionary(fc.constantFrom("a", "b", "model", "ü"), fc.oneof(fc.string(), fc.integer()), {
        maxKeys: 3,
      }),
      end: fc.constantFrom("\n", "\r\n", "\r"),
      before: fc.constantFrom("", ": comment", "event: e", "id: 1"),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
        const wire = messages
          .map(({ fields, end, before }) => `${before}${before && end}data: ${JSON.stringify(fields)}${end}${end}`)
          .join("");
        const read = runAll(parseSse(), [Buffer.from(edited(wire))]).map(({ data }) => JSON.parse(data));
        expect(read).toEqual(messages.map(({ fields }) => ("model" in fields ? { ...fields, model: "new" } : fields)));
      }),
    );
  });
});
