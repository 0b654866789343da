import {
  type AnswerContext,
  anthropicMessages,
  type CanonicalResponse,
  explode,
  GatewayError,
  gemini,
  lossRecorder,
  openaiChat,
  openaiResponses,
  runAll,
  type StreamEvent,
} from "@signalbox/protocol";
import { describe, expect, test } from "vitest";

const DIALECTS = [openaiChat, openaiResponses, anthropicMessages, gemini] as const;

const context: AnswerContext = {
  request: { model: "m", stream: true, streamUsage: true, instructions: [], messages: [], tools: [], sampling: {} },
  model: "m",
  uniqueId: "0123456789abcdef",
  now: 1_700_000_000,
  estimatedInputTokens: 9,
  losses: lossRecorder(),
};

const answer: CanonicalResponse = {
  id: "answer",
  parts: [
    { type: "reasoning", form: "summary", text: 'It says "finish_reason": "stop" and "error": {} in the text.' },
    { type: "text", text: 'A text with "usage": {"x": 1}, "finishReason" and }' },
    { type: "tool-call", id: "call_1", name: "find", arguments: '{"error":{"type":"response.completed"}}' },
  ],
  finishReason: { unified: "tool-calls" },
  usage: { inputTokens: 100, cacheReadTokens: 40, outputTokens: 30, reasoningTokens: 5 },
};

const endOf = (events: readonly StreamEvent[]) =>
  events.filter(({ type }) => type === "response-end" || type === "response-error");

describe.each(DIALECTS)("$id", ({ encodeStream, decodeStream, errorEvent, isLandmark, id }) => {
  const messages = runAll(encodeStream(context), explode(answer));
  const origin = { dialect: id };

  test("a meter that skips what is no landmark knows the same end and usage", () => {
    const skipped = messages.filter((message) => !isLandmark(message));
    expect(skipped.length).toBeGreaterThan(0);
    const metered = endOf(runAll(decodeStream(origin), messages.filter(isLandmark)));
    const whole = endOf(runAll(decodeStream(origin), messages));
    expect(metered).toHaveLength(1);
    expect(metered[0]).toMatchObject({ type: "response-end" });
    expect(metered[0]).toHaveProperty("usage", whole[0]?.type === "response-end" ? whole[0].usage : "none");
  });

  test("the dialect's error event and a broken message are landmarks", () => {
    const error = errorEvent(new GatewayError("upstream_error", "it broke"), { requestId: "req_1", sequence: 3 });
    expect(isLandmark(error)).toBe(true);
    const [content] = messages.filter((message) => !isLandmark(message));
    expect(isLandmark({ ...content, data: content?.data.slice(0, -4) ?? "" })).toBe(true);
  });
});
