import { expect, test } from "vitest";
import { utf8Encoder } from "../../encoding.ts";
import { collect } from "../../ir/collect.ts";
import type { GatewayError } from "../../ir/errors.ts";
import type { StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { parseSse } from "../../sse/parse.ts";
import { compose, runAll } from "../../transducer.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { KEEP_ALIVE } from "./wire.ts";

const origin: Origin = { dialect: "gemini", provider: "google", model: "m" };
const HEAD = { modelVersion: "gemini-3-pro", responseId: "resp-1" };

const chunkOf = (parts: readonly JsonObject[], candidate: JsonObject = {}, rest: JsonObject = {}): JsonObject => ({
  candidates: [{ content: { parts, role: "model" }, index: 0, ...candidate }],
  ...HEAD,
  ...rest,
});
const sseOf = (chunks: readonly JsonObject[]) =>
  chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join("");

/** The events of a stream; the same however its bytes are cut. */
function decoded(sse: string): readonly StreamEvent[] {
  const bytes = utf8Encoder.encode(sse);
  const run = (pieces: readonly Uint8Array[]) => runAll(compose(parseSse(), decodeStream(origin)), pieces);
  const events = run([bytes]);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    expect(run([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(events);
  }
  expect(grammarViolation(events)).toBeUndefined();
  return events;
}

const errorOf = (events: readonly StreamEvent[]): GatewayError | undefined => {
  const last = events.at(-1);
  return last?.type === "response-error" ? last.error : undefined;
};

const USAGE = {
  promptTokenCount: 10,
  cachedContentTokenCount: 4,
  candidatesTokenCount: 3,
  thoughtsTokenCount: 5,
  totalTokenCount: 18,
};

test("thoughts, text and a trailing signature collect to what the whole answer says", () => {
  const stream = [
    chunkOf(
      [{ text: "hm ", thought: true }],
      {},
      { usageMetadata: { promptTokenCount: 10, cachedContentTokenCount: 4 } },
    ),
    chunkOf([{ text: "yes", thought: true }]),
    chunkOf([{ text: "Héllo " }]),
    chunkOf([{ text: "wörld" }]),
    chunkOf([{ text: "", thoughtSignature: "c2ln" }], { finishReason: "STOP", avgLogprobs: -0.5 }),
    { ...HEAD, usageMetadata: USAGE },
  ];
  const whole = chunkOf(
    [
      { text: "hm yes", thought: true },
      { text: "Héllo wörld", thoughtSignature: "c2ln" },
    ],
    { finishReason: "STOP", avgLogprobs: -0.5 },
    { usageMetadata: USAGE },
  );
  const events = decoded(sseOf(stream));
  expect(events[0]).toMatchObject({
    id: "resp-1",
    model: "gemini-3-pro",
    usage: { inputTokens: 6, cacheReadTokens: 4 },
  });
  const response = collect(events);
  expect(response).toEqual(decodeResponse(whole, origin));
  expect(response).toMatchObject({
    parts: [
      { type: "reasoning", form: "summary", text: "hm yes" },
      { type: "text", text: "Héllo wörld", opaque: { origin, data: "c2ln" } },
    ],
    finishReason: { unified: "stop", raw: "STOP" },
    usage: { inputTokens: 6, outputTokens: 8, reasoningTokens: 5 },
    extensions: { gemini: { candidate: { avgLogprobs: -0.5 } } },
  });
});

test("parallel calls: each whole in its own chunk or several in one, with and without ids", () => {
  const stream = [
    chunkOf([{ functionCall: { name: "a", args: { n: 1 } }, thoughtSignature: "c2ln" }]),
    chunkOf([{ functionCall: { name: "a", args: { n: 1 } } }, { functionCall: { id: "own", name: "b" } }]),
    chunkOf([{ text: "" }], { finishReason: "STOP" }),
  ];
  const { parts, finishReason } = collect(decoded(sseOf(stream)));
  expect(parts).toEqual([
    { type: "tool-call", id: "sbxcall_resp-1_0", name: "a", arguments: '{"n":1}', opaque: { origin, data: "c2ln" } },
    { type: "tool-call", id: "sbxcall_resp-1_1", name: "a", arguments: '{"n":1}' },
    { type: "tool-call", id: "own", name: "b", arguments: "{}" },
  ]);
  expect(finishReason).toEqual({ unified: "tool-calls", raw: "STOP" });
});

const piece = (jsonPath: string, stringValue: string, willContinue?: boolean) =>
  chunkOf([
    {
      functionCall: {
        partialArgs: [{ jsonPath, stringValue, ...(willContinue === true ? { willContinue } : {}) }],
        willContinue: true,
      },
    },
  ]);

test("a signature that comes behind the name of a streamed call is the call's", () => {
  const stream = [
    chunkOf([{ functionCall: { name: "f", willContinue: true } }]),
    piece("$.city", "Bonn"),
    chunkOf([{ functionCall: {}, thoughtSignature: "c2ln" }], { finishReason: "STOP" }),
  ];
  expect(collect(decoded(sseOf(stream))).parts).toMatchObject([
    { name: "f", arguments: '{"city":"Bonn"}', opaque: { origin, data: "c2ln" } },
  ]);
});

test("arguments that Vertex AI streams in pieces are put together, also when the closing piece is missing", () => {
  const stream = [
    chunkOf([{ functionCall: { name: "f", willContinue: true }, thoughtSignature: "c2ln" }]),
    piece("$.city", "Bos", true),
    piece("$.city", "ton", true),
    piece("$.city", ""),
    chunkOf([{ functionCall: {} }]),
    chunkOf([{ functionCall: { name: "g" } }]),
    chunkOf([{ functionCall: { name: "h", willContinue: true } }]),
    piece("$.list[0].x", "y"),
    chunkOf([{ text: "" }], { finishReason: "STOP" }),
  ];
  const { parts } = collect(decoded(sseOf(stream)));
  expect(parts.map((part) => (part.type === "tool-call" ? [part.name, part.arguments] : []))).toEqual([
    ["f", '{"city":"Boston"}'],
    ["g", "{}"],
    ["h", '{"list":[{"x":"y"}]}'],
  ]);
});

test("signed text is not grown by what follows; other parts are kept in order", () => {
  const code = { executableCode: { language: "PYTHON", code: "1" } };
  const stream = [
    chunkOf([{ text: "a", thoughtSignature: "c2ln" }, { text: "b" }, code]),
    chunkOf([{ inlineData: { mimeType: "image/png", data: "AA==" } }, { text: "c" }], { finishReason: "MAX_TOKENS" }),
  ];
  expect(collect(decoded(sseOf(stream)))).toMatchObject({
    parts: [
      { type: "text", text: "a", opaque: { data: "c2ln" } },
      { type: "text", text: "b" },
      { type: "unknown", origin, value: code },
      { type: "media", kind: "image" },
      { type: "text", text: "c" },
    ],
    finishReason: { unified: "length" },
  });
});

test("drafts of images are no answer", () => {
  const draft = { inlineData: { mimeType: "image/png", data: "AA==" }, thought: true };
  const { parts } = collect(decoded(sseOf([chunkOf([draft], { finishReason: "STOP" })])));
  expect(parts).toEqual([{ type: "unknown", origin, value: draft }]);
});

test("grounding gives citations, its byte offsets as UTF-16", () => {
  const metadata = {
    webSearchQueries: ["q"],
    groundingChunks: [{ web: { uri: "https://e.com", title: "E" } }],
    groundingSupports: [{ segment: { startIndex: 5, endIndex: 9, text: "né." }, groundingChunkIndices: [0] }],
  };
  const stream = [
    chunkOf([{ text: "🙂 " }]),
    chunkOf([{ text: "né." }]),
    chunkOf([{ text: "", thoughtSignature: "c2ln" }], { finishReason: "STOP", groundingMetadata: metadata }),
  ];
  const response = collect(decoded(sseOf(stream)));
  expect(response.parts).toMatchObject([
    { text: "🙂 né.", citations: [{ kind: "url", url: "https://e.com", title: "E", start: 3, end: 6 }] },
    { type: "web-search", id: "resp-1", queries: ["q"], results: [{ url: "https://e.com", title: "E" }] },
  ]);
  expect(response.extensions).toEqual({ gemini: { candidate: { groundingMetadata: metadata } } });
});

test("a blocked prompt is an answer that was filtered", () => {
  const chunk = {
    promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
    usageMetadata: { promptTokenCount: 3 },
    ...HEAD,
  };
  const response = collect(decoded(sseOf([chunk])));
  expect(response).toMatchObject({ parts: [], finishReason: { unified: "content-filter", raw: "PROHIBITED_CONTENT" } });
  expect(response).toEqual(decodeResponse(chunk, origin));
});

test("a keep-alive does not begin the answer", () => {
  const events = decoded(KEEP_ALIVE + sseOf([chunkOf([{ text: "x" }], { finishReason: "STOP" })]));
  expect(events[0]).toEqual({ type: "response-start", id: "resp-1", model: "gemini-3-pro" });
});

test("a stream without a finish reason is truncated", () => {
  expect(errorOf(decoded(sseOf([chunkOf([{ text: "x" }])])))?.code).toBe("upstream_truncated");
  expect(errorOf(decoded(""))?.code).toBe("upstream_truncated");
});

test("errors within a stream end it", () => {
  const error = { error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } };
  const events = decoded(sseOf([chunkOf([{ text: "x" }]), error, chunkOf([{ text: "y" }], { finishReason: "STOP" })]));
  expect(errorOf(events)).toMatchObject({ code: "upstream_overloaded", message: "overloaded" });
  expect(errorOf(decoded("data: {oops\n\n"))?.code).toBe("upstream_invalid_response");
});

test("an answer that is none is an error", () => {
  const codeOf = (body: JsonObject | null) => {
    try {
      decodeResponse(body, origin);
    } catch (error) {
      return (error as GatewayError).code;
    }
    return undefined;
  };
  expect(codeOf(null)).toBe("upstream_invalid_response");
  expect(codeOf({ usageMetadata: {} })).toBe("upstream_invalid_response");
  expect(codeOf({ error: { code: 429, status: "RESOURCE_EXHAUSTED" } })).toBe("upstream_rate_limited");
});
