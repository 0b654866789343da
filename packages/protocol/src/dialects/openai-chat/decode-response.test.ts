import { expect, test } from "vitest";
import { GatewayError } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { decodeResponse } from "./decode-response.ts";
import { encodeResponse } from "./encode-response.ts";

const origin = { dialect: "openai-chat", provider: "p", model: "m" } as const;
const body = (message: JsonObject, fields: JsonObject = {}): JsonObject => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1700000000,
  model: "m-1",
  choices: [{ index: 0, message: { role: "assistant", ...message }, logprobs: null, finish_reason: "stop" }],
  ...fields,
});
function failureOf(value: JsonValue): unknown {
  try {
    return decodeResponse(value, origin);
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
}

test("an answer has its head, its parts and its end", () => {
  expect(decodeResponse(body({ content: "Hi" }, { service_tier: "flex", system_fingerprint: "fp" }), origin)).toEqual({
    id: "chatcmpl-1",
    model: "m-1",
    createdAt: 1700000000,
    parts: [{ type: "text", text: "Hi" }],
    finishReason: { unified: "stop", raw: "stop" },
    serviceTier: "flex",
    extensions: { "openai-chat": { system_fingerprint: "fp" } },
  });
});

test("all own fields of the wire come back to a client of it", () => {
  const choice = {
    index: 0,
    message: { role: "assistant", content: "A", refusal: null, annotations: [] },
    logprobs: { content: [] },
    finish_reason: "stop",
  };
  const wire = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1700000000,
    model: "m",
    choices: [
      { ...choice, native_finish_reason: "end_turn" },
      { ...choice, index: 1 },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    citations: ["https://e.com"],
    search_results: [{ title: "E", url: "https://e.com" }],
    provider: "X",
  };
  const request: CanonicalRequest = {
    model: "m",
    stream: false,
    instructions: [],
    messages: [],
    tools: [],
    sampling: {},
  };
  const context = { request, model: "m", uniqueId: "u", now: 1, estimatedInputTokens: 1, losses: lossRecorder() };
  expect(encodeResponse(decodeResponse(wire, origin), context)).toEqual(wire);
});

test("Azure leaves out a message that its filter took", () => {
  const filtered = {
    ...body({}),
    choices: [{ index: 0, finish_reason: "content_filter", content_filter_results: { hate: { filtered: true } } }],
  };
  expect(decodeResponse(filtered, origin)).toMatchObject({ parts: [], finishReason: { unified: "content-filter" } });
});

test.each<[JsonValue, string]>([
  ["text", "upstream_invalid_response"],
  [{ text: "a transcript" }, "upstream_invalid_response"],
  [{ choices: [] }, "upstream_invalid_response"],
  [body({ content: [{ type: "text", text: 7 }] }), "upstream_invalid_response"],
  [{ error: { message: "Rate limit reached", code: 429 } }, "upstream_rate_limited"],
  [{ error: { message: "boom" } }, "upstream_error"],
  [{ choices: [{ index: 0, message: { content: "" }, error: { code: 502, message: "gone" } }] }, "upstream_error"],
])("%j is a failure: %s", (value, code) => {
  expect(failureOf(value)).toBe(code);
});
