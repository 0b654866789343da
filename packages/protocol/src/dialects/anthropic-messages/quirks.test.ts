import { expect, test } from "vitest";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import type { EncodedRequest } from "../dialect.ts";
import { anthropicMessages } from "./index.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

const base: CanonicalRequest = {
  model: "m",
  stream: false,
  instructions: [],
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
  tools: [],
  sampling: { maxOutputTokens: 20_000 },
};
const OWN = { dialect: "anthropic-messages" } as const;

function encode(quirks: AnthropicMessagesQuirks, fields: Partial<CanonicalRequest>): EncodedRequest {
  return anthropicMessages.encodeRequest({ ...base, ...fields }, { provider: "like", model: "claude", quirks });
}

const user = (...content: readonly Part[]): Partial<CanonicalRequest> => ({ messages: [{ role: "user", content }] });
const reported = ({ dropped, adapted }: EncodedRequest) => ({
  dropped: dropped.map((loss) => loss.feature),
  adapted: adapted.map((loss) => loss.feature),
});

test("cacheControl: drop", () => {
  const encoded = encode({ cacheControl: "drop" }, user({ type: "text", text: "Hi", cache: {} }));
  expect(encoded.body["messages"]).toEqual([{ role: "user", content: "Hi" }]);
  expect(reported(encoded).dropped).toEqual(["cache-control"]);
});

test("cacheControlTtl: drop", () => {
  const encoded = encode({ cacheControlTtl: "drop" }, user({ type: "text", text: "Hi", cache: { ttl: "1h" } }));
  expect(JSON.stringify(encoded.body)).toContain('"cache_control":{"type":"ephemeral"}');
  expect(reported(encoded).adapted).toEqual(["cache-control-ttl"]);
});

test("topLevelCacheControl: last-block", () => {
  const extensions = { "anthropic-messages": { cache_control: { type: "ephemeral" } } };
  const encoded = encode({ topLevelCacheControl: "last-block" }, { extensions });
  expect(encoded.body).not.toHaveProperty("cache_control");
  expect(encoded.body["messages"]).toEqual([
    { role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] },
  ]);
});

test("adaptiveThinking: enabled", () => {
  const encoded = encode({ adaptiveThinking: "enabled" }, { reasoning: { mode: "adaptive", effort: "low" } });
  expect(encoded.body["thinking"]).toEqual({ type: "enabled", budget_tokens: 2048 });
  expect(reported(encoded).adapted).toEqual(["adaptive-thinking"]);
});

test("effort: drop", () => {
  const encoded = encode({ effort: "drop" }, { reasoning: { effort: "low" } });
  expect(encoded.body["thinking"]).toEqual({ type: "enabled", budget_tokens: 2048 });
  expect(encoded.body).not.toHaveProperty("output_config");
  expect(reported(encoded).adapted).toEqual(["reasoning-effort"]);
});

test("structuredOutput: output-format and instruct", () => {
  const output = { type: "json-schema", schema: { type: "object", additionalProperties: false } } as const;
  const earlier = encode({ structuredOutput: "output-format" }, { output });
  expect(earlier.body["output_format"]).toEqual({ type: "json_schema", schema: output.schema });
  expect(earlier.headers).toEqual({ "anthropic-beta": "structured-outputs-2025-11-13" });
  const instructed = encode({ structuredOutput: "instruct" }, { output });
  expect(instructed.body["system"]).toContain('{"type":"object","additionalProperties":false}');
  expect(reported(instructed).adapted).toEqual(["structured-output"]);
});

test("midConversationSystem: user", () => {
  const system = { role: "system", content: [{ type: "text", text: "Now." }] } as const;
  const encoded = encode({ midConversationSystem: "user" }, { messages: [...base.messages, system] });
  expect(encoded.body["messages"]).toEqual([
    {
      role: "user",
      content: [
        { type: "text", text: "Hi" },
        { type: "text", text: "<system-reminder>\nNow.\n</system-reminder>" },
      ],
    },
  ]);
  expect(reported(encoded).adapted).toEqual(["mid-conversation-system"]);
});

test("documents: text", () => {
  const pdf: Part = { type: "media", kind: "document", source: { type: "url", url: "https://example.org/a.pdf" } };
  const text: Part = { type: "media", kind: "document", name: "a.txt", source: { type: "text", text: "Body" } };
  const encoded = encode({ documents: "text" }, user(pdf, text));
  expect(encoded.body["messages"]).toEqual([{ role: "user", content: "a.txt\n\nBody" }]);
  expect(reported(encoded)).toEqual({ dropped: ["document-input"], adapted: ["document-input"] });
});

test("images: drop", () => {
  const image: Part = { type: "media", kind: "image", source: { type: "url", url: "https://example.org/a.png" } };
  const encoded = encode({ images: "drop" }, user(image, { type: "text", text: "Hi" }));
  expect(encoded.body["messages"]).toEqual([{ role: "user", content: "Hi" }]);
  expect(reported(encoded).dropped).toEqual(["image-input"]);
});

