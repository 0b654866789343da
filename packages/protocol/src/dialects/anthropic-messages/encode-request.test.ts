import { expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import type { Opaque } from "../../ir/origin.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import type { EncodedRequest, ModelFacts } from "../dialect.ts";
import { anthropicMessages } from "./index.ts";

const USER: Message = { role: "user", content: [{ type: "text", text: "Hi" }] };
const base: CanonicalRequest = {
  model: "m",
  stream: false,
  instructions: [],
  messages: [USER],
  tools: [],
  sampling: {},
};
const TOOL = { type: "function", name: "f", parameters: { type: "object" } } as const;

const encode = (fields: Partial<CanonicalRequest>, facts: ModelFacts = {}): EncodedRequest =>
  anthropicMessages.encodeRequest(
    { ...base, ...fields },
    { provider: "anthropic", model: "claude", quirks: {}, facts },
  );
const features = (losses: readonly { feature: string }[]) => losses.map((loss) => loss.feature);
const call = (id: string, more: JsonObject = {}): Part => ({
  type: "tool-call",
  id,
  name: "f",
  arguments: "{}",
  ...more,
});
const result = (callId: string): Part => ({ type: "tool-result", callId, content: [{ type: "text", text: "ok" }] });

test("max_tokens is the client's, the model's or a default, and never more than the model's", () => {
  expect(encode({}).body["max_tokens"]).toBe(32_000);
  expect(encode({}, { contextTokens: 8192 }).body["max_tokens"]).toBe(4096);
  expect(encode({}, { maxOutputTokens: 8192 }).body["max_tokens"]).toBe(8192);
  const clamped = encode({ sampling: { maxOutputTokens: 128_000 } }, { maxOutputTokens: 8192 });
  expect(clamped.body["max_tokens"]).toBe(8192);
  expect(features(clamped.adapted)).toEqual(["max-tokens"]);
});

test("temperature above 1 is clamped and what the API cannot say is reported", () => {
  const { body, adapted, dropped } = encode({
    sampling: { temperature: 1.7, seed: 1, presencePenalty: 1, frequencyPenalty: 1, stopSequences: ["\n", "X"] },
    verbosity: "low",
    cacheKey: "k",
    metadata: { a: "b" },
    extensions: { "openai-chat": { logit_bias: { "50256": -100 } } },
  });
  expect(body["temperature"]).toBe(1);
  expect(body["stop_sequences"]).toEqual(["X"]);
  expect(features(adapted)).toEqual(["temperature"]);
  expect(features(dropped).sort()).toEqual([
    "frequency-penalty",
    "logit-bias",
    "metadata",
    "presence-penalty",
    "prompt-cache-key",
    "seed",
    "stop-sequences",
    "verbosity",
  ]);
});

test("thinking takes neither temperature nor top-k", () => {
  const { body, dropped } = encode({
    reasoning: { mode: "on", budgetTokens: 2048 },
    sampling: { temperature: 0.2, topK: 5, topP: 0.5, maxOutputTokens: 8000 },
  });
  expect(body["thinking"]).toEqual({ type: "enabled", budget_tokens: 2048 });
  expect(body).not.toHaveProperty("temperature");
  expect(features(dropped)).toEqual(["temperature", "top-p", "top-k"]);
});

test("the thinking budget is at least 1,024 and below max_tokens", () => {
  const budget = (budgetTokens: number, maxOutputTokens: number) =>
    encode({ reasoning: { mode: "on", budgetTokens }, sampling: { maxOutputTokens } });
  expect(budget(100, 8000).body["thinking"]).toMatchObject({ budget_tokens: 1024 });
  expect(budget(20_000, 10_000).body["thinking"]).toMatchObject({ budget_tokens: 5904 });
  expect(features(budget(20_000, 10_000).adapted)).toEqual(["thinking-budget"]);
  expect(budget(2000, 1000).body["thinking"]).toEqual({ type: "disabled" });
  expect(encode({ reasoning: { mode: "on", budgetTokens: 60_000 } }).body["max_tokens"]).toBe(64_096);
});

test("effort is said as the model can hear it", () => {
  const effort = (reasoning: NonNullable<ModelFacts["reasoning"]>) =>
    encode({ reasoning: { effort: "high" } }, { reasoning }).body;
  expect(effort("adaptive")).toMatchObject({ thinking: { type: "adaptive" }, output_config: { effort: "high" } });
  expect(effort("budget")).toMatchObject({ thinking: { type: "enabled", budget_tokens: 16_384 } });
  expect(effort("budget")).not.toHaveProperty("output_config");
  expect(effort("effort")).not.toHaveProperty("thinking");
  expect(effort("none")).not.toHaveProperty("output_config");
  expect(encode({ reasoning: { effort: "minimal" } }).body["output_config"]).toEqual({ effort: "low" });
});

test("a forced tool choice turns thinking off", () => {
  const { body, adapted } = encode({
    reasoning: { mode: "adaptive" },
    tools: [TOOL],
    toolChoice: { type: "required" },
  });
  expect(body["thinking"]).toEqual({ type: "disabled" });
  expect(features(adapted)).toEqual(["thinking"]);
});

test("an open turn without signed thinking turns a thinking budget off, not adaptive thinking", () => {
  const messages: Message[] = [
    USER,
    { role: "assistant", content: [call("a")] },
    { role: "tool", content: [result("a")] },
  ];
  const budget = encode({ messages, reasoning: { mode: "on", budgetTokens: 2048 }, tools: [TOOL] });
  expect(budget.body["thinking"]).toEqual({ type: "disabled" });
  expect(features(budget.adapted)).toEqual(["thinking"]);
  expect(encode({ messages, reasoning: { mode: "adaptive" }, tools: [TOOL] }).body["thinking"]).toEqual({
    type: "adaptive",
  });
  const done: Message[] = [...messages, { role: "assistant", content: [{ type: "text", text: "Done" }] }, USER];
  expect(encode({ messages: done, reasoning: { mode: "on", budgetTokens: 2048 } }).body["thinking"]).toMatchObject({
    type: "enabled",
  });
});

test("foreign reasoning is not shown and foreign values of calls are not sent", () => {
  const opaque: Opaque = { origin: { dialect: "gemini", provider: "google" }, data: "x" };
  const messages: Message[] = [
    { role: "assistant", content: [{ type: "reasoning", form: "full", text: "secret", opaque }, call("a")] },
    { role: "tool", content: [result("a")] },
  ];
  const { body, adapted } = encode({ messages });
  expect(JSON.stringify(body)).not.toContain("secret");
  expect(features(adapted)).toEqual(["reasoning-replay"]);
});

test("a signature of another provider that speaks this dialect is not replayed", () => {
  const opaque: Opaque = { origin: { dialect: "anthropic-messages", provider: "bedrock" }, data: "sig" };
  const part: Part = { type: "reasoning", form: "full", text: "hm", opaque };
  const sent = (provider: string) =>
    anthropicMessages.encodeRequest(
      { ...base, messages: [{ role: "assistant", content: [part, { type: "text", text: "x" }] }] },
      { provider, model: "claude", quirks: {} },
    ).body["messages"];
  expect(sent("anthropic")).toEqual([{ role: "assistant", content: "x" }]);
  expect(JSON.stringify(sent("bedrock"))).toContain('"signature":"sig"');
});

test("results of several tool messages go in one user message, before its text", () => {
  const { body } = encode({
    messages: [
      { role: "assistant", content: [call("a"), call("b")] },
      { role: "tool", content: [result("a")] },
      { role: "tool", content: [result("b")] },
      USER,
    ],
  });
  expect(body["messages"]).toEqual([
    {
      role: "assistant",
      content: [
        { type: "tool_use", id: "a", name: "f", input: {} },
        { type: "tool_use", id: "b", name: "f", input: {} },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "a", content: "ok" },
        { type: "tool_result", tool_use_id: "b", content: "ok" },
        { type: "text", text: "Hi" },
      ],
    },
  ]);
});

