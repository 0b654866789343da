import { describe, expect, it } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import type { ToolCallPart } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { flatToolName } from "./tool-names.ts";
import {
  argumentsObject,
  functionTools,
  toolCallsById,
  toolOfFlatName,
  unwrapTextInput,
  wrapTextInput,
} from "./tools.ts";

const request: CanonicalRequest = {
  model: "m",
  stream: false,
  instructions: [],
  messages: [],
  sampling: {},
  tools: [
    { type: "function", name: "search" },
    { type: "function", name: "search", namespace: "web" },
    { type: "hosted", dialect: "openai-responses", definition: { type: "web_search" } },
  ],
};
const call = (argumentsText: string, input?: "text"): ToolCallPart => ({
  type: "tool-call",
  id: "call_1",
  name: "search",
  arguments: argumentsText,
  ...(input === undefined ? {} : { input }),
});

describe("tool names", () => {
  it("are flat where the dialect has no namespaces, and lead back to the tool", () => {
    for (const tool of functionTools(request)) expect(toolOfFlatName(request, flatToolName(tool))).toBe(tool);
    expect(functionTools(request).map(flatToolName)).toEqual(["search", "web__search"]);
    expect(toolOfFlatName(request, "web_search")).toBeUndefined();
  });
});

describe("arguments", () => {
  it.each([
    ['{"a":1}', { a: 1 }],
    ["", {}],
    ["  ", {}],
  ])("%s are an object", (text, expected) => {
    const losses = lossRecorder();
    expect(argumentsObject(call(text), losses)).toEqual(expected);
    expect(losses.report()).toEqual({ dropped: [], adapted: [] });
  });

  it.each(["[1]", "12", '{"a":', '"text"'])("%s stand under input, and that is reported", (text) => {
    const losses = lossRecorder();
    expect(argumentsObject(call(text), losses)).toEqual({ input: text });
    expect(losses.report().adapted).toMatchObject([{ feature: "tool-arguments" }]);
  });

  it("keep integers beyond 2^53", () => {
    const text = '{"id":9223372036854775807}';
    expect(JSON.stringify(argumentsObject(call(text), lossRecorder()))).toBe(text);
  });

  it("of free-text tools are wrapped and unwrapped", () => {
    const text = '*** Begin Patch\n"ü"';
    expect(unwrapTextInput(wrapTextInput(text))).toBe(text);
    expect(argumentsObject(call(text, "text"), lossRecorder())).toEqual({ input: text });
    for (const other of ["{}", '{"input":1}', "plain", ""]) expect(unwrapTextInput(other)).toBe(other);
  });
});

describe("toolCallsById", () => {
  it("finds the calls of all messages", () => {
    const calls = toolCallsById([
      { role: "user", content: [{ type: "text", text: "hi" }] },
      { role: "assistant", content: [{ type: "text", text: "" }, call("{}")] },
    ]);
    expect([...calls.keys()]).toEqual(["call_1"]);
  });
});
