import { expect, test } from "vitest";
import { collect } from "../../ir/collect.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { runAll } from "../../transducer.ts";
import { decodeStream } from "./decode-stream.ts";

const delta = (fields: JsonObject, finish_reason: string | null = null): JsonObject => ({
  id: "chatcmpl-1",
  choices: [{ index: 0, delta: fields, finish_reason }],
});
const call = (index: number, fields: JsonObject) => delta({ tool_calls: [{ index, ...fields }] });
const f = (name: string, args: string) => ({ name, arguments: args });

function answered(chunks: readonly JsonObject[], finish: string) {
  const messages = [...chunks, delta({}, finish)].map((chunk) => ({ data: JSON.stringify(chunk) }));
  const events = runAll(decodeStream({ dialect: "openai-chat" }), [...messages, { data: "[DONE]" }]);
  expect(grammarViolation(events)).toBeUndefined();
  return collect(events);
}

const seen = (...chunks: readonly JsonObject[]) =>
  answered(chunks, "tool_calls").parts.map((part) =>
    part.type === "tool-call" ? [part.id, part.name, part.arguments] : part.type,
  );

test("whole calls that all have index 0 and their own ids", () => {
  expect(seen(call(0, { id: "a", function: f("x", "{}") }), call(0, { id: "b", function: f("x", "{}") }))).toEqual([
    ["a", "x", "{}"],
    ["b", "x", "{}"],
  ]);
});

test("whole calls without ids get unique ones", () => {
  expect(
    seen(
      call(0, { function: f("x", "{}") }),
      call(0, { function: f("x", '{"n":1}') }),
      call(1, { function: f("y", "{}") }),
    ),
  ).toEqual([
    ["call_chatcmpl1_0", "x", "{}"],
    ["call_chatcmpl1_1", "x", '{"n":1}'],
    ["call_chatcmpl1_2", "y", "{}"],
  ]);
});

test("pieces without index", () => {
  const piece = (fields: JsonObject) => delta({ tool_calls: [fields] });
  expect(
    seen(
      piece({ id: "a", function: f("x", "{") }),
      piece({ function: { arguments: "}" } }),
      piece({ id: "b", function: f("y", "{}") }),
    ),
  ).toEqual([
    ["a", "x", "{}"],
    ["b", "y", "{}"],
  ]);
});

test("an id repeated on every piece, or a new one on each", () => {
  expect(seen(call(0, { id: "a", function: f("x", "{") }), call(0, { id: "a", function: { arguments: "}" } }))).toEqual(
    [["a", "x", "{}"]],
  );
  expect(seen(call(0, { id: "a", function: f("x", "{") }), call(0, { id: "z", function: f("", "}") }))).toEqual([
    ["a", "x", "{}"],
  ]);
});

test("two calls that share an id are two calls", () => {
  expect(seen(call(0, { id: "a", function: f("x", "{}") }), call(1, { id: "a", function: f("y", "{}") }))).toEqual([
    ["a", "x", "{}"],
    ["a_1", "y", "{}"],
  ]);
});

test("a name that comes late, and arguments that are an object", () => {
  expect(seen(call(0, { id: "a", function: { arguments: "{" } }), call(0, { function: f("x", "}") }))).toEqual([
    ["a", "x", "{}"],
  ]);
  expect(seen(call(0, { id: "a", function: { name: "x", arguments: { n: 1 } } }))).toEqual([["a", "x", '{"n":1}']]);
});

test("calls that end with stop still end as calls", () => {
  const response = answered([call(0, { id: "a", function: f("x", "{}") })], "stop");
  expect(response.finishReason).toEqual({ unified: "tool-calls", raw: "stop" });
});

test("a call whose arguments are whole ends when the next begins, one whose are not may still grow", () => {
  const chunks = [
    call(0, { id: "a", function: f("x", '{"n":1}') }),
    call(1, { id: "b", function: f("y", '{"n"') }),
    call(2, { id: "c", function: f("z", "{}") }),
    call(1, { function: { arguments: ":2}" } }),
  ];
  const decoder = decodeStream({ dialect: "openai-chat" });
  const events = chunks.flatMap((chunk) => decoder.push({ data: JSON.stringify(chunk) }));
  const ends = events.flatMap((event) => (event.type === "part-end" ? [event.index] : []));
  expect(ends).toEqual([0]);
  expect(seen(...chunks)).toEqual([
    ["a", "x", '{"n":1}'],
    ["b", "y", '{"n":2}'],
    ["c", "z", "{}"],
  ]);
});
