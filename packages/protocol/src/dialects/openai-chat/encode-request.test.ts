import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import type { ModelFacts } from "../dialect.ts";
import { encodeRequest } from "./encode-request.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

const user = (...content: readonly Part[]): Message => ({ role: "user", content });
const assistant = (...content: readonly Part[]): Message => ({ role: "assistant", content });
const text = (value: string) => ({ type: "text", text: value }) as const;
const base: CanonicalRequest = {
  model: "public",
  stream: false,
  instructions: [],
  messages: [user(text("Hi"))],
  tools: [],
  sampling: {},
};

function encode(fields: Partial<CanonicalRequest>, quirks: OpenAiChatQuirks = {}, facts?: ModelFacts) {
  const target = { provider: "p", model: "m", quirks };
  const { body, dropped, adapted } = encodeRequest(
    { ...base, ...fields },
    facts === undefined ? target : { ...target, facts },
  );
  const features = (losses: readonly { readonly feature: string }[]) => losses.map((loss) => loss.feature);
  return { body, dropped: features(dropped), adapted: features(adapted) };
}
const messagesOf = (messages: readonly Message[], quirks: OpenAiChatQuirks = {}) =>
  encode({ messages }, quirks).body["messages"];

const call = { type: "tool-call", id: "c", name: "f", arguments: "{}" } as const;
const png = { type: "media", kind: "image", mediaType: "image/png", source: { type: "base64", data: "AA" } } as const;
const pdf = {
  type: "media",
  kind: "document",
  mediaType: "application/pdf",
  source: { type: "base64", data: "AA" },
} as const;
const tool = { type: "function", name: "f", parameters: { type: "object" } } as const;

test("the model is the target's, and the growing array comes last", () => {
  const { body } = encode({ tools: [tool], sampling: { temperature: 0 }, stream: true });
  expect(Object.keys(body)).toEqual(["model", "stream", "stream_options", "temperature", "tools", "messages"]);
  expect(body["model"]).toBe("m");
});

test("Claude Code's billing header is not sent", () => {
  const { body, adapted } = encode({
    instructions: [text("x-anthropic-billing-header: cc_version=1"), text("Be brief.")],
  });
  expect(body["messages"]).toEqual([
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hi" },
  ]);
  expect(adapted).toEqual(["billing-header"]);
});

