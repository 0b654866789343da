import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import type { ModelFacts } from "../dialect.ts";
import { openaiResponses } from "./index.ts";
import type { OpenAiResponsesQuirks } from "./quirks.ts";

const EMPTY: CanonicalRequest = {
  model: "public",
  stream: false,
  instructions: [],
  messages: [],
  tools: [],
  sampling: {},
};

function encode(request: Partial<CanonicalRequest>, quirks: OpenAiResponsesQuirks = {}, facts: ModelFacts = {}) {
  return openaiResponses.encodeRequest({ ...EMPTY, ...request }, { provider: "openai", model: "gpt", quirks, facts });
}
const features = (losses: readonly { readonly feature: string }[]) => losses.map(({ feature }) => feature);
const assistant = (...content: Part[]): Message => ({ role: "assistant", content });
const extension = (fields: JsonObject) => ({ dialect: "openai-responses", fields }) as const;

describe("tools", () => {
  const tools: CanonicalRequest["tools"] = [
    {
      type: "function",
      name: "a",
      namespace: "n",
      parameters: {},
      extension: extension({ namespace: { description: "d" } }),
    },
    { type: "function", name: "top" },
    { type: "function", name: "b", namespace: "n", parameters: {}, strict: true, input: "json" },
    { type: "function", name: "patch", input: "text", description: "p" },
    { type: "hosted", dialect: "openai-responses", definition: { type: "web_search" } },
    { type: "hosted", dialect: "anthropic-messages", definition: { type: "web_search_20250305" } },
  ];

  test("namespaces, custom and hosted tools", () => {
    const { body, dropped } = encode({ tools });
    expect(body["tools"]).toEqual([
      {
        type: "namespace",
        name: "n",
        description: "d",
        tools: [
          { type: "function", name: "a", parameters: {}, strict: false },
          { type: "function", name: "b", parameters: {}, strict: true },
        ],
      },
      { type: "function", name: "top", parameters: { type: "object", properties: {} }, strict: false },
      { type: "custom", name: "patch", description: "p" },
      { type: "web_search" },
    ]);
    expect(features(dropped)).toEqual(["hosted-tool"]);
  });

  test("namespaceTools: names are joined, in tools, calls and choices", () => {
    const messages = [assistant({ type: "tool-call", id: "c", name: "a", namespace: "n", arguments: "{}" })];
    const toolChoice = { type: "tool", name: "a", namespace: "n" } as const;
    const { body } = encode({ tools: tools.slice(0, 1), messages, toolChoice }, { namespaceTools: false });
    expect(body["tools"]).toMatchObject([{ type: "function", name: "n__a" }]);
    expect(body["input"]).toEqual([{ type: "function_call", call_id: "c", name: "n__a", arguments: "{}" }]);
    expect(body["tool_choice"]).toEqual({ type: "function", name: "n__a" });
  });

  test("customTools: free text is wrapped, in tools, calls and results", () => {
    const messages: Message[] = [
      assistant({ type: "tool-call", id: "c", name: "patch", arguments: "free", input: "text", itemId: "ctc_1" }),
      { role: "tool", content: [{ type: "tool-result", callId: "c", content: [], input: "text" }] },
    ];
    const { body, adapted } = encode({ tools: tools.slice(3, 4), messages }, { customTools: false });
    expect(body["tools"]).toMatchObject([{ type: "function", name: "patch", strict: false }]);
    expect(body["input"]).toEqual([
      { type: "function_call", call_id: "c", name: "patch", arguments: '{"input":"free"}' },
      { type: "function_call_output", call_id: "c", output: "" },
    ]);
    expect(features(adapted)).toEqual(["custom-tool"]);
  });

  test("hostedTools: only those that are taken", () => {
    const { body, dropped } = encode({ tools: tools.slice(4, 5) }, { hostedTools: ["x_search"] });
    expect([body["tools"], features(dropped)]).toEqual([undefined, ["hosted-tool"]]);
  });

  test("a choice among some tools names each by its kind", () => {
    const toolChoice = { type: "required", allowed: ["n__a", "patch"] } as const;
    expect(encode({ tools, toolChoice }).body["tool_choice"]).toEqual({
      type: "allowed_tools",
      mode: "required",
      tools: [
        { type: "function", name: "a", namespace: "n" },
        { type: "custom", name: "patch" },
      ],
    });
  });

  test("the choice of another dialect's hosted tool is dropped", () => {
    const toolChoice = { type: "hosted", dialect: "gemini", definition: {} } as const;
    expect(features(encode({ toolChoice }).dropped)).toEqual(["tool-choice"]);
  });
});
