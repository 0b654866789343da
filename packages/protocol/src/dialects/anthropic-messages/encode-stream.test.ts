import { expect, test } from "vitest";
import { utf8Encoder } from "../../encoding.ts";
import { collect, explode } from "../../ir/collect.ts";
import { GatewayError } from "../../ir/errors.ts";
import type { CanonicalResponse, StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part } from "../../ir/parts.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { formatSse } from "../../sse/format.ts";
import { parseSse } from "../../sse/parse.ts";
import { compose, runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { anthropicMessages } from "./index.ts";

const ORIGIN = { dialect: "anthropic-messages", provider: "anthropic", model: "claude" } as const;
const context = (): AnswerContext => ({
  request: { model: "m", stream: true, instructions: [], messages: [], tools: [], sampling: {} },
  model: "shown",
  uniqueId: "u1",
  now: 1,
  estimatedInputTokens: 12,
  losses: lossRecorder(),
});

const encode = (events: Iterable<StreamEvent>, answer = context()): JsonObject[] =>
  runAll(anthropicMessages.encodeStream(answer), events).map(({ event, data }) => {
    const body = parseJsonObject(data) ?? {};
    expect(body["type"]).toBe(event);
    return body;
  });

/** Dense indexes, and start, deltas and stop of one block before the next begins. */
function expectOrderly(events: readonly JsonObject[]): void {
  let open: number | undefined;
  let next = 0;
  for (const { type, index } of events) {
    if (type === "content_block_start") {
      expect([open, index]).toEqual([undefined, next]);
      open = next;
      next += 1;
    } else if (type === "content_block_delta" || type === "content_block_stop") {
      expect(index).toBe(open);
      if (type === "content_block_stop") open = undefined;
    }
  }
  expect(open).toBeUndefined();
}

function decodeAgain(events: Iterable<StreamEvent>): CanonicalResponse {
  const text = runAll(anthropicMessages.encodeStream(context()), events).map(formatSse).join("");
  const again = runAll(compose(parseSse(), anthropicMessages.decodeStream(ORIGIN)), [utf8Encoder.encode(text)]);
  expect(grammarViolation(again)).toBeUndefined();
  return collect(again);
}

const ANSWER: CanonicalResponse = {
  id: "msg_1",
  model: "shown",
  parts: [
    { type: "reasoning", form: "full", text: "hm", opaque: { origin: ORIGIN, data: "sig" } },
    { type: "reasoning", form: "redacted", text: "", opaque: { origin: ORIGIN, data: "red" } },
    { type: "text", text: "Hello", citations: [{ kind: "url", url: "https://example.org", title: "t" }] },
    {
      type: "web-search",
      id: "s",
      half: "call",
      queries: ["q"],
      raw: { origin: ORIGIN, value: { type: "server_tool_use", id: "s", name: "web_search", input: { query: "q" } } },
    },
    {
      type: "unknown",
      origin: ORIGIN,
      value: { type: "server_tool_use", id: "s", name: "web_fetch", input: { url: "https://x" } },
    },
    { type: "unknown", origin: ORIGIN, value: { type: "compaction", content: "Sum" } },
    { type: "tool-call", id: "a", name: "f", arguments: '{"x": 1}' },
    {
      type: "tool-call",
      id: "b",
      name: "f",
      arguments: "{}",
      opaque: { origin: ORIGIN, data: '{"caller":{"type":"code_execution_20260120","tool_id":"s"}}' },
    },
  ],
  finishReason: { unified: "tool-calls", raw: "tool_use" },
  usage: { inputTokens: 5, cacheReadTokens: 2, cacheWrite5mTokens: 1, cacheWrite1hTokens: 3, outputTokens: 9 },
  serviceTier: "standard",
  extensions: { "anthropic-messages": { container: { id: "c" }, context_management: { applied_edits: [] } } },
};

test("an answer written as a stream reads back as the same answer", () => {
  const { usage, ...again } = decodeAgain(explode(ANSWER));
  const { usage: expected, ...rest } = ANSWER;
  expect(again).toEqual(rest);
  expect(usage).toMatchObject(expected ?? {});
});

test("the whole answer and its stream say the same", () => {
  const whole = anthropicMessages.decodeResponse(anthropicMessages.encodeResponse(ANSWER, context()), ORIGIN);
  const streamed = decodeAgain(explode(ANSWER));
  const compacted = (response: CanonicalResponse) =>
    JSON.parse(
      JSON.stringify({ ...response, usage: { ...response.usage, raw: 0 } }).replaceAll('{\\"x\\": 1}', '{\\"x\\":1}'),
    );
  expect(compacted(streamed)).toEqual(compacted(whole));
});

test("message_start is never without input tokens", () => {
  expect(encode([{ type: "response-start" }])[0]).toMatchObject({
    message: { id: "msg_u1", model: "shown", usage: { input_tokens: 12, output_tokens: 1 } },
  });
});

test("overlapping parts are written one after the other", () => {
  const call = (id: string): Part => ({ type: "tool-call", id, name: "f", arguments: "" });
  const args = (index: number, text: string): StreamEvent => ({
    type: "part-delta",
    index,
    delta: { type: "arguments", text },
  });
  const events: StreamEvent[] = [
    { type: "response-start" },
    { type: "part-start", index: 0, part: call("a") },
    { type: "part-start", index: 1, part: call("b") },
    args(1, '{"b"'),
    args(0, '{"a"'),
    { type: "part-start", index: 2, part: { type: "text", text: "Hi" } },
    args(1, ":2}"),
    { type: "part-end", index: 1 },
    args(0, ":1}"),
    { type: "part-end", index: 0 },
    { type: "part-end", index: 2 },
    { type: "response-end", finishReason: { unified: "stop" } },
  ];
  expect(grammarViolation(events)).toBeUndefined();
  const wire = encode(events);
  expectOrderly(wire);
  expect(wire.filter((event) => event["type"] === "content_block_start")).toHaveLength(3);
  expect(wire.find((event) => event["type"] === "message_delta")).toMatchObject({ delta: { stop_reason: "tool_use" } });
  expect(decodeAgain(events).parts).toMatchObject([{ arguments: '{"a":1}' }, { arguments: '{"b":2}' }, { text: "Hi" }]);
});

test("foreign reasoning is thinking whose signature leads back to its origin", () => {
  const opaque = { origin: { dialect: "openai-responses", provider: "openai" }, data: "enc", id: "rs_1" } as const;
  const events: StreamEvent[] = [
    { type: "response-start" },
    { type: "part-start", index: 0, part: { type: "reasoning", form: "summary", text: "" } },
    { type: "part-delta", index: 0, delta: { type: "text", text: "hm" } },
    { type: "part-delta", index: 0, delta: { type: "opaque", opaque } },
    { type: "part-end", index: 0 },
    { type: "part-start", index: 1, part: { type: "reasoning", form: "full", text: "unsigned" } },
    { type: "part-end", index: 1 },
    { type: "part-start", index: 2, part: { type: "reasoning", form: "redacted", text: "", opaque } },
    { type: "part-end", index: 2 },
    { type: "response-end", finishReason: { unified: "stop" } },
  ];
  const wire = encode(events);
  expectOrderly(wire);
  const blocks = decodeAgain(events).parts.map((part) => {
    if (part.type !== "reasoning") return {};
    return { type: "thinking", thinking: part.text, signature: part.opaque?.data ?? "" };
  });
  const request = anthropicMessages.decodeRequest(
    { model: "m", messages: [{ role: "assistant", content: blocks }] },
    {},
  );
  expect(request.messages[0]?.content).toEqual([
    { type: "reasoning", form: "summary", text: "hm", opaque },
    { type: "reasoning", form: "full", text: "unsigned" },
    { type: "reasoning", form: "redacted", text: "", opaque },
  ]);
});

test("a foreign value of a call travels in its id", () => {
  const opaque = { origin: { dialect: "gemini", provider: "google" }, data: "sig" } as const;
  const part: Part = { type: "tool-call", id: "a", name: "f", arguments: "{}", opaque };
  const response: CanonicalResponse = { parts: [part], finishReason: { unified: "stop" } };
  const [block] = decodeAgain(explode(response)).parts;
  const id = block?.type === "tool-call" ? block.id : "";
  expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
  const content = [{ type: "tool_use", id, name: "f", input: {} }];
  const request = anthropicMessages.decodeRequest({ model: "m", messages: [{ role: "assistant", content }] }, {});
  expect(request.messages[0]?.content).toEqual([part]);
});

test("empty parts give no block, what cannot be shown is reported, free text is wrapped", () => {
  const answer = context();
  const parts: Part[] = [
    { type: "text", text: "" },
    { type: "reasoning", form: "full", text: "" },
    { type: "media", kind: "image", source: { type: "base64", data: "x" } },
    { type: "unknown", origin: { dialect: "gemini" }, value: { executableCode: {} } },
    { type: "tool-call", id: "a", name: "free", arguments: "raw", input: "text" },
    { type: "refusal", text: "No." },
  ];
  const wire = encode(explode({ parts, finishReason: { unified: "content-filter" } }), answer);
  expectOrderly(wire);
  const starts = wire.filter((event) => event["type"] === "content_block_start");
  expect(starts).toMatchObject([{ content_block: { type: "tool_use" } }, { content_block: { type: "text" } }]);
  expect(JSON.stringify(wire)).toContain(JSON.stringify('{"input":"raw"}').slice(1, -1));
  expect(answer.losses.report().dropped.map((loss) => loss.feature)).toEqual(["media-output", "unknown-part"]);
});

test("an error event ends the stream without message_stop", () => {
  const error = new GatewayError("upstream_overloaded", "Busy");
  const wire = encode([{ type: "response-start" }, { type: "response-error", error }]);
  expect(wire.at(-1)).toEqual({
    type: "error",
    error: { type: "overloaded_error", message: "Busy" },
    request_id: "req_u1",
  });
});
