import fc from "fast-check";
import { expect, test } from "vitest";
import { collect } from "../../ir/collect.ts";
import type { StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { objectOf, objectsOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import { runAll } from "../../transducer.ts";
import { bedrockConverse } from "./index.ts";

const ORIGIN = { dialect: "bedrock-converse", provider: "bedrock", model: "claude" } as const;

const frame = (event: string, data: JsonObject): SseMessage => ({ event, data: JSON.stringify(data) });
const START = frame("messageStart", { role: "assistant" });
const start = (contentBlockIndex: number, content: JsonObject) =>
  frame("contentBlockStart", { contentBlockIndex, start: content });
const delta = (contentBlockIndex: number, content: JsonObject) =>
  frame("contentBlockDelta", { contentBlockIndex, delta: content });
const stop = (contentBlockIndex: number) => frame("contentBlockStop", { contentBlockIndex });
const END = frame("messageStop", { stopReason: "end_turn" });
const USAGE = { inputTokens: 4, outputTokens: 2, totalTokens: 6 };
const METADATA = frame("metadata", { usage: USAGE, metrics: { latencyMs: 12 } });

function decode(...messages: readonly SseMessage[]): StreamEvent[] {
  const events = runAll(bedrockConverse.decodeStream(ORIGIN), messages);
  expect(grammarViolation(events)).toBeUndefined();
  return events;
}

/** The frames in which Bedrock would stream these blocks, cut into pieces of `size`. */
function framesOf(blocks: readonly JsonObject[], size: number): readonly SseMessage[] {
  return blocks.flatMap((block, index) => [...blockFrames(block, index, size), stop(index)]);
}

function pieces(text: JsonValue | undefined, size: number): readonly string[] {
  return String(text).match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [""];
}

function blockFrames(block: JsonObject, index: number, size: number): readonly SseMessage[] {
  const toolUse = objectOf(block["toolUse"]);
  const reasoning = objectOf(block["reasoningContent"]);
  const cited = objectOf(block["citationsContent"]);
  if (toolUse !== undefined) {
    const { toolUseId, name } = toolUse;
    return [
      start(index, { toolUse: { toolUseId, name } }),
      ...pieces(JSON.stringify(toolUse["input"]), size).map((input) => delta(index, { toolUse: { input } })),
    ];
  }
  if (reasoning?.["redactedContent"] !== undefined) return [delta(index, { reasoningContent: reasoning })];
  if (reasoning !== undefined) {
    const { text, signature } = objectOf(reasoning["reasoningText"]) ?? {};
    const thoughts = pieces(text, size).map((text) => delta(index, { reasoningContent: { text } }));
    return [...thoughts, delta(index, { reasoningContent: { signature } })];
  }
  const text = cited === undefined ? block["text"] : objectsOf(cited["content"])[0]?.["text"];
  const citations = objectsOf(cited?.["citations"]).map((citation) => delta(index, { citation }));
  return [...pieces(text, size).map((text) => delta(index, { text })), ...citations];
}

test("text opens with its first delta, and usage follows the end of the message", () => {
  const events = decode(START, delta(0, { text: "Hel" }), delta(0, { text: "lo" }), stop(0), END, METADATA);
  expect(events.at(-1)?.type).toBe("response-end");
  expect(collect(events)).toEqual({
    parts: [{ type: "text", text: "Hello" }],
    finishReason: { unified: "stop", raw: "end_turn" },
    usage: { inputTokens: 4, outputTokens: 2, raw: USAGE },
  });
});

test("the end is told with the metadata, which may also come first or not at all", () => {
  const stream = bedrockConverse.decodeStream(ORIGIN);
  expect(stream.push(END).map(({ type }) => type)).toEqual(["response-start"]);
  expect(stream.push(METADATA).map(({ type }) => type)).toEqual(["response-end"]);
  expect(stream.end()).toEqual([]);
  expect(collect(decode(START, METADATA, END)).usage?.inputTokens).toBe(4);
  expect(collect(decode(START, END)).usage).toBeUndefined();
});

test("a stream without the end of its message is cut off", () => {
  const events = decode(START, delta(0, { text: "Hel" }), stop(0), METADATA);
  expect(events.at(-1)).toMatchObject({ type: "response-error", error: { code: "upstream_truncated" } });
});

test.each([
  ["throttlingException", "upstream_rate_limited"],
  ["modelStreamErrorException", "upstream_error"],
  ["internalServerException", "upstream_error"],
  ["serviceUnavailableException", "upstream_overloaded"],
  ["modelTimeoutException", "upstream_timeout"],
  ["validationException", "invalid_request"],
])("%s within a stream is %s", (event, code) => {
  const events = decode(START, delta(0, { text: "Hel" }), frame(event, { message: "No." }), END);
  expect(events.at(-1)).toMatchObject({ type: "response-error", error: { code, message: "No." } });
});

test("calls without arguments have empty ones, and thinking keeps its signature", () => {
  const { parts } = collect(
    decode(
      START,
      delta(0, { reasoningContent: { text: "hm" } }),
      delta(0, { reasoningContent: { signature: "c2ln" } }),
      stop(0),
      start(1, { toolUse: { toolUseId: "t1", name: "f" } }),
      delta(1, { toolUse: { input: "" } }),
      stop(1),
      delta(2, { reasoningContent: { text: "unsigned" } }),
      stop(2),
      END,
    ),
  );
  expect(parts).toEqual([
    { type: "reasoning", form: "full", text: "hm", opaque: { origin: ORIGIN, data: "c2ln" } },
    { type: "tool-call", id: "t1", name: "f", arguments: "{}" },
    { type: "reasoning", form: "full", text: "unsigned", opaque: { origin: ORIGIN, data: "" } },
  ]);
});

test("events that come without their frame's name are known by the payload's", () => {
  const events = decode(
    { data: '{"messageStart":{"role":"assistant"}}' },
    { data: '{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hi"}}}' },
    { data: '{"messageStop":{"stopReason":"max_tokens"}}' },
  );
  expect(collect(events)).toMatchObject({ parts: [{ text: "Hi" }], finishReason: { unified: "length" } });
});

test("an event that is no JSON is not the dialect", () => {
  const events = decode(START, { event: "contentBlockDelta", data: "oops" });
  expect(events.at(-1)).toMatchObject({ type: "response-error", error: { code: "upstream_invalid_response" } });
});

const word = fc.string({ minLength: 1, maxLength: 12 });
const block: fc.Arbitrary<JsonObject> = fc.oneof(
  word.map((text) => ({ text })),
  fc.record({ text: word, signature: fc.base64String({ minLength: 4, maxLength: 8 }) }).map((reasoningText) => ({
    reasoningContent: { reasoningText },
  })),
  fc.base64String({ minLength: 4, maxLength: 8 }).map((redactedContent) => ({ reasoningContent: { redactedContent } })),
  fc
    .record({
      toolUseId: word,
      name: word,
      input: fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(word, fc.integer())),
    })
    .map((toolUse) => ({ toolUse })),
  word.map((text) => ({
    citationsContent: {
      content: [{ text }],
      citations: [
        { title: "T", sourceContent: [{ text: "cited" }], location: { documentPage: { documentIndex: 1, start: 2 } } },
      ],
    },
  })),
);

test("a streamed answer is read as the whole one is, however it is cut into deltas", () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 8 }), (content, size) => {
      const usage = { ...USAGE, cacheReadInputTokens: 3, cacheWriteInputTokens: 0 };
      const trace = { guardrail: { actionReason: "none" } };
      const end = { stopReason: "stop_sequence", additionalModelResponseFields: { delta: { stop_sequence: "END" } } };
      const events = decode(
        START,
        ...framesOf(content, size),
        frame("messageStop", end),
        frame("metadata", { usage, trace, serviceTier: { type: "flex" }, metrics: { latencyMs: 1 } }),
      );
      const whole = bedrockConverse.decodeResponse(
        {
          output: { message: { role: "assistant", content } },
          stopReason: "stop_sequence",
          additionalModelResponseFields: { stop_sequence: "END" },
          usage,
          trace,
          serviceTier: { type: "flex" },
          metrics: { latencyMs: 2 },
        },
        ORIGIN,
      );
      expect(collect(events)).toEqual(whole);
      expect(whole.finishReason.stopSequence).toBe("END");
    }),
  );
});

test("what is not a landmark changes neither end, usage nor failure", () => {
  const messages = [START, delta(0, { text: "a" }), stop(0), END, METADATA];
  const kept = messages.filter(bedrockConverse.isLandmark);
  expect(kept).toHaveLength(3);
  expect(decode(...kept).at(-1)).toEqual(decode(...messages).at(-1));
});
