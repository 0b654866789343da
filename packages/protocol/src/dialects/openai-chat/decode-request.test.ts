import { describe, expect, test } from "vitest";
import { GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { sealEnvelope, sealToolCallId } from "../shared/envelope.ts";
import { decodeRequest } from "./decode-request.ts";

const decode = (fields: JsonObject) =>
  decodeRequest({ model: "m", messages: [{ role: "user", content: "Hi" }], ...fields }, {});
const contentOf = (message: JsonObject) => decode({ messages: [message] }).messages[0]?.content;
const client = { dialect: "openai-chat" } as const;

test("leading system and developer text are the instructions; later ones keep their place", () => {
  const request = decode({
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "developer",
        content: [{ type: "text", text: "Be kind.", cache_control: { type: "ephemeral", ttl: "1h" } }],
      },
      { role: "user", content: "Hi", name: "ada" },
      { role: "system", content: "Now in French." },
    ],
  });
  expect(request.instructions).toEqual([
    { type: "text", text: "Be brief." },
    { type: "text", text: "Be kind.", cache: { ttl: "1h" } },
  ]);
  expect(request.messages).toEqual([
    { role: "user", content: [{ type: "text", text: "Hi" }], name: "ada" },
    { role: "system", content: [{ type: "text", text: "Now in French." }] },
  ]);
});

test("a system message that names a participant is kept as a message, name and all", () => {
  const request = decode({ messages: [{ role: "system", name: "example_user", content: "2+2?" }] });
  expect(request.instructions).toEqual([]);
  expect(request.messages).toEqual([
    { role: "system", content: [{ type: "text", text: "2+2?" }], name: "example_user" },
  ]);
});

test("every content part has a place", () => {
  expect(
    contentOf({
      role: "user",
      content: [
        { type: "text", text: "See", prompt_cache_breakpoint: { mode: "explicit" } },
        { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
        { type: "image_url", image_url: "data:image/png;base64,AAAA" },
        { type: "input_audio", input_audio: { data: "BBBB", format: "mp3" } },
        { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,CCCC" } },
        { type: "file", file: { file_id: "file-1" } },
        { type: "file", file: { file_data: "https://example.com/a.pdf" } },
        { type: "hologram", depth: 3 },
      ],
    }),
  ).toEqual([
    { type: "text", text: "See", cache: {} },
    { type: "media", kind: "image", source: { type: "url", url: "https://example.com/a.png" }, detail: "low" },
    { type: "media", kind: "image", mediaType: "image/png", source: { type: "base64", data: "AAAA" } },
    { type: "media", kind: "audio", mediaType: "audio/mpeg", source: { type: "base64", data: "BBBB" } },
    {
      type: "media",
      kind: "document",
      mediaType: "application/pdf",
      source: { type: "base64", data: "CCCC" },
      name: "a.pdf",
    },
    { type: "media", kind: "document", source: { type: "file", id: "file-1", origin: client } },
    { type: "media", kind: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
    { type: "unknown", origin: client, value: { type: "hologram", depth: 3 } },
  ]);
});

test("results of one turn are one message, and say of which kind of tool they are", () => {
  const request = decode({
    messages: [
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "a", type: "function", function: { name: "add", arguments: '{"n": 9007199254740993}' } },
          { id: "b", type: "custom", custom: { name: "shell", input: "ls -l" } },
        ],
      },
      { role: "tool", tool_call_id: "a", content: "3" },
      { role: "tool", tool_call_id: "b", content: [{ type: "text", text: "x" }] },
    ],
  });
  expect(request.messages).toEqual([
    {
      role: "assistant",
      content: [
        { type: "tool-call", id: "a", name: "add", arguments: '{"n": 9007199254740993}' },
        { type: "tool-call", id: "b", name: "shell", arguments: "ls -l", input: "text" },
      ],
    },
    {
      role: "tool",
      content: [
        { type: "tool-result", callId: "a", content: [{ type: "text", text: "3" }] },
        { type: "tool-result", callId: "b", content: [{ type: "text", text: "x" }], input: "text" },
      ],
    },
  ]);
});

