import { expect, test } from "vitest";
import type { Opaque } from "../../ir/origin.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import type { EncodedRequest, EncodeTarget } from "../dialect.ts";
import { bedrockConverse } from "./index.ts";
import type { BedrockConverseQuirks } from "./quirks.ts";

const text = (words: string): Part => ({ type: "text", text: words });
const user = (...content: readonly Part[]): Message => ({ role: "user", content });
const assistant = (...content: readonly Part[]): Message => ({ role: "assistant", content });
const base: CanonicalRequest = {
  model: "m",
  stream: true,
  instructions: [],
  messages: [user(text("Hi"))],
  tools: [],
  sampling: {},
};
const CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const TOOL = { type: "function", name: "f", parameters: { type: "object", properties: {} } } as const;

const encode = (
  fields: Partial<CanonicalRequest>,
  target: Partial<EncodeTarget<BedrockConverseQuirks>> = {},
): EncodedRequest =>
  bedrockConverse.encodeRequest({ ...base, ...fields }, { provider: "bedrock", model: CLAUDE, quirks: {}, ...target });
const features = (losses: readonly { feature: string }[]) => losses.map((loss) => loss.feature);
const call = (id: string): Part => ({ type: "tool-call", id, name: "f", arguments: '{"a": 12345678901234567890}' });
const result = (callId: string, ...content: readonly Part[]): Part => ({ type: "tool-result", callId, content });

test("the model and the wish for a stream stand in the path, so the body has neither", () => {
  const { body, dropped, adapted } = encode({ instructions: [{ type: "text", text: "Be brief." }] });
  expect(body).toEqual({ messages: [{ role: "user", content: [{ text: "Hi" }] }], system: [{ text: "Be brief." }] });
  expect([...dropped, ...adapted]).toEqual([]);
});

test("cache breakpoints become cache points behind what they cover, in tools, system and messages", () => {
  const { body, dropped } = encode({
    tools: [{ ...TOOL, cache: { ttl: "1h" } }],
    instructions: [{ type: "text", text: "S", cache: { ttl: "5m" } }],
    messages: [
      user({ type: "text", text: "Q", cache: {} }),
      assistant(call("c1")),
      { role: "tool", content: [result("c1", { type: "text", text: "ok", cache: {} })] },
    ],
  });
  expect(body["toolConfig"]).toMatchObject({ tools: [{}, { cachePoint: { type: "default", ttl: "1h" } }] });
  expect(body["system"]).toEqual([{ text: "S" }, { cachePoint: { type: "default", ttl: "5m" } }]);
  expect(body["messages"]).toMatchObject([
    { content: [{ text: "Q" }, { cachePoint: { type: "default" } }] },
    {},
    { content: [{ toolResult: { content: [{ text: "ok" }] } }, { cachePoint: { type: "default" } }] },
  ]);
  expect(dropped).toEqual([]);
});

test("an automatic breakpoint goes to the end of the prompt, and no more than four are sent", () => {
  const cached = (words: string): Part => ({ type: "text", text: words, cache: {} });
  const { body, dropped, adapted } = encode({
    messages: [user(cached("1"), cached("2"), cached("3"), cached("4"), text("5"))],
    extensions: { "anthropic-messages": { cache_control: { type: "ephemeral" } } },
  });
  const point = { cachePoint: { type: "default" } };
  expect(body["messages"]).toEqual([
    {
      role: "user",
      content: [{ text: "1" }, point, { text: "2" }, point, { text: "3" }, point, { text: "4" }, { text: "5" }, point],
    },
  ]);
  expect(features(dropped)).toEqual(["cache-control"]);
  expect(features(adapted)).toEqual(["cache-control"]);
});

test("models that cache nothing are sent no cache points, and it is told", () => {
  const { body, dropped } = encode(
    { instructions: [{ type: "text", text: "S", cache: {} }] },
    { model: "meta.llama3-3-70b-instruct-v1:0" },
  );
  expect(body["system"]).toEqual([{ text: "S" }]);
  expect(features(dropped)).toEqual(["cache-control"]);
  const kept = encode(
    { instructions: [{ type: "text", text: "S", cache: { ttl: "1h" } }] },
    { model: "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", quirks: { cachePoints: "keep" } },
  );
  expect(kept.body["system"]).toEqual([{ text: "S" }, { cachePoint: { type: "default" } }]);
  expect(features(kept.adapted)).toEqual(["cache-control-ttl"]);
});