describe("quirks", () => {
  const sampled = { maxOutputTokens: 5, topK: 3, seed: 1, stopSequences: ["a", "b"] };

  test("maxTokensField, topK, seedField, stopLimit", () => {
    expect(encode({ sampling: sampled })).toMatchObject({
      body: { max_tokens: 5, seed: 1, stop: ["a", "b"] },
      dropped: ["top-k"],
    });
    const quirks = {
      maxTokensField: "max_completion_tokens",
      topK: true,
      seedField: "random_seed",
      stopLimit: 1,
    } as const;
    expect(encode({ sampling: sampled }, quirks)).toMatchObject({
      body: { max_completion_tokens: 5, top_k: 3, random_seed: 1, stop: ["a"] },
      dropped: ["stop-sequences"],
    });
  });

  test("endUserField", () => {
    expect(encode({ endUser: "u" }).body).toMatchObject({ user: "u" });
    expect(encode({ endUser: "u" }, { endUserField: "safety_identifier" }).body).toMatchObject({
      safety_identifier: "u",
    });
    expect(encode({ endUser: "u".repeat(65) }, { endUserField: "safety_identifier" }).body).toHaveProperty("user");
  });

  test("streamUsage", () => {
    expect(encode({ stream: true }).body).toMatchObject({ stream_options: { include_usage: true } });
    expect(encode({ stream: true }, { streamUsage: false }).body).not.toHaveProperty("stream_options");
  });

  test("jsonSchema", () => {
    const output = { type: "json-schema", schema: { type: "object" }, strict: true } as const;
    expect(encode({ output }).body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "response", schema: { type: "object" }, strict: true },
    });
    const weak = encode({ output }, { jsonSchema: "json_object" });
    expect(weak.body).toMatchObject({ response_format: { type: "json_object" }, messages: [{ role: "system" }, {}] });
    expect(weak.adapted).toEqual(["json-schema"]);
  });

  test("unsupportedFields", () => {
    expect(encode({ cacheKey: "k" }, { unsupportedFields: ["prompt_cache_key"] })).toMatchObject({
      dropped: ["prompt-cache-key"],
    });
  });

  test.each<[OpenAiChatQuirks, Partial<CanonicalRequest["reasoning"]>, JsonObject]>([
    [{}, { effort: "high" }, { reasoning_effort: "high" }],
    [{}, { mode: "off" }, { reasoning_effort: "none" }],
    [{}, { mode: "adaptive" }, {}],
    [{}, { budgetTokens: 9000 }, { reasoning_effort: "high" }],
    [{ efforts: ["low", "high"] }, { effort: "max" }, { reasoning_effort: "high" }],
    [
      { reasoningRequest: "reasoning" },
      { budgetTokens: 9000, summary: "none" },
      { reasoning: { max_tokens: 9000, exclude: true } },
    ],
    [{ reasoningRequest: "reasoning" }, { mode: "off" }, { reasoning: { enabled: false } }],
    [{ reasoningRequest: "thinking" }, { effort: "low" }, { thinking: { type: "enabled" } }],
    [
      { reasoningRequest: "thinking", efforts: ["high", "max"] },
      { effort: "low" },
      { thinking: { type: "enabled" }, reasoning_effort: "high" },
    ],
    [{ reasoningRequest: "thinking" }, { mode: "off" }, { thinking: { type: "disabled" } }],
    [{ reasoningRequest: "enable_thinking" }, { effort: "low" }, { enable_thinking: true, thinking_budget: 2048 }],
    [
      { reasoningRequest: "chat_template_kwargs" },
      { mode: "off" },
      { chat_template_kwargs: { enable_thinking: false, thinking: false } },
    ],
    [{ reasoningRequest: "none" }, { effort: "low" }, {}],
  ])("reasoningRequest and efforts: %j, %j", (quirks, reasoning, fields) => {
    const { model: _, messages: __, ...rest } = encode({ reasoning: reasoning ?? {} }, quirks).body;
    expect(rest).toEqual(fields);
  });

  test("a model that does not think is not asked to", () => {
    const silent = encode({ reasoning: { effort: "low" } }, {}, { reasoning: "none" });
    expect(silent.body).not.toHaveProperty("reasoning_effort");
    expect(silent.dropped).toEqual(["reasoning"]);
  });

  test("reasoningReplay", () => {
    const origin = { dialect: "openai-chat", provider: "p", model: "m" } as const;
    const plain = { type: "reasoning", form: "full", text: "Hm", opaque: { origin, data: "" } } as const;
    const entry = { ...plain, opaque: { origin, data: '{"format":"x","index":0,"type":"reasoning.text"}' } };
    const replay = (part: Part, reasoningReplay: OpenAiChatQuirks["reasoningReplay"]) =>
      messagesOf([assistant(part, text("Yes"))], reasoningReplay === undefined ? {} : { reasoningReplay });
    const said = { role: "assistant", content: "Yes" };
    expect(replay(plain, undefined)).toEqual([said]);
    expect(replay(plain, "reasoning_content")).toEqual([{ ...said, reasoning_content: "Hm" }]);
    expect(replay(plain, "reasoning")).toEqual([{ ...said, reasoning: "Hm" }]);
    expect(replay(entry, "reasoning_details")).toEqual([
      { ...said, reasoning_details: [{ type: "reasoning.text", text: "Hm", format: "x", index: 0 }] },
    ]);
    expect(replay(plain, "thinking")).toEqual([
      { role: "assistant", content: [{ type: "thinking", thinking: [text("Hm")] }, text("Yes")] },
    ]);
  });

  test("assistantPrefix", () => {
    expect(messagesOf([assistant(text("{"))], { assistantPrefix: "prefix" })).toEqual([
      { role: "assistant", content: "{", prefix: true },
    ]);
    expect(messagesOf([assistant(call)], { assistantPrefix: "partial" })).not.toHaveProperty("[0].partial");
    const marks = { continue_final_message: true, add_generation_prompt: false };
    const quirks = { assistantPrefix: "continue_final_message" } as const;
    expect(encode({ messages: [user(text("Hi")), assistant(text("{"))] }, quirks).body).toMatchObject(marks);
    expect(encode({ messages: [user(text("Hi"))] }, quirks).body).not.toHaveProperty("continue_final_message");
    expect(encode({ messages: [assistant(text("{"))] }).body).not.toHaveProperty("continue_final_message");
  });

  test("cacheControl, promptCacheBreakpoint", () => {
    const messages = [user({ ...text("Hi"), cache: { ttl: "1h" } })];
    expect(messagesOf(messages, { cacheControl: true })).toEqual([
      { role: "user", content: [{ ...text("Hi"), cache_control: { type: "ephemeral", ttl: "1h" } }] },
    ]);
    expect(messagesOf(messages, { promptCacheBreakpoint: true })).toEqual([
      { role: "user", content: [{ ...text("Hi"), prompt_cache_breakpoint: { mode: "explicit" } }] },
    ]);
    expect(encode({ messages, tools: [{ ...tool, cache: {} }] }).dropped).toContain("cache-breakpoint");
  });

  test.each([
    ["gpt-5.6", true],
    ["gpt-6-mini", true],
    ["gpt-5.5", false],
    ["gpt-5", false],
    ["gpt-4o", false],
    ["o4-mini", false],
  ])("promptCacheBreakpoint: %s is told of breakpoints: %s", (model, told) => {
    const messages = [user({ ...text("Hi"), cache: {} })];
    const request = { ...base, messages, tools: [{ ...tool, cache: {} }] };
    const { body, dropped, adapted } = encodeRequest(request, {
      provider: "p",
      model,
      quirks: { promptCacheBreakpoint: true },
    });
    expect(JSON.stringify(body).includes("prompt_cache_breakpoint")).toBe(told);
    // What such a model caches by itself is no loss.
    expect(dropped).toEqual([]);
    expect(adapted.map(({ feature }) => feature)).toContain("cache-breakpoint");
  });

  test("stringContentOnly", () => {
    const result = encode({ messages: [user(text("a"), png, text("b"))] }, { stringContentOnly: true });
    expect(result.body["messages"]).toEqual([{ role: "user", content: "a\n\nb" }]);
    expect(result.dropped).toEqual(["image-input"]);
  });

  test("documentParts, documentUrls, videoParts", () => {
    const byUrl = { type: "media", kind: "document", source: { type: "url", url: "https://e.com/a.pdf" } } as const;
    const video = { type: "media", kind: "video", source: { type: "url", url: "https://e.com/a.mp4" } } as const;
    expect(encode({ messages: [user(pdf)] }, { documentParts: false }).dropped).toEqual(["document-input"]);
    expect(encode({ messages: [user(byUrl, video)] }).dropped).toEqual(["document-input", "video-input"]);
    expect(messagesOf([user(pdf, byUrl, video)], { documentUrls: true, videoParts: true })).toEqual([
      {
        role: "user",
        content: [
          { type: "file", file: { filename: "document.pdf", file_data: "data:application/pdf;base64,AA" } },
          { type: "file", file: { file_data: "https://e.com/a.pdf" } },
          { type: "video_url", video_url: { url: "https://e.com/a.mp4" } },
        ],
      },
    ]);
  });

  test("systemRole, midConversationSystem", () => {
    const messages: readonly Message[] = [user(text("Hi")), { role: "system", content: [text("Now")] }];
    expect(
      encode({ instructions: [text("Be brief.")], messages }, { systemRole: "developer" }).body["messages"],
    ).toEqual([
      { role: "developer", content: "Be brief." },
      { role: "user", content: "Hi" },
      { role: "developer", content: "Now" },
    ]);
    expect(encode({ messages }, { midConversationSystem: "user" })).toMatchObject({
      body: { messages: [{ role: "user" }, { role: "user", content: "Now" }] },
      adapted: ["mid-conversation-system"],
    });
  });

  test("toolResultMedia: media follow all results of the turn", () => {
    const messages: readonly Message[] = [
      {
        role: "tool",
        content: [
          { type: "tool-result", callId: "a", content: [text("see"), png] },
          { type: "tool-result", callId: "b", content: [png] },
        ],
      },
    ];
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA" } };
    const moved = encode({ messages });
    expect(moved.body["messages"]).toEqual([
      { role: "tool", tool_call_id: "a", content: "see" },
      { role: "tool", tool_call_id: "b", content: "The result is in the next message." },
      { role: "user", content: [image, image] },
    ]);
    expect(moved.adapted).toEqual(["tool-result-media"]);
    expect(messagesOf(messages, { toolResultMedia: true })).toMatchObject([
      { content: [text("see"), image] },
      { content: [image] },
    ]);
  });

  test("toolResultName", () => {
    const messages: readonly Message[] = [
      assistant(call),
      { role: "tool", content: [{ type: "tool-result", callId: "c", content: [text("1")] }] },
    ];
    expect(messagesOf(messages, { toolResultName: true })).toMatchObject([{}, { name: "f", content: "1" }]);
  });

  test("toolCallIdMaxLength, toolCallIdAlphanumeric: call and result agree", () => {
    const id = "call_0123456789_0123456789_0123456789_0123456789";
    const messages: readonly Message[] = [
      assistant({ ...call, id }, { ...call, id: "abcdefghi" }),
      { role: "tool", content: [{ type: "tool-result", callId: id, content: [] }] },
    ];
    const idsOf = (quirks: OpenAiChatQuirks) =>
      JSON.stringify(messagesOf(messages, quirks)).match(/(?<=id":")[^"]*/g) ?? [];
    const [first, second, result] = idsOf({ toolCallIdMaxLength: 9, toolCallIdAlphanumeric: true });
    expect(first).toMatch(/^[0-9A-Za-z]{9}$/);
    expect([second, result]).toEqual(["abcdefghi", first]);
    expect(idsOf({ toolCallIdMaxLength: 40 })[0]?.length).toBeLessThanOrEqual(40);
    expect(idsOf({})[0]).toBe(id);
  });

  test("strictTools, parallelToolCalls", () => {
    const wanted = { tools: [{ ...tool, strict: true }], parallelToolCalls: false };
    expect(encode(wanted).body).toMatchObject({ tools: [{ function: { strict: true } }], parallel_tool_calls: false });
    expect(encode(wanted, { strictTools: false, parallelToolCalls: false }).dropped).toEqual([
      "strict-tools",
      "parallel-tool-calls",
    ]);
  });

  test("customTools", () => {
    const custom = { type: "function", name: "shell", input: "text" } as const;
    const wanted = {
      tools: [custom],
      messages: [assistant({ ...call, name: "shell", arguments: "ls", input: "text" })],
    };
    expect(encode(wanted, { customTools: true }).body).toMatchObject({
      tools: [{ type: "custom", custom: { name: "shell" } }],
      messages: [{ tool_calls: [{ type: "custom", custom: { name: "shell", input: "ls" } }] }],
    });
    const adapted = encode(wanted);
    expect(adapted.body).toMatchObject({
      tools: [{ type: "function", function: { name: "shell", parameters: { required: ["input"] } } }],
      messages: [{ tool_calls: [{ function: { name: "shell", arguments: '{"input":"ls"}' } }] }],
    });
    expect(adapted.adapted).toEqual(["custom-tool"]);
  });

  test("allowedTools, requiredToolChoice", () => {
    const wanted: Partial<CanonicalRequest> = {
      tools: [tool, { ...tool, name: "g" }],
      toolChoice: { type: "required", allowed: ["g"] },
    };
    expect(encode(wanted, { allowedTools: true }).body["tool_choice"]).toEqual({
      type: "allowed_tools",
      allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "g" } }] },
    });
    expect(encode(wanted, { requiredToolChoice: "any" })).toMatchObject({
      body: { tools: [{ function: { name: "g" } }], tool_choice: "any" },
      adapted: ["allowed-tools"],
    });
  });
});