test("the deprecated functions are tools, and their messages find one another", () => {
  const request = decode({
    functions: [{ name: "add", parameters: { type: "object" } }],
    function_call: { name: "add" },
    messages: [
      { role: "user", content: "1+2" },
      { role: "assistant", content: null, function_call: { name: "add", arguments: "{}" } },
      { role: "function", name: "add", content: "3" },
    ],
  });
  expect(request.tools).toMatchObject([{ type: "function", name: "add", parameters: { type: "object" } }]);
  expect(request.toolChoice).toEqual({ type: "tool", name: "add" });
  expect(request.messages.slice(1)).toMatchObject([
    { content: [{ type: "tool-call", id: "call_1_0", name: "add" }] },
    { role: "tool", content: [{ type: "tool-result", callId: "call_1_0", name: "add" }] },
  ]);
});

describe("thinking that a client returns", () => {
  const signature = {
    origin: { dialect: "anthropic-messages", provider: "anthropic", model: "c" },
    data: "SIG",
  } as const;
  const thought = { type: "reasoning", form: "full", text: "Hm", opaque: signature } as const;

  test("plain text is this dialect's own", () => {
    expect(contentOf({ role: "assistant", content: "Yes", reasoning_content: "Hm" })).toEqual([
      { type: "reasoning", form: "full", text: "Hm", opaque: { origin: client, data: "" } },
      { type: "text", text: "Yes" },
    ]);
  });

  test("entries keep their fields and win over plain text", () => {
    const entry = { type: "reasoning.text", text: "Hm", signature: "S", format: "anthropic-claude-v1", index: 0 };
    expect(contentOf({ role: "assistant", reasoning: "Hm", reasoning_details: [entry] })).toEqual([
      {
        type: "reasoning",
        form: "full",
        text: "Hm",
        opaque: {
          origin: client,
          data: '{"format":"anthropic-claude-v1","index":0,"signature":"S","type":"reasoning.text"}',
        },
      },
    ]);
  });

  test("an envelope gives another dialect's value back", () => {
    const entry = {
      type: "reasoning.text",
      text: "Hm",
      signature: sealEnvelope([{ of: "reasoning", opaque: signature }]),
    };
    expect(contentOf({ role: "assistant", reasoning_content: "Hm", reasoning_details: [entry] })).toEqual([thought]);
  });

  test("a call's id gives it back to clients that return nothing else, once", () => {
    const id = sealToolCallId("call_1", [
      { of: "reasoning", opaque: signature, text: "Hm", form: "full" },
      { of: "tool-call", opaque: { ...signature, data: "CALL" } },
    ]);
    const call = { id, type: "function", function: { name: "f", arguments: "{}" } };
    const opened = {
      type: "tool-call",
      id: "call_1",
      name: "f",
      arguments: "{}",
      opaque: { ...signature, data: "CALL" },
    };
    expect(contentOf({ role: "assistant", tool_calls: [call] })).toEqual([thought, opened]);
    expect(contentOf({ role: "assistant", reasoning_content: "Hm", tool_calls: [call] })).toEqual([thought, opened]);
    const entry = {
      type: "reasoning.text",
      text: "Hm",
      signature: sealEnvelope([{ of: "reasoning", opaque: signature }]),
    };
    expect(contentOf({ role: "assistant", reasoning_details: [entry], tool_calls: [call] })).toEqual([thought, opened]);
    expect(contentOf({ role: "tool", tool_call_id: id, content: "1" })).toMatchObject([{ callId: "call_1" }]);
  });

  test("thinking between two calls stays between them", () => {
    const second = { ...signature, data: "SIG2" };
    const calls = [
      sealToolCallId("a", [{ of: "reasoning", opaque: signature, text: "1", form: "full" }]),
      sealToolCallId("b", [{ of: "reasoning", opaque: second, text: "2", form: "full" }]),
    ].map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } }));
    const content = contentOf({ role: "assistant", content: "Well", tool_calls: calls }) ?? [];
    expect(content.map((part) => ("text" in part ? part.text : part.type))).toEqual([
      "1",
      "Well",
      "tool-call",
      "2",
      "tool-call",
    ]);
  });

  test("Mistral's chunks are thinking", () => {
    const content = [
      { type: "thinking", thinking: [{ type: "text", text: "Hm" }] },
      { type: "text", text: "Yes" },
    ];
    expect(contentOf({ role: "assistant", content })).toMatchObject([
      { type: "reasoning", text: "Hm" },
      { text: "Yes" },
    ]);
  });

  test("Google's thought signature belongs to its call", () => {
    const call = {
      id: "a",
      function: { name: "f", arguments: "{}" },
      extra_content: { google: { thought_signature: "T" } },
    };
    expect(contentOf({ role: "assistant", tool_calls: [call] })).toMatchObject([
      { opaque: { origin: client, data: '{"google":{"thought_signature":"T"}}' } },
    ]);
  });
});

