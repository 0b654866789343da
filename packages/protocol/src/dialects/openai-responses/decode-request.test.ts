import { describe, expect, test } from "vitest";
import { GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { sealEnvelope, sealToolCallId } from "../shared/envelope.ts";
import { openaiResponses } from "./index.ts";

const decode = (body: JsonObject) => openaiResponses.decodeRequest({ model: "gpt", ...body }, {});
const origin = { dialect: "openai-responses" } as const;

describe("input", () => {
  test("a text is one user message", () => {
    expect(decode({ input: "hello" }).messages).toEqual([{ role: "user", content: [{ type: "text", text: "hello" }] }]);
  });

  test("instructions and leading developer items are the instructions, later ones keep their place", () => {
    const request = decode({
      instructions: "first",
      input: [
        { type: "message", role: "developer", id: "msg_d", content: [{ type: "input_text", text: "second" }] },
        { role: "user", content: "hi" },
        { role: "system", content: "third" },
      ],
    });
    expect(request.instructions).toEqual([
      { type: "text", text: "first" },
      { type: "text", text: "second", id: "msg_d" },
    ]);
    expect(request.messages.map(({ role }) => role)).toEqual(["user", "system"]);
  });

  test("the model's items of one turn are one message, the results of its calls another", () => {
    const request = decode({
      input: [
        { role: "user", content: "go" },
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "E" },
        {
          type: "message",
          id: "msg_1",
          role: "assistant",
          phase: "commentary",
          content: [{ type: "output_text", text: "ok" }],
        },
        { type: "function_call", id: "fc_1", call_id: "call_1", name: "a", arguments: "{}" },
        { type: "custom_tool_call", id: "ctc_1", call_id: "call_2", name: "b", input: "free" },
        { type: "function_call_output", call_id: "call_1", output: "1" },
        { type: "custom_tool_call_output", call_id: "call_2", output: [{ type: "input_text", text: "2" }] },
      ],
    });
    expect(request.messages).toEqual([
      { role: "user", content: [{ type: "text", text: "go" }] },
      {
        role: "assistant",
        content: [
          { type: "reasoning", form: "summary", text: "hm", id: "rs_1", opaque: { origin, data: "E", id: "rs_1" } },
          {
            type: "text",
            text: "ok",
            id: "msg_1",
            extension: { dialect: "openai-responses", fields: { item: { phase: "commentary" } } },
          },
          { type: "tool-call", id: "call_1", name: "a", arguments: "{}", itemId: "fc_1" },
          { type: "tool-call", id: "call_2", name: "b", arguments: "free", input: "text", itemId: "ctc_1" },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", callId: "call_1", content: [{ type: "text", text: "1" }] },
          { type: "tool-result", callId: "call_2", content: [{ type: "text", text: "2" }], input: "text" },
        ],
      },
    ]);
  });

  test("images and files stand in messages and in tool results", () => {
    const image = { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "high" };
    const file = { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,BBBB" };
    const request = decode({
      input: [
        {
          role: "user",
          content: [
            image,
            { type: "input_file", file_id: "file-1" },
            { type: "input_file", file_url: "https://x/y.pdf" },
          ],
        },
        { type: "function_call_output", call_id: "c", output: [image, file] },
      ],
    });
    const media = {
      type: "media",
      kind: "image",
      mediaType: "image/png",
      source: { type: "base64", data: "AAAA" },
      detail: "high",
    };
    expect(request.messages[0]?.content).toEqual([
      media,
      { type: "media", kind: "document", source: { type: "file", id: "file-1", origin } },
      { type: "media", kind: "document", source: { type: "url", url: "https://x/y.pdf" } },
    ]);
    expect(request.messages[1]?.content[0]).toMatchObject({
      content: [
        media,
        {
          type: "media",
          kind: "document",
          mediaType: "application/pdf",
          name: "a.pdf",
          source: { type: "base64", data: "BBBB" },
        },
      ],
    });
  });

  test("items and content of other types are kept whole", () => {
    const items = [
      { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "open_page", url: "https://x" } },
      { type: "computer_call_output", call_id: "c", output: { type: "computer_screenshot", image_url: "data:," } },
      { type: "item_reference", id: "rs_9" },
      { type: "message", role: "critic", content: "no" },
    ];
    const parts = decode({ input: items }).messages.flatMap((message) => message.content);
    expect(parts).toEqual(items.map((value) => ({ type: "unknown", origin, value })));
  });
});