test("at most four cache breakpoints, the first ones in the order of the prompt", () => {
  const cached = (text: string): Part => ({ type: "text", text, cache: {} });
  const { body, dropped } = encode({
    tools: [{ ...TOOL, cache: {} }],
    instructions: [{ type: "text", text: "s", cache: { ttl: "1h" } }],
    messages: [{ role: "user", content: [cached("1"), cached("2"), cached("3")] }],
  });
  expect(JSON.stringify(body).split("cache_control").length - 1).toBe(4);
  expect(JSON.stringify(body["messages"])).toContain('{"type":"text","text":"3"}');
  expect(features(dropped)).toEqual(["cache-control"]);
});

test("empty text is left out, also when nothing remains of a message", () => {
  const { body } = encode({
    messages: [
      { role: "user", content: [{ type: "text", text: " " }] },
      USER,
      { role: "assistant", content: [{ type: "text", text: "So  " }] },
    ],
  });
  expect(body["messages"]).toEqual([
    { role: "user", content: "Hi" },
    { role: "assistant", content: "So" },
  ]);
});

test("instructions alone become the user's message", () => {
  const { body } = encode({ messages: [], instructions: [{ type: "text", text: "Tell a joke." }] });
  expect(body["messages"]).toEqual([{ role: "user", content: "Tell a joke." }]);
  expect(body).not.toHaveProperty("system");
});