test("serverTools: drop", () => {
  const block: Part = { type: "unknown", origin: OWN, value: { type: "container_upload", file_id: "f" } };
  const tool = { type: "hosted", dialect: "anthropic-messages", definition: { type: "web_search_20260318" } } as const;
  const encoded = encode({ serverTools: "drop" }, { ...user(block), tools: [tool] });
  expect(encoded.body).not.toHaveProperty("tools");
  expect(reported(encoded).dropped).toEqual(["hosted-tool", "unknown-part"]);
});

test("betaHeaders: body and none", () => {
  const extensions = { "anthropic-messages": { context_management: { edits: [] } } };
  const inBody = encode({ betaHeaders: "body" }, { extensions });
  expect(inBody.body["anthropic_beta"]).toEqual(["context-management-2025-06-27"]);
  expect(inBody).not.toHaveProperty("headers");
  const none = encode({ betaHeaders: "none" }, { extensions });
  expect(none).not.toHaveProperty("headers");
  expect(none.body).not.toHaveProperty("anthropic_beta");
});

test("strictTools: drop", () => {
  const tools = [{ type: "function", name: "f", parameters: { type: "object" }, strict: true }] as const;
  const encoded = encode({ strictTools: "drop" }, { tools });
  expect(encoded.body["tools"]).toEqual([{ name: "f", input_schema: { type: "object" } }]);
  expect(reported(encoded).dropped).toEqual(["strict-tools"]);
});

test("toolFields: drop", () => {
  const extension = { dialect: "anthropic-messages", fields: { defer_loading: true } } as const;
  const tools = [{ type: "function", name: "f", parameters: { type: "object" }, extension }] as const;
  const encoded = encode({ toolFields: "drop" }, { tools });
  expect(encoded.body["tools"]).toEqual([{ name: "f", input_schema: { type: "object" } }]);
  expect(reported(encoded).dropped).toEqual(["tool-defer-loading"]);
});

test("toolChoiceNone: drop", () => {
  const tools = [{ type: "function", name: "f" }] as const;
  const encoded = encode({ toolChoiceNone: "drop" }, { tools, toolChoice: { type: "none" } });
  expect(encoded.body).not.toHaveProperty("tools");
  expect(encoded.body).not.toHaveProperty("tool_choice");
  expect(reported(encoded).adapted).toEqual(["tool-choice"]);
});

test("thinkingSignatures: none", () => {
  const opaque = { origin: { ...OWN, provider: "like" }, data: "" };
  const unsigned: Part = { type: "reasoning", form: "full", text: "hm", opaque };
  const messages = [{ role: "assistant", content: [unsigned, { type: "text", text: "x" }] }] as const;
  expect(encode({ thinkingSignatures: "none" }, { messages }).body["messages"]).toEqual([
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "hm" },
        { type: "text", text: "x" },
      ],
    },
  ]);
  const needed = encode({}, { messages });
  expect(needed.body["messages"]).toEqual([{ role: "assistant", content: "x" }]);
  expect(reported(needed).adapted).toEqual(["reasoning-replay"]);
});

test("extraFields: drop", () => {
  const extensions = { "anthropic-messages": { context_management: { edits: [] }, speed: "fast" } };
  const encoded = encode({ extraFields: "drop" }, { extensions });
  expect(encoded.body).not.toHaveProperty("speed");
  expect(encoded).not.toHaveProperty("headers");
  expect(reported(encoded).dropped).toEqual(["context-management", "speed"]);
});

test("billingHeader: drop", () => {
  const instructions = [
    { type: "text", text: "x-anthropic-billing-header: cc_version=1" },
    { type: "text", text: "Be brief." },
  ] as const;
  const encoded = encode({ billingHeader: "drop" }, { instructions });
  expect(encoded.body["system"]).toBe("Be brief.");
  expect(reported(encoded).adapted).toEqual(["billing-header"]);
});

test.each([
  ["claude-sonnet-4-20250514", { temperature: 0.5, top_p: 0.9, top_k: 5 }],
  ["claude-3-5-haiku-latest", { temperature: 0.5, top_p: 0.9, top_k: 5 }],
  ["deepseek-chat", { temperature: 0.5, top_p: 0.9, top_k: 5 }],
  ["claude-opus-4-1-20250805", { temperature: 0.5, top_k: 5 }],
  ["us.anthropic.claude-haiku-4-5-20251001-v1:0", { temperature: 0.5, top_k: 5 }],
  ["claude-opus-4-7", {}],
  ["claude-sonnet-5", {}],
])("sampling: %s takes %j", (model, taken) => {
  const request = { ...base, sampling: { temperature: 0.5, topP: 0.9, topK: 5 } };
  const encoded = anthropicMessages.encodeRequest(request, { provider: "p", model, quirks: {} });
  const { temperature, top_p, top_k } = encoded.body;
  expect(JSON.parse(JSON.stringify({ temperature, top_p, top_k }))).toEqual(taken);
  expect(encoded.dropped).toHaveLength(3 - Object.keys(taken).length);
});