describe("values of other vendors come back from where the client kept them", () => {
  const anthropic = { dialect: "anthropic-messages", provider: "anthropic" } as const;

  test("thinking from the encrypted content of a reasoning item, with the text that was signed", () => {
    const encrypted_content = sealEnvelope([
      { of: "reasoning", opaque: { origin: anthropic, data: "SIG" }, form: "full", text: "exact\n\ntext " },
    ]);
    const item = {
      type: "reasoning",
      id: "rs_x",
      summary: [{ type: "summary_text", text: "reflowed" }],
      encrypted_content,
    };
    expect(decode({ input: [item] }).messages[0]?.content).toEqual([
      { type: "reasoning", form: "full", text: "exact\n\ntext ", opaque: { origin: anthropic, data: "SIG" } },
    ]);
  });

  const emptyEnvelope = (origin: Origin) => ({
    type: "reasoning",
    id: "rs_x",
    summary: [{ type: "summary_text", text: "hm" }],
    encrypted_content: sealEnvelope([{ of: "reasoning", opaque: { origin, data: "" }, form: "full" }]),
  });

  test("an empty envelope leaves plain text, without the id that was made for it", () => {
    const { messages } = decode({ input: [emptyEnvelope({ dialect: "openai-responses" })] });
    expect(messages[0]?.content).toEqual([{ type: "reasoning", form: "full", text: "hm" }]);
  });

  test("unsigned thinking of a chat server keeps its origin, since DeepSeek wants it back", () => {
    const origin: Origin = { dialect: "openai-chat", provider: "deepseek", model: "deepseek-reasoner" };
    const { messages } = decode({ input: [emptyEnvelope(origin)] });
    expect(messages[0]?.content).toEqual([
      { type: "reasoning", form: "full", text: "hm", opaque: { origin, data: "" } },
    ]);
  });

  test("a damaged envelope is not taken for the vendor's own value", () => {
    const item = { type: "reasoning", id: "rs_x", summary: [], encrypted_content: "sbx1_!!_xbs" };
    expect(decode({ input: [item] }).messages[0]?.content).toEqual([{ type: "reasoning", form: "redacted", text: "" }]);
  });

  test("a call's own value from its id, in the call and in its output", () => {
    const opaque = { origin: { dialect: "gemini", provider: "google" }, data: "SIG" } as const;
    const call_id = sealToolCallId("call_1", [{ of: "tool-call", opaque }]);
    const request = decode({
      input: [
        { type: "function_call", call_id, name: "f", arguments: "{}" },
        { type: "function_call_output", call_id, output: "x" },
      ],
    });
    expect(request.messages[0]?.content[0]).toMatchObject({ id: "call_1", opaque });
    expect(request.messages[1]?.content[0]).toMatchObject({ callId: "call_1" });
  });
});

test("tools of every kind", () => {
  const search = { type: "web_search", search_context_size: "low" };
  const request = decode({
    tools: [
      { type: "function", name: "f", parameters: { type: "object" }, strict: true, defer_loading: true },
      { type: "custom", name: "patch", format: { type: "grammar", syntax: "lark", definition: "x" } },
      {
        type: "namespace",
        name: "multi",
        description: "many",
        tools: [{ type: "function", name: "g", parameters: {}, strict: false }],
      },
      search,
    ],
  });
  const extension = (fields: JsonObject) => ({ dialect: "openai-responses", fields });
  expect(request.tools).toEqual([
    {
      type: "function",
      name: "f",
      parameters: { type: "object" },
      strict: true,
      extension: extension({ defer_loading: true }),
    },
    { type: "function", name: "patch", input: "text", format: { type: "grammar", syntax: "lark", definition: "x" } },
    {
      type: "function",
      name: "g",
      namespace: "multi",
      parameters: {},
      strict: false,
      extension: extension({ namespace: { description: "many" } }),
    },
    { type: "hosted", dialect: "openai-responses", definition: search, webSearch: { contextSize: "low" } },
  ]);
});

test.each([
  ["auto", { type: "auto" }],
  ["required", { type: "required" }],
  [
    { type: "function", name: "f" },
    { type: "tool", name: "f" },
  ],
  [
    { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "f" }] },
    { type: "allowed", allowed: ["f"] },
  ],
  [
    { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f", namespace: "n" }] },
    { type: "required", allowed: ["n__f"] },
  ],
  [{ type: "file_search" }, { type: "hosted", dialect: "openai-responses", definition: { type: "file_search" } }],
])("tool choice %j", (wire, canonical) => {
  expect(decode({ tool_choice: wire }).toolChoice).toEqual(canonical);
});

test("options, and what only this dialect can say", () => {
  const request = decode({
    stream: true,
    max_output_tokens: 10,
    temperature: 0.5,
    top_p: null,
    reasoning: { effort: "high", summary: "auto", context: "all_turns" },
    include: ["reasoning.encrypted_content", "web_search_call.results"],
    text: { format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true }, verbosity: "low" },
    user: "old",
    safety_identifier: "new",
    prompt_cache_key: "key",
    previous_response_id: "resp_0",
    client_metadata: { a: "b" },
  });
  expect(request).toMatchObject({
    stream: true,
    sampling: { maxOutputTokens: 10, temperature: 0.5 },
    reasoning: { effort: "high", summary: "auto", encrypted: true },
    output: { type: "json-schema", name: "n", schema: { type: "object" }, strict: true },
    verbosity: "low",
    endUser: "new",
    cacheKey: "key",
  });
  expect(request.extensions).toEqual({
    "openai-responses": {
      previous_response_id: "resp_0",
      client_metadata: { a: "b" },
      include: ["web_search_call.results"],
      reasoning: { context: "all_turns" },
      user: "old",
    },
  });
});

test("words that are not known yet are carried", () => {
  const request = decode({
    reasoning: { effort: "ultra" },
    text: { format: { type: "grammar" }, verbosity: "chatty" },
  });
  expect(request.reasoning).toBeUndefined();
  expect(request.extensions?.["openai-responses"]).toEqual({
    reasoning: { effort: "ultra" },
    text: { format: { type: "grammar" }, verbosity: "chatty" },
  });
});

test.each([
  [{ input: 3 }, "input"],
  [{ input: ["x"] }, "input[0]"],
  [{ input: [{ role: "user", content: 3 }] }, "input[0].content"],
  [{ input: [{ role: "user", content: ["x"] }] }, "input[0].content[0]"],
  [{ input: [{ type: "function_call", name: "f", arguments: "{}" }] }, "input[0].call_id"],
  [{ input: [{ type: "function_call", call_id: "c", name: "f", arguments: {} }] }, "input[0].arguments"],
  [{ tools: [{ type: "function" }] }, "tools[0].name"],
  [{ temperature: "hot" }, "temperature"],
  [{ model: null }, "model"],
])("a request that cannot be read is refused with its path: %j", (body, param) => {
  const attempt = () => decode(body);
  expect(attempt).toThrow(GatewayError);
  try {
    attempt();
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_request", detail: { param } });
  }
});