test.each([
  [{ reasoning_effort: "high" }, { effort: "high" }],
  [{ reasoning_effort: "none" }, { mode: "off" }],
  [{ reasoning: { effort: "low", exclude: true } }, { effort: "low", summary: "none" }],
  [{ reasoning: { max_tokens: 2000, enabled: true } }, { mode: "on", budgetTokens: 2000 }],
  [{ thinking: { type: "disabled" } }, { mode: "off" }],
  [{ thinking: { type: "enabled", budget_tokens: 9 } }, { mode: "on", budgetTokens: 9 }],
  [
    { enable_thinking: true, thinking_budget: 100 },
    { mode: "on", budgetTokens: 100 },
  ],
])("%j asks for thinking", (fields, reasoning) => {
  expect(decode(fields)).toMatchObject({ reasoning });
  expect(decode(fields).extensions).toBeUndefined();
});

test("every tool and choice has a place", () => {
  const request = decode({
    tools: [
      {
        type: "function",
        function: { name: "f", description: "d", parameters: {}, strict: true, defer: 1 },
        cache_control: { type: "ephemeral" },
      },
      { type: "custom", custom: { name: "c", format: { type: "text" } } },
      { type: "web_search", max_results: 3 },
    ],
    tool_choice: {
      type: "allowed_tools",
      allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "f" } }] },
    },
  });
  expect(request.tools).toEqual([
    {
      type: "function",
      name: "f",
      description: "d",
      parameters: {},
      strict: true,
      cache: {},
      extension: { dialect: "openai-chat", fields: { function: { defer: 1 } } },
    },
    { type: "function", name: "c", input: "text", format: { type: "text" } },
    {
      type: "hosted",
      dialect: "openai-chat",
      definition: { type: "web_search", max_results: 3 },
      webSearch: { unsaid: ["max_results"] },
    },
  ]);
  expect(request.toolChoice).toEqual({ type: "allowed", allowed: ["f"] });
  expect(decode({ tool_choice: "any" }).toolChoice).toEqual({ type: "required" });
  expect(decode({ tool_choice: { type: "web_search" } }).toolChoice).toEqual({
    type: "hosted",
    dialect: "openai-chat",
    definition: { type: "web_search" },
  });
});

test("what the IR has no word for stays this dialect's extension; null is absent", () => {
  const fields = {
    n: 2,
    logprobs: true,
    prediction: { type: "content", content: "x" },
    store: null,
    verbosity: "epic",
  };
  const grammar = { type: "grammar", grammar: "root" };
  const request = decode({
    ...fields,
    response_format: grammar,
    stream_options: { include_usage: true, include_obfuscation: false },
  });
  expect(request.streamUsage).toBe(true);
  expect(request.extensions).toEqual({
    "openai-chat": {
      n: 2,
      logprobs: true,
      prediction: { type: "content", content: "x" },
      stream_options: { include_obfuscation: false },
      response_format: grammar,
      verbosity: "epic",
    },
  });
});

test("a 64-bit seed survives as the raw number that it is", () => {
  const body = parseJsonObject('{"model":"m","messages":[],"seed":9223372036854775807}') ?? {};
  expect(JSON.stringify(decodeRequest(body, {}).extensions)).toBe('{"openai-chat":{"seed":9223372036854775807}}');
});

test.each([
  [{ messages: undefined }, "messages"],
  [{ messages: [{ role: "robot", content: "" }] }, "messages[0].role"],
  [{ messages: [{ role: "user", content: 7 }] }, "messages[0].content"],
  [{ messages: [{ role: "user", content: [{ type: "text", text: 7 }] }] }, "messages[0].content[0].text"],
  [{ messages: [{ role: "tool", content: "x" }] }, "messages[0].tool_call_id"],
  [{ tools: [{ type: "function", function: {} }] }, "tools[0].function.name"],
  [{ temperature: "hot" }, "temperature"],
])("%j is refused and its place is named", (fields, param) => {
  const attempt = () => decode(fields);
  expect(attempt).toThrow(GatewayError);
  try {
    attempt();
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_request", detail: { param } });
  }
});
