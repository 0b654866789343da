import fc from "fast-check";
import { expect, test } from "vitest";
import { collect, explode } from "../../ir/collect.ts";
import { GatewayError } from "../../ir/errors.ts";
import type { CanonicalResponse, StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Opaque, Origin } from "../../ir/origin.ts";
import type { Part } from "../../ir/parts.ts";
import type { Reasoning } from "../../ir/request.ts";
import { runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";

const origin: Origin = { dialect: "gemini" };
const contextOf = (reasoning?: Reasoning): AnswerContext => ({
  request: {
    model: "shown",
    stream: true,
    instructions: [],
    messages: [],
    tools: [],
    sampling: {},
    ...(reasoning === undefined ? {} : { reasoning }),
  },
  model: "shown",
  uniqueId: "unique",
  now: 0,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});
const shown: Reasoning = { summary: "auto" };
const encoded = (events: Iterable<StreamEvent>, context = contextOf(shown)) =>
  runAll(encodeStream(context), events).map(({ event, data }) => {
    expect(event).toBeUndefined();
    return JSON.parse(data) as JsonObject;
  });
const partsOf = (chunk: JsonObject) =>
  ((chunk["candidates"] as readonly { content?: { parts: readonly JsonObject[] } }[])[0]?.content?.parts ??
    []) as JsonObject[];
const end = { type: "response-end", finishReason: { unified: "stop" } } as const;

const word = fc.string({ minLength: 1, maxLength: 9 });
const opaque = fc.option(fc.constant<Opaque>({ origin, data: "c2ln" }), { nil: undefined });
const withOpaque = <T extends object>(part: T, value: Opaque | undefined) =>
  value === undefined ? part : { ...part, opaque: value };
const anyPart: fc.Arbitrary<Part> = fc.oneof(
  fc.tuple(word, opaque).map(([text, value]) => withOpaque({ type: "text" as const, text }, value)),
  word.map((text) => ({ type: "reasoning" as const, form: "summary" as const, text })),
  fc
    .tuple(fc.uuid(), word, opaque)
    .map(([id, a, value]) =>
      withOpaque({ type: "tool-call" as const, id, name: "f", arguments: JSON.stringify({ a }) }, value),
    ),
  fc.constant<Part>({ type: "media", kind: "image", mediaType: "image/png", source: { type: "base64", data: "AA==" } }),
  fc.constant<Part>({ type: "unknown", origin, value: { executableCode: { code: "1" } } }),
);
/** Google's text goes on until it is signed, so neighbours of a kind are one part. */
const separable = (parts: readonly Part[]) =>
  parts.every((part, at) => {
    const before = parts[at - 1];
    return (
      before === undefined ||
      before.type !== part.type ||
      (part.type !== "text" && part.type !== "reasoning") ||
      before.opaque !== undefined
    );
  });
const answer: fc.Arbitrary<CanonicalResponse> = fc
  .array(anyPart, { minLength: 1, maxLength: 5 })
  .filter(separable)
  .map((parts) => ({
    id: "r1",
    model: "shown",
    createdAt: 1_700_000_000,
    parts,
    finishReason: {
      unified: parts.some((part) => part.type === "tool-call") ? ("tool-calls" as const) : ("stop" as const),
      raw: "STOP",
    },
    usage: { inputTokens: 6, cacheReadTokens: 4, outputTokens: 8, reasoningTokens: 5 },
  }));

test("an answer is the same after it was encoded whole or streamed, and decoded", () => {
  fc.assert(
    fc.property(answer, (response) => {
      const { usage, ...rest } = response;
      const whole = decodeResponse(encodeResponse(response, contextOf(shown)), origin);
      expect(whole).toMatchObject(rest);
      expect(whole.usage).toMatchObject(usage ?? {});
      const events = runAll(decodeStream(origin), runAll(encodeStream(contextOf(shown)), explode(response)));
      expect(grammarViolation(events)).toBeUndefined();
      expect(collect(events)).toEqual(whole);
    }),
  );
});

const foreign: Opaque = { origin: { dialect: "anthropic-messages", provider: "anthropic", model: "c" }, data: "SIG" };
const thinking: Part = { type: "reasoning", form: "full", text: "because", opaque: foreign };
const callPart = (id: string, extra: Partial<Part> = {}): Part =>
  ({ type: "tool-call", id, name: "f", arguments: "{}", ...extra }) as Part;

test("foreign reasoning travels with the next call and comes back, also when the client drops thoughts", () => {
  const response: CanonicalResponse = {
    parts: [thinking, { type: "text", text: "I call" }, callPart("1"), callPart("2")],
    finishReason: { unified: "tool-calls" },
  };
  for (const context of [contextOf(), contextOf(shown)]) {
    for (const parts of [
      partsOf(encodeResponse(response, context)),
      encoded(explode(response), context)
        .flatMap(partsOf)
        .filter((part) => part["text"] !== ""),
    ]) {
      const { messages } = decodeRequest({ contents: [{ role: "model", parts }] }, { model: "m" });
      expect(messages[0]?.content).toEqual([thinking, { type: "text", text: "I call" }, callPart("1"), callPart("2")]);
    }
  }
});

test("Gemini's own signature is shown raw", () => {
  const parts = partsOf(
    encodeResponse(
      { parts: [callPart("1", { opaque: { origin, data: "c2ln" } })], finishReason: { unified: "tool-calls" } },
      contextOf(),
    ),
  );
  expect(parts).toEqual([{ functionCall: { id: "1", name: "f", args: {} }, thoughtSignature: "c2ln" }]);
});

test("thoughts are shown to clients that asked for them only", () => {
  const response: CanonicalResponse = {
    parts: [thinking, { type: "text", text: "a" }],
    finishReason: { unified: "stop" },
  };
  expect(partsOf(encodeResponse(response, contextOf()))).toEqual([{ text: "a" }]);
  expect(partsOf(encodeResponse(response, contextOf(shown)))).toEqual([
    { text: "because", thought: true },
    { text: "a" },
  ]);
  expect(encoded(explode(response), contextOf({ summary: "none" })).flatMap(partsOf)).toEqual([
    { text: "a" },
    { text: "" },
  ]);
});

test("interleaved calls go out whole, in the order in which they began", () => {
  const chunks = encoded([
    { type: "response-start" },
    { type: "part-start", index: 0, part: callPart("A", { arguments: "" } as Partial<Part>) },
    { type: "part-start", index: 1, part: callPart("B", { arguments: "" } as Partial<Part>) },
    { type: "part-delta", index: 0, delta: { type: "arguments", text: '{"a":' } },
    { type: "part-delta", index: 1, delta: { type: "arguments", text: '{"b":2}' } },
    { type: "part-end", index: 1 },
    { type: "part-delta", index: 0, delta: { type: "arguments", text: "1}" } },
    { type: "part-end", index: 0 },
    end,
  ]);
  expect(chunks.flatMap(partsOf)).toEqual([
    { functionCall: { id: "A", name: "f", args: { a: 1 } } },
    { functionCall: { id: "B", name: "f", args: { b: 2 } } },
    { text: "" },
  ]);
});

test("every chunk names the model and the answer; the last has finish reason and usage", () => {
  const chunks = encoded([
    { type: "response-start", id: "msg_1", usage: { inputTokens: 7 } },
    { type: "part-start", index: 0, part: { type: "text", text: "" } },
    { type: "part-delta", index: 0, delta: { type: "text", text: "x" } },
    { type: "part-end", index: 0 },
    { ...end, finishReason: { unified: "length", raw: "max_tokens" }, usage: { outputTokens: 2 } },
  ]);
  expect(chunks).toEqual([
    {
      candidates: [{ content: { parts: [{ text: "x" }], role: "model" }, index: 0 }],
      modelVersion: "shown",
      responseId: "msg_1",
    },
    {
      candidates: [{ content: { parts: [{ text: "" }], role: "model" }, finishReason: "MAX_TOKENS", index: 0 }],
      usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 2, totalTokenCount: 9 },
      modelVersion: "shown",
      responseId: "msg_1",
    },
  ]);
});