test("system messages stand behind a user turn, or become marked user text", () => {
  const system: Message = { role: "system", content: [{ type: "text", text: "Now." }] };
  const assistant: Message = { role: "assistant", content: [{ type: "text", text: "A" }] };
  const roles = (messages: readonly Message[]) => {
    const { body, adapted } = encode({ messages });
    return [
      JSON.parse(JSON.stringify(body["messages"])).map((message: { role: string }) => message.role),
      features(adapted),
    ];
  };
  expect(roles([USER, system, assistant, USER])).toEqual([["user", "system", "assistant", "user"], []]);
  expect(roles([USER, assistant, system, USER])).toEqual([
    ["user", "assistant", "user", "system"],
    ["system-position"],
  ]);
  expect(roles([USER, assistant, system])).toEqual([["user", "assistant", "user"], ["mid-conversation-system"]]);
  expect(roles([USER, system, system])).toEqual([["user", "system"], []]);
});

test("tools: allowed subsets, free text, foreign hosted tools and parallel calls", () => {
  const { body, adapted, dropped } = encode({
    tools: [
      { ...TOOL, namespace: "ns", strict: false },
      { type: "function", name: "free", input: "text", format: { type: "grammar" } },
      { type: "hosted", dialect: "openai-responses", definition: { type: "web_search" } },
    ],
    toolChoice: { type: "required", allowed: ["ns__f", "free"] },
    parallelToolCalls: false,
  });
  expect(body["tools"]).toMatchObject([{ name: "ns__f" }, { name: "free", input_schema: { required: ["input"] } }]);
  expect(body["tool_choice"]).toEqual({ type: "any", disable_parallel_tool_use: true });
  expect(features(adapted)).toEqual(["allowed-tools", "custom-tool"]);
  expect(features(dropped)).toEqual(["custom-tool-format"]);
  const hosted = encode({ tools: [{ type: "hosted", dialect: "gemini", definition: { type: "googleSearch" } }] });
  expect(hosted.body).not.toHaveProperty("tools");
  expect(features(hosted.dropped)).toEqual(["hosted-tool"]);
});

test("media: formats are checked, data URLs opened, audio reported", () => {
  const media = (part: Partial<Extract<Part, { type: "media" }>>): Part => ({
    type: "media",
    kind: "image",
    source: { type: "base64", data: "/9j/4AAQ" },
    ...part,
  });
  const { body, dropped } = encode({
    messages: [
      {
        role: "user",
        content: [
          media({}),
          media({ source: { type: "url", url: "data:image/gif;base64,R0lG" } }),
          media({ mediaType: "image/bmp" }),
          media({ kind: "audio" }),
          media({ kind: "document", mediaType: "text/csv", source: { type: "base64", data: "YSxi" }, name: "t.csv" }),
          media({ kind: "document", source: { type: "file", id: "f", origin: { dialect: "openai-chat" } } }),
        ],
      },
    ],
  });
  expect(body["messages"]).toEqual([
    {
      role: "user",
      content: [
        { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "/9j/4AAQ" } },
        { type: "image", source: { type: "base64", media_type: "image/gif", data: "R0lG" } },
        { type: "document", source: { type: "text", media_type: "text/plain", data: "a,b" }, title: "t.csv" },
      ],
    },
  ]);
  expect(features(dropped)).toEqual(["image-format", "audio-input", "document-input"]);
});

test("structured output: objects are closed, JSON mode is an instruction", () => {
  const schema = { type: "object", properties: { a: { type: "object", properties: {} } } };
  expect(encode({ output: { type: "json-schema", schema } }).body["output_config"]).toEqual({
    format: {
      type: "json_schema",
      schema: {
        type: "object",
        properties: { a: { type: "object", properties: {}, additionalProperties: false } },
        additionalProperties: false,
      },
    },
  });
  const json = encode({ output: { type: "json" } });
  expect(json.body["system"]).toContain("JSON object");
  expect(features(json.adapted)).toEqual(["json-mode"]);
});
