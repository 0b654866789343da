import { expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import { bedrockConverse } from "./index.ts";

const ORIGIN = { dialect: "bedrock-converse", provider: "bedrock", model: "nova" } as const;
const decode = (content: readonly JsonObject[], more: JsonObject = {}) =>
  bedrockConverse.decodeResponse(
    { output: { message: { role: "assistant", content } }, stopReason: "end_turn", metrics: { latencyMs: 1 }, ...more },
    ORIGIN,
  );

test("images are media, and blocks of tools that Bedrock ran keep their place", () => {
  const ran = { toolResult: { toolUseId: "t", type: "nova_grounding_result", content: [] } };
  expect(decode([{ image: { format: "png", source: { bytes: "iVBO" } } }, ran]).parts).toEqual([
    { type: "media", kind: "image", mediaType: "image/png", source: { type: "base64", data: "iVBO" } },
    { type: "unknown", origin: ORIGIN, value: ran },
  ]);
});

test("citations of the web are of a URL, those of documents of a place in them", () => {
  const web = { title: "W", location: { web: { url: "https://example.org", domain: "example.org" } } };
  const page = { title: "D", sourceContent: [{ text: "quoted" }], location: { documentPage: { documentIndex: 2 } } };
  const [part] = decode([{ citationsContent: { content: [{ text: "So." }], citations: [web, page] } }]).parts;
  expect(part).toMatchObject({
    type: "text",
    text: "So.",
    citations: [
      { kind: "url", url: "https://example.org", title: "W" },
      { kind: "document", title: "D", citedText: "quoted", documentIndex: 2 },
    ],
  });
});

test.each([
  ["tool_use", "tool-calls"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["guardrail_intervened", "content-filter"],
  ["content_filtered", "content-filter"],
  ["malformed_tool_use", "error"],
  ["constructor", "other"],
])("%s is told as %s", (stopReason, unified) => {
  expect(decode([], { stopReason }).finishReason).toEqual({ unified, raw: stopReason });
});

test("what guardrails did is kept for whoever can say it, latency is not", () => {
  const trace = { guardrail: { actionReason: "masked" } };
  expect(decode([], { trace }).extensions).toEqual({ "bedrock-converse": { trace } });
  expect(decode([]).extensions).toBeUndefined();
});

test("a body that is an error, or no answer, is thrown", () => {
  const read = (body: JsonObject) => () => bedrockConverse.decodeResponse(body, ORIGIN);
  expect(read({ message: "Too many requests", __type: "ThrottlingException" })).toThrow(
    expect.objectContaining({ code: "upstream_rate_limited" }),
  );
  expect(read({ output: {} })).toThrow(expect.objectContaining({ code: "upstream_invalid_response" }));
});