test("citations of other vendors become grounding metadata in bytes", () => {
  const citations = [{ kind: "url", url: "https://e.com", title: "E", start: 3, end: 6 }] as const;
  const body = encodeResponse(
    { parts: [{ type: "text", text: "🙂 né.", citations }], finishReason: { unified: "stop" } },
    contextOf(),
  );
  expect(body["candidates"]).toMatchObject([
    {
      groundingMetadata: {
        groundingChunks: [{ web: { uri: "https://e.com", title: "E" } }],
        groundingSupports: [{ segment: { startIndex: 5, endIndex: 9, text: "né." }, groundingChunkIndices: [0] }],
      },
    },
  ]);
  expect(decodeResponse(body, origin).parts).toEqual([{ type: "text", text: "🙂 né.", citations }]);
});

test("a blocked prompt has no candidates", () => {
  const wire = { promptFeedback: { blockReason: "SAFETY" }, modelVersion: "shown", responseId: "r" };
  const response = decodeResponse(wire, origin);
  expect(encodeResponse(response, contextOf())).toEqual(wire);
  expect(encoded(explode(response))).toEqual([wire]);
});

test("what cannot be said is reported; nothing follows an error", () => {
  const context = contextOf();
  const parts: Part[] = [
    { type: "unknown", origin: { dialect: "anthropic-messages" }, value: {} },
    { type: "media", kind: "image", source: { type: "file", id: "f", origin: { dialect: "openai-responses" } } },
  ];
  encodeResponse({ parts, finishReason: { unified: "stop", stopSequence: "x" } }, context);
  expect(context.losses.report().dropped.map(({ feature }) => feature)).toEqual([
    "unknown-part",
    "answer-media",
    "stop-sequence",
  ]);
  const error = new GatewayError("upstream_truncated", "cut");
  const chunks = encoded([{ type: "response-start" }, { type: "response-error", error }, end]);
  expect(chunks).toMatchObject([{ error: { code: 502, message: "cut", status: "UNAVAILABLE" } }]);
});
