import { expect, test } from "vitest";
import { GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { sealEnvelope, sealToolCallId } from "../shared/envelope.ts";
import { anthropicMessages } from "./index.ts";

const decode = (fields: JsonObject) =>
  anthropicMessages.decodeRequest({ model: "claude", max_tokens: 100, messages: [], ...fields }, {});
const content = (role: string, blocks: readonly JsonObject[]) =>
  decode({ messages: [{ role, content: blocks }] }).messages[0]?.content;

test("tool results become a tool message before the rest of their user message", () => {
  const { messages } = decode({
    messages: [
      { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: { x: 1 } }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: "42", is_error: false },
          { type: "text", text: "Go on." },
        ],
      },
    ],
  });
  expect(messages).toEqual([
    { role: "assistant", content: [{ type: "tool-call", id: "a", name: "f", arguments: '{"x":1}' }] },
    {
      role: "tool",
      content: [{ type: "tool-result", callId: "a", content: [{ type: "text", text: "42" }], isError: false }],
    },
    { role: "user", content: [{ type: "text", text: "Go on." }] },
  ]);
});

test("a leading system message joins the instructions, a later one keeps its place", () => {
  const request = decode({
    system: "One.",
    messages: [
      { role: "system", content: "Two." },
      { role: "user", content: "Hi" },
      { role: "system", content: [{ type: "text", text: "Three.", cache_control: { type: "ephemeral", ttl: "1h" } }] },
    ],
  });
  expect(request.instructions.map((part) => part.text)).toEqual(["One.", "Two."]);
  expect(request.messages.map((message) => message.role)).toEqual(["user", "system"]);
  expect(request.messages[1]?.content).toEqual([{ type: "text", text: "Three.", cache: { ttl: "1h" } }]);
});

test("integers beyond 2^53 in a call's input survive", () => {
  const body = parseJsonObject(
    '{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{"id":12345678901234567890}}]}]}',
  );
  const request = anthropicMessages.decodeRequest(body ?? {}, {});
  expect(request.messages[0]?.content[0]).toMatchObject({ arguments: '{"id":12345678901234567890}' });
});

test("a raw signature is Anthropic's, an envelope opens to its origin, an empty one to no value", () => {
  const opaque = { origin: { dialect: "openai-responses" as const, provider: "openai" }, data: "enc" };
  const thinking = (signature: string) => content("assistant", [{ type: "thinking", thinking: "hm", signature }])?.[0];
  expect(thinking("sig")).toMatchObject({ opaque: { origin: { dialect: "anthropic-messages" }, data: "sig" } });
  expect(thinking(sealEnvelope([{ of: "reasoning", opaque, form: "summary" }]))).toEqual({
    type: "reasoning",
    form: "summary",
    text: "hm",
    opaque,
  });
  expect(thinking(sealEnvelope([]))).toEqual({ type: "reasoning", form: "full", text: "hm" });
});

test("a sealed call id opens in the call and in its result", () => {
  const opaque = { origin: { dialect: "gemini" as const }, data: "thought" };
  const id = sealToolCallId("a", [{ of: "tool-call", opaque }]);
  expect(content("assistant", [{ type: "tool_use", id, name: "f", input: {} }])?.[0]).toMatchObject({
    id: "a",
    opaque,
  });
  expect(content("user", [{ type: "tool_result", tool_use_id: id }])?.[0]).toMatchObject({ callId: "a", content: [] });
});

test("a search result is a document to other vendors", () => {
  const block = {
    type: "search_result",
    source: "https://example.org",
    title: "Example",
    content: [{ type: "text", text: "Body." }],
    citations: { enabled: true },
  };
  expect(content("user", [block])?.[0]).toMatchObject({
    type: "media",
    kind: "document",
    name: "Example",
    source: { type: "parts", parts: [{ type: "text", text: "Body." }] },
    citations: true,
  });
});

test("blocks that the IR has no word for are unknown parts of this dialect", () => {
  const block = { type: "container_upload", file_id: "file_1" };
  expect(content("user", [block])?.[0]).toEqual({
    type: "unknown",
    origin: { dialect: "anthropic-messages" },
    value: block,
  });
});

test("thinking, effort, format and the user's id are read; the rest of their objects is an extension", () => {
  const request = decode({
    thinking: { type: "adaptive", display: "omitted", block_binding: { prefix_mismatch_behavior: "error" } },
    output_config: {
      effort: "high",
      format: { type: "json_schema", schema: { type: "object" } },
      task_budget: { total: 1 },
    },
    metadata: { user_id: "u", trace: "t" },
    service_tier: "auto",
    context_management: { edits: [] },
    container: null,
  });
  expect(request).toMatchObject({
    reasoning: { mode: "adaptive", effort: "high", summary: "none" },
    output: { type: "json-schema", schema: { type: "object" } },
    endUser: "u",
    serviceTier: "auto",
  });
  expect(request.extensions).toEqual({
    "anthropic-messages": {
      context_management: { edits: [] },
      thinking: { block_binding: { prefix_mismatch_behavior: "error" } },
      output_config: { task_budget: { total: 1 } },
      metadata: { trace: "t" },
    },
  });
});

test.each<[string, JsonObject]>([
  ["messages[0].content", { messages: [{ role: "user", content: 1 }] }],
  ["messages[0].content[0]", { messages: [{ role: "user", content: ["x"] }] }],
  ["messages[0].content[0].text", { messages: [{ role: "user", content: [{ type: "text", text: 1 }] }] }],
  ["messages[0].role", { messages: [{ role: "developer", content: "x" }] }],
  ["tools[0].name", { tools: [{ input_schema: {} }] }],
  ["max_tokens", { max_tokens: "many" }],
  ["system[0]", { system: [{ type: "image" }] }],
])("a mistake is named by its path: %s", (path, fields) => {
  try {
    decode(fields);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: "invalid_request", detail: { param: path } });
  }
});