test("images, documents, sounds and films are blocks of bytes; other addresses than S3 are dropped", () => {
  const media = (fields: Partial<Extract<Part, { type: "media" }>>): Part => ({
    type: "media",
    kind: "image",
    source: { type: "base64", data: "AAAA" },
    ...fields,
  });
  const { body, dropped } = encode({
    messages: [
      user(
        media({ source: { type: "url", url: "data:image/webp;base64,UklG" } }),
        media({ kind: "document", mediaType: "application/pdf", name: "a_b.pdf" }),
        media({ kind: "document", name: "a_b.pdf", source: { type: "text", text: "é" } }),
        media({ kind: "audio", mediaType: "audio/mpeg" }),
        media({ kind: "video", source: { type: "url", url: "s3://b/film.mp4" } }),
        media({ source: { type: "url", url: "https://example.org/a.png" } }),
        media({ kind: "document", mediaType: "application/zip" }),
        text("see"),
      ),
    ],
  });
  expect(body["messages"]).toEqual([
    {
      role: "user",
      content: [
        { image: { format: "webp", source: { bytes: "UklG" } } },
        { document: { name: "a-b-pdf", format: "pdf", source: { bytes: "AAAA" } } },
        { document: { name: "a-b-pdf 2", format: "txt", source: { bytes: "w6k=" } } },
        { audio: { format: "mp3", source: { bytes: "AAAA" } } },
        { video: { format: "mp4", source: { s3Location: { uri: "s3://b/film.mp4" } } } },
        { text: "see" },
      ],
    },
  ]);
  expect(features(dropped)).toEqual(["image-input", "document-format"]);
});

test("a document never stands without text beside it", () => {
  const document: Part = { type: "media", kind: "document", source: { type: "base64", data: "AAAA" } };
  const { body, adapted } = encode({ messages: [user(document)] });
  expect(body["messages"]).toMatchObject([
    { content: [{ document: { name: "document" } }, { text: expect.any(String) }] },
  ]);
  expect(features(adapted)).toEqual(["document-text"]);
});

test("calls keep their numbers, and results their images, documents and failure", () => {
  const image: Part = {
    type: "media",
    kind: "image",
    mediaType: "image/png",
    source: { type: "base64", data: "iVBO" },
  };
  const failed: Part = { type: "tool-result", callId: "c1", content: [text("no"), image], isError: true };
  const { body, dropped } = encode({
    tools: [TOOL],
    messages: [user(text("go")), assistant(call("c1")), { role: "tool", content: [failed] }],
  });
  expect(JSON.stringify(body["messages"])).toContain('"input":{"a":12345678901234567890}');
  expect(body["messages"]).toMatchObject([
    {},
    {},
    { content: [{ toolResult: { toolUseId: "c1", status: "error", content: [{ text: "no" }, { image: {} }] } }] },
  ]);
  expect(dropped).toEqual([]);
});

test("roles alternate, the user begins, blank text is left out, and an empty result says so", () => {
  const { body, adapted } = encode({
    tools: [TOOL],
    messages: [
      assistant(text("Hello")),
      user(text("a")),
      assistant(text("  ")),
      { role: "system", content: [text("careful")] },
      user(text("b")),
      assistant(call("c1")),
      { role: "tool", content: [result("c1", text(""))] },
    ],
  });
  expect(body["messages"]).toEqual([
    { role: "user", content: [{ text: expect.any(String) }] },
    { role: "assistant", content: [{ text: "Hello" }] },
    {
      role: "user",
      content: [{ text: "a" }, { text: "<system-reminder>\ncareful\n</system-reminder>" }, { text: "b" }],
    },
    { role: "assistant", content: [{ toolUse: { toolUseId: "c1", name: "f", input: expect.anything() } }] },
    { role: "user", content: [{ toolResult: { toolUseId: "c1", content: [{ text: "(empty)" }] } }] },
  ]);
  expect(features(adapted)).toEqual(["mid-conversation-system", "empty-tool-result", "first-message"]);
});