describe("what cannot be said is reported", () => {
  test("another dialect's thinking is not shown, and a message of nothing else is left out", () => {
    const origin = { dialect: "anthropic-messages", provider: "anthropic" } as const;
    const thought = { type: "reasoning", form: "full", text: "secret", opaque: { origin, data: "SIG" } } as const;
    const { body, adapted } = encode(
      { messages: [user(text("Hi")), assistant(thought)] },
      { reasoningReplay: "reasoning_content" },
    );
    expect(body["messages"]).toEqual([{ role: "user", content: "Hi" }]);
    expect(adapted).toEqual(["reasoning-replay"]);
  });

  test("another provider's thinking of this dialect is not shown either", () => {
    const origin = { dialect: "openai-chat", provider: "other" } as const;
    const thought = { type: "reasoning", form: "full", text: "secret", opaque: { origin, data: "" } } as const;
    const sent = messagesOf([assistant(thought, text("Yes"))], { reasoningReplay: "reasoning_content" });
    expect(JSON.stringify(sent)).not.toContain("secret");
  });

  test("hosted tools, unknown parts, extensions and n in a stream", () => {
    const origin = { dialect: "gemini" } as const;
    const { dropped } = encode({
      stream: true,
      tools: [{ type: "hosted", dialect: "gemini", definition: { googleSearch: {} } }],
      messages: [user(text("Hi"), { type: "unknown", origin, value: { executableCode: {} } })],
      extensions: { gemini: { safetySettings: [{ threshold: "OFF" }] }, "openai-chat": { n: 2, store: true } },
    });
    expect(dropped.sort()).toEqual(["hosted-tool", "n", "safety-settings", "unknown-part"]);
  });

  test("a failed tool says so in its text", () => {
    const failed = (value: string): readonly Message[] => [
      { role: "tool", content: [{ type: "tool-result", callId: "c", content: [text(value)], isError: true }] },
    ];
    expect(messagesOf(failed("no such file"))).toMatchObject([{ content: "Error: no such file" }]);
    expect(messagesOf(failed("TypeError: no"))).toMatchObject([{ content: "TypeError: no" }]);
  });

  test("an output limit beyond the model's is lowered", () => {
    const limited = encode({ sampling: { maxOutputTokens: 128000 } }, {}, { maxOutputTokens: 8192 });
    expect(limited).toMatchObject({ body: { max_tokens: 8192 }, adapted: ["max-output-tokens"] });
  });
});

test("namespaced tools are flat here", () => {
  const { body } = encode({
    tools: [{ ...tool, namespace: "agents" }],
    toolChoice: { type: "tool", name: "f", namespace: "agents" },
    messages: [assistant({ ...call, namespace: "agents" })],
  });
  expect(body).toMatchObject({
    tools: [{ function: { name: "agents__f" } }],
    tool_choice: { type: "function", function: { name: "agents__f" } },
    messages: [{ tool_calls: [{ function: { name: "agents__f" } }] }],
  });
});
