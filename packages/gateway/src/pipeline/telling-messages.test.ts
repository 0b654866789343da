import { anthropicMessages, type SseMessage } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import type { SurfaceDialect } from "../config/quirks.ts";
import { SILENT, type Telling } from "./telling.ts";
import { closingMessages, editedMessage, streamEdits } from "./telling-messages.ts";

const NOTHING_LOST = () => ({ dropped: [], adapted: [] });
const TELLS: Telling = { ...SILENT, inBody: true, inStream: true, metadata: () => ({ told: true }) };

const rewritten = (dialect: SurfaceDialect, data: string, telling: Telling = TELLS) => {
  const edits = streamEdits(dialect, telling, NOTHING_LOST);
  return edits === undefined ? data : editedMessage({ data }, edits).data;
};

describe("a passthrough stream that is asked to tell", () => {
  test.each<[SurfaceDialect, string, string]>([
    [
      "openai-chat",
      '{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null}',
      '{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null,"metadata":{"told":true}}',
    ],
    [
      "openai-chat",
      '{"choices":[],"usage":{"total_tokens":2}}',
      '{"choices":[],"usage":{"total_tokens":2},"metadata":{"told":true}}',
    ],
    [
      "openai-chat",
      '{"choices":[],"usage":{},"metadata":null}',
      '{"choices":[],"usage":{},"metadata":null,"signalbox_metadata":{"told":true}}',
    ],
    [
      "openai-responses",
      '{"type":"response.completed","response":{"id":"r","metadata":{} },"sequence_number":9}',
      '{"type":"response.completed","response":{"id":"r","metadata":{},"signalbox_metadata":{"told":true} },"sequence_number":9}',
    ],
    [
      "openai-responses",
      '{"type":"response.incomplete","response":{"id":"r"}}',
      '{"type":"response.incomplete","response":{"id":"r","signalbox_metadata":{"told":true}}}',
    ],
    ["anthropic-messages", '{"type":"message_stop"    }', '{"type":"message_stop","metadata":{"told":true}    }'],
    [
      "gemini",
      '{"candidates":[{"finishReason":"STOP"}]}',
      '{"candidates":[{"finishReason":"STOP"}],"metadata":{"told":true}}',
    ],
    [
      "gemini",
      '{"promptFeedback":{"blockReason":"SAFETY"}}',
      '{"promptFeedback":{"blockReason":"SAFETY"},"metadata":{"told":true}}',
    ],
    [
      "gemini",
      '{"usageMetadata":{"totalTokenCount":1}}',
      '{"usageMetadata":{"totalTokenCount":1},"metadata":{"told":true}}',
    ],
  ])("tells where %s ends: %s", (dialect, data, expected) => {
    expect(rewritten(dialect, data)).toBe(expected);
  });

  test.each<[SurfaceDialect, string]>([
    ["openai-chat", '{"choices":[{"delta":{"content":"x"},"finish_reason":null}],"usage":{"total_tokens":1}}'],
    ["openai-chat", "[DONE]"],
    ["openai-chat", '{"error":{"message":"failed"}}'],
    ["openai-chat", '{"choices":[],"usage":{},"metadata":{},"signalbox_metadata":{}}'],
    ["openai-responses", '{"type":"response.failed","response":{"id":"r"}}'],
    ["openai-responses", '{"type":"response.created","response":{"id":"r"}}'],
    ["anthropic-messages", '{"type":"message_delta","delta":{"stop_reason":"end_turn"}}'],
    ["anthropic-messages", '{"type":"error","error":{}}'],
    ["gemini", '{"candidates":[{"content":{}}],"usageMetadata":{}}'],
    ["gemini", "{broken"],
  ])("leaves alone what ends nothing, or has no place: %s %s", (dialect, data) => {
    expect(rewritten(dialect, data)).toBe(data);
  });

  test("names the model too", () => {
    const data = '{"model":"m","choices":[],"usage":{}}';
    expect(rewritten("openai-chat", data, { ...TELLS, shownModel: "a/b" })).toBe(
      '{"model":"a/b","choices":[],"usage":{},"metadata":{"told":true}}',
    );
  });
});

test("a passthrough stream that was not asked is not looked at", () => {
  expect(streamEdits("openai-chat", { ...TELLS, inStream: false }, NOTHING_LOST)).toBeUndefined();
});

describe("the end of a translated stream", () => {
  const ends = (messages: readonly SseMessage[]) => closingMessages("openai-chat", messages, () => ({ told: true }));
  const finish = { data: '{"choices":[{"finish_reason":"stop"}]}' };
  const usage = { data: '{"choices":[],"usage":{"total_tokens":1}}' };
  const done = { data: "[DONE]" };
  const told = '"metadata":{"told":true}}';

  test("tells in the usage chunk when there is one, else in the chunk that says why it ended", () => {
    expect(ends([finish, usage, done]).map(({ data }) => data.endsWith(told))).toEqual([false, true, false]);
    expect(ends([finish, done]).map(({ data }) => data.endsWith(told))).toEqual([true, false]);
  });

  test("keeps the names of events", () => {
    const [stop] = closingMessages(
      "anthropic-messages",
      [{ event: "message_stop", data: '{"type":"message_stop"}' }],
      () => ({}),
    );
    expect(stop).toEqual({ event: "message_stop", data: '{"type":"message_stop","metadata":{}}' });
    expect(anthropicMessages.isLandmark(stop ?? done)).toBe(true);
  });

  test("of a failure stays as it is", () => {
    const failed = [{ event: "response.failed", data: '{"type":"response.failed","response":{}}' }];
    expect(closingMessages("openai-responses", failed, () => ({}))).toEqual(failed);
  });
});