test("ids of calls fit Bedrock's 64 letters and stay apart", () => {
  const long = "x".repeat(80);
  const { body } = encode({
    tools: [TOOL],
    messages: [
      user(text("go")),
      assistant(call(`${long}a`), call(`${long}b`)),
      { role: "tool", content: [result(`${long}a`, text("1")), result(`${long}b`, text("2"))] },
    ],
  });
  const ids = [...JSON.stringify(body["messages"]).matchAll(/"toolUseId":"([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(new Set(ids).size).toBe(2);
  expect(ids.every((id) => id.length <= 64)).toBe(true);
});

test("tools that the conversation called are declared even where the client sends none", () => {
  const messages = [
    user(text("go")),
    assistant(call("c1")),
    { role: "tool", content: [result("c1", text("1"))] } as const,
  ];
  const { body, adapted } = encode({ messages });
  expect(body["toolConfig"]).toMatchObject({ tools: [{ toolSpec: { name: "f" } }] });
  expect(features(adapted)).toEqual(["tools"]);
});

test.each([
  [{ type: "auto" }, { auto: {} }],
  [{ type: "required" }, { any: {} }],
  [{ type: "tool", name: "f" }, { tool: { name: "f" } }],
] as const)("the tool choice %j is %j", (toolChoice, expected) => {
  expect(encode({ tools: [TOOL], toolChoice }).body["toolConfig"]).toMatchObject({ toolChoice: expected });
});

test("no choice at all leaves the tools out; models that cannot be forced are not", () => {
  const none = encode({ tools: [TOOL], toolChoice: { type: "none" } });
  expect(none.body["toolConfig"]).toBeUndefined();
  expect(features(none.adapted)).toEqual(["tool-choice"]);
  const llama = encode(
    { tools: [TOOL], toolChoice: { type: "required" } },
    { model: "meta.llama4-scout-17b-instruct-v1:0" },
  );
  expect(llama.body["toolConfig"]).not.toHaveProperty("toolChoice");
  expect(features(llama.dropped)).toEqual(["tool-choice"]);
});

test("one call at a time is told to Claude in its own field, and reported elsewhere", () => {
  const fields = { tools: [TOOL], parallelToolCalls: false, toolChoice: { type: "required" } } as const;
  const { body } = encode(fields);
  expect(body["additionalModelRequestFields"]).toEqual({
    tool_choice: { type: "any", disable_parallel_tool_use: true },
  });
  expect(body["toolConfig"]).not.toHaveProperty("toolChoice");
  expect(features(encode(fields, { model: "amazon.nova-pro-v1:0" }).dropped)).toEqual(["parallel-tool-calls"]);
});

test("strict tools and schemas of answers are sent where they are obeyed, else told", () => {
  const output = { type: "json-schema", name: "out", schema: { type: "object", properties: {} } } as const;
  const strict = { ...TOOL, strict: true };
  const { body } = encode({ tools: [strict], output });
  expect(body["toolConfig"]).toMatchObject({ tools: [{ toolSpec: { strict: true } }] });
  expect(body["outputConfig"]).toEqual({
    textFormat: {
      type: "json_schema",
      structure: {
        jsonSchema: { name: "out", schema: '{"type":"object","properties":{},"additionalProperties":false}' },
      },
    },
  });
  const nova = encode({ tools: [strict], output }, { model: "us.amazon.nova-lite-v1:0" });
  expect(nova.body["outputConfig"]).toBeUndefined();
  expect(nova.body["system"]).toMatchObject([{ text: expect.stringContaining("JSON Schema") }]);
  expect(features(nova.dropped)).toEqual(["strict-tools"]);
  expect(features(nova.adapted)).toEqual(["structured-output"]);
});

test("Claude is told to think in its own words, and its effort in Bedrock's", () => {
  const adaptive = encode(
    { reasoning: { mode: "adaptive", effort: "xhigh" }, sampling: { topK: 5, temperature: 0.3 } },
    { model: "anthropic.claude-opus-4-6-v1", facts: { reasoning: "adaptive" } },
  );
  expect(adaptive.body["additionalModelRequestFields"]).toEqual({ thinking: { type: "adaptive" } });
  expect(adaptive.body["outputConfig"]).toEqual({ effort: "xhigh" });
  expect(features(adaptive.dropped)).toEqual(["temperature", "top-k"]);
  const budget = encode({ reasoning: { effort: "low" } }, { facts: { reasoning: "budget" } });
  expect(budget.body["additionalModelRequestFields"]).toEqual({ thinking: { type: "enabled", budget_tokens: 2048 } });
});

test("other families are told to think in theirs, or it is reported", () => {
  const fields = { reasoning: { effort: "xhigh" }, sampling: { topK: 7 } } as const;
  expect(encode(fields, { model: "us.amazon.nova-2-lite-v1:0" }).body["additionalModelRequestFields"]).toEqual({
    inferenceConfig: { topK: 7 },
    reasoningConfig: { type: "enabled", maxReasoningEffort: "high" },
  });
  expect(encode(fields, { model: "openai.gpt-oss-120b-1:0" }).body["additionalModelRequestFields"]).toEqual({
    reasoning_effort: "high",
  });
  expect(features(encode(fields, { model: "deepseek.r1-v1:0" }).dropped)).toEqual(["top-k", "reasoning"]);
});

test("sampling goes into inferenceConfig, and Claude is asked which stop sequence it hit", () => {
  const { body, dropped } = encode({
    sampling: { maxOutputTokens: 9, temperature: 1.5, topK: 3, stopSequences: ["END", " "], seed: 1 },
  });
  expect(body["inferenceConfig"]).toEqual({ maxTokens: 9, temperature: 1, stopSequences: ["END"] });
  expect(body["additionalModelRequestFields"]).toEqual({ top_k: 3 });
  expect(body["additionalModelResponseFieldPaths"]).toEqual(["/stop_sequence", "/delta/stop_sequence"]);
  expect(features(dropped)).toEqual(["seed", "stop-sequences"]);
});

test("signatures go back to the provider that made them, and to nobody else", () => {
  const thought = (origin: Opaque["origin"], form: "full" | "redacted" = "full"): Part => ({
    type: "reasoning",
    form,
    text: form === "full" ? "hm" : "",
    opaque: { origin, data: "c2ln" },
  });
  const own = { dialect: "bedrock-converse", provider: "bedrock", model: CLAUDE } as const;
  const { body, adapted } = encode({
    messages: [
      user(text("a")),
      assistant(
        thought(own),
        thought(own, "redacted"),
        thought({ ...own, provider: "elsewhere" }),
        thought({ ...own, dialect: "anthropic-messages" }),
        text("b"),
      ),
      user(text("c")),
    ],
  });
  expect(body["messages"]).toMatchObject([
    {},
    {
      content: [
        { reasoningContent: { reasoningText: { text: "hm", signature: "c2ln" } } },
        { reasoningContent: { redactedContent: "c2ln" } },
        { text: "b" },
      ],
    },
    {},
  ]);
  expect(features(adapted)).toEqual(["reasoning-replay"]);
});

test("Anthropic's own fields and client tools reach Claude with their betas; hosted ones are dropped", () => {
  const computer = { type: "computer_20250124", name: "computer", display_width_px: 1, display_height_px: 1 };
  const { body, dropped } = encode({
    tools: [
      TOOL,
      { type: "hosted", dialect: "anthropic-messages", definition: computer },
      {
        type: "hosted",
        dialect: "anthropic-messages",
        definition: { type: "web_search_20250305", name: "web_search" },
      },
    ],
    extensions: {
      "anthropic-messages": {
        anthropic_beta: ["context-1m-2025-08-07"],
        context_management: { edits: [] },
        mcp_servers: [{ url: "https://example.org" }],
      },
    },
  });
  expect(body["additionalModelRequestFields"]).toEqual({
    tools: [computer],
    anthropic_beta: ["context-1m-2025-08-07", "computer-use-2025-01-24", "context-management-2025-06-27"],
    context_management: { edits: [] },
  });
  expect(features(dropped)).toEqual(["mcp-servers", "hosted-tool"]);
});

test("tiers, metadata and Bedrock's own fields stand beside the prompt", () => {
  const { body, dropped } = encode({
    serviceTier: "flex",
    metadata: { team: "a-1" },
    endUser: "u",
    extensions: {
      "bedrock-converse": {
        guardrailConfig: { guardrailIdentifier: "g" },
        additionalModelRequestFields: { anthropic_beta: ["b"] },
      },
    },
    sampling: { topK: 1 },
  });
  expect(body).toMatchObject({
    serviceTier: { type: "flex" },
    requestMetadata: { team: "a-1" },
    guardrailConfig: { guardrailIdentifier: "g" },
    additionalModelRequestFields: { top_k: 1, anthropic_beta: ["b"] },
  });
  expect(features(dropped)).toEqual(["end-user"]);
});

test("what has no place is dropped, and told", () => {
  const { dropped } = encode({
    verbosity: "low",
    cacheKey: "k",
    metadata: { big: { a: 1 } },
    serviceTier: "scale",
    extensions: { "openai-chat": { logit_bias: { 1: 2 } } },
  });
  expect(features(dropped)).toEqual(["logit-bias", "verbosity", "prompt-cache-key", "metadata", "service-tier"]);
});
