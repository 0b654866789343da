import { expect, test } from "vitest";
import { utf8Encoder } from "../../encoding.ts";
import { collect } from "../../ir/collect.ts";
import type { StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { parseSse } from "../../sse/parse.ts";
import { compose, runAll } from "../../transducer.ts";
import { anthropicMessages } from "./index.ts";

const ORIGIN = { dialect: "anthropic-messages", provider: "anthropic", model: "claude" } as const;

const sse = (...events: readonly JsonObject[]): string =>
  events.map((event) => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`).join("");

function decode(text: string, cut?: number): StreamEvent[] {
  const bytes = utf8Encoder.encode(text);
  const chunks = cut === undefined ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];
  const events = runAll(compose(parseSse(), anthropicMessages.decodeStream(ORIGIN)), chunks);
  expect(grammarViolation(events)).toBeUndefined();
  return events;
}

const START: JsonObject = {
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 5,
      cache_read_input_tokens: 3,
      cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 4 },
      output_tokens: 1,
      service_tier: "standard",
    },
  },
};
const start = (index: number, content_block: JsonObject): JsonObject => ({
  type: "content_block_start",
  index,
  content_block,
});
const delta = (index: number, fields: JsonObject): JsonObject => ({
  type: "content_block_delta",
  index,
  delta: fields,
});
const stop = (index: number): JsonObject => ({ type: "content_block_stop", index });
const END: readonly JsonObject[] = [
  {
    type: "message_delta",
    delta: { stop_reason: "tool_use", stop_sequence: null, container: { id: "c" } },
    usage: { output_tokens: 20, output_tokens_details: { thinking_tokens: 7 } },
    context_management: { applied_edits: [] },
  },
  { type: "message_stop" },
];

const CITATION = {
  type: "web_search_result_location",
  url: "https://example.org",
  title: "t",
  cited_text: "c",
  encrypted_index: "e",
};

const FULL = sse(
  START,
  { type: "ping" },
  start(0, { type: "thinking", thinking: "", signature: "" }),
  delta(0, { type: "thinking_delta", thinking: "Hm, ü" }),
  delta(0, { type: "signature_delta", signature: "sig" }),
  stop(0),
  start(1, { type: "redacted_thinking", data: "red" }),
  stop(1),
  start(2, { type: "text", text: "" }),
  delta(2, { type: "text_delta", text: "Hello " }),
  delta(2, { type: "citations_delta", citation: CITATION }),
  delta(2, { type: "text_delta", text: "wörld" }),
  stop(2),
  start(3, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
  delta(3, { type: "input_json_delta", partial_json: '{"query":' }),
  delta(3, { type: "input_json_delta", partial_json: '"q"}' }),
  stop(3),
  start(4, { type: "web_search_tool_result", tool_use_id: "s", content: [] }),
  stop(4),
  start(5, { type: "tool_use", id: "a", name: "f", input: {} }),
  delta(5, { type: "input_json_delta", partial_json: "" }),
  delta(5, { type: "input_json_delta", partial_json: '{"x":1}' }),
  stop(5),
  start(6, { type: "tool_use", id: "b", name: "g", input: {}, caller: { type: "direct" } }),
  stop(6),
  start(7, { type: "compaction", content: null }),
  delta(7, { type: "compaction_delta", content: "Summary", encrypted_content: "enc" }),
  stop(7),
  ...END,
);

const WHOLE: JsonObject = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude",
  content: [
    { type: "thinking", thinking: "Hm, ü", signature: "sig" },
    { type: "redacted_thinking", data: "red" },
    { type: "text", text: "Hello wörld", citations: [CITATION] },
    { type: "server_tool_use", id: "s", name: "web_search", input: { query: "q" } },
    { type: "web_search_tool_result", tool_use_id: "s", content: [] },
    { type: "tool_use", id: "a", name: "f", input: { x: 1 } },
    { type: "tool_use", id: "b", name: "g", input: {} },
    { type: "compaction", content: "Summary", encrypted_content: "enc" },
  ],
  stop_reason: "tool_use",
  stop_sequence: null,
  container: { id: "c" },
  context_management: { applied_edits: [] },
  usage: {
    input_tokens: 10,
    cache_creation_input_tokens: 5,
    cache_read_input_tokens: 3,
    cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 4 },
    output_tokens: 20,
    service_tier: "standard",
    output_tokens_details: { thinking_tokens: 7 },
  },
};

test("a stream folds into what the whole answer decodes to", () => {
  const collected = collect(decode(FULL));
  expect(collected).toEqual(anthropicMessages.decodeResponse(WHOLE, ORIGIN));
  expect(collected.usage).toMatchObject({
    inputTokens: 10,
    cacheReadTokens: 3,
    cacheWrite5mTokens: 1,
    cacheWrite1hTokens: 4,
    outputTokens: 20,
    reasoningTokens: 7,
  });
  expect(collected.parts[0]).toMatchObject({ opaque: { origin: ORIGIN, data: "sig" } });
});

test("the same events come out wherever the bytes are cut", () => {
  const events = decode(FULL);
  for (let cut = 1; cut < FULL.length; cut += 1) expect(decode(FULL, cut)).toEqual(events);
});

test("unsigned thinking gets its origin when its block ends", () => {
  const block = [
    start(0, { type: "thinking", thinking: "" }),
    delta(0, { type: "thinking_delta", thinking: "hm" }),
    stop(0),
  ];
  const [part] = collect(decode(sse(START, ...block, ...END))).parts;
  expect(part).toEqual({ type: "reasoning", form: "full", text: "hm", opaque: { origin: ORIGIN, data: "" } });
});

test("a call that is whole at its start, and a message that is whole at its start", () => {
  const call = { type: "tool_use", id: "a", name: "f", input: { x: 1 } };
  const expected = [{ type: "tool-call", id: "a", name: "f", arguments: '{"x":1}' }];
  expect(collect(decode(sse(START, start(0, call), stop(0), ...END))).parts).toEqual(expected);
  const message = { id: "m", content: [call], stop_reason: "tool_use", usage: { input_tokens: 1, output_tokens: 2 } };
  const whole = collect(decode(sse({ type: "message_start", message }, { type: "message_stop" })));
  expect(whole).toMatchObject({ parts: expected, finishReason: { unified: "tool-calls" }, usage: { outputTokens: 2 } });
});

test("what look-alikes leave out: starts, stops and the message's start", () => {
  const text = collect(decode(sse(delta(0, { type: "text_delta", text: "Hi" }), ...END)));
  expect(text.parts).toEqual([{ type: "text", text: "Hi" }]);
});

test("a repeated message_start is passed over before content and an error after it", () => {
  const hello = [start(0, { type: "text", text: "Hi" }), stop(0)];
  expect(collect(decode(sse(START, START, ...hello, ...END))).parts).toHaveLength(1);
  expect(decode(sse(START, ...hello, START, ...END)).at(-1)).toMatchObject({
    type: "response-error",
    error: { code: "upstream_invalid_response" },
  });
});

test.each([
  ["overloaded_error", "Overloaded", "upstream_overloaded"],
  ["rate_limit_error", "Slow down", "upstream_rate_limited"],
  ["api_error", "Oops", "upstream_error"],
  ["invalid_request_error", "prompt is too long: 5 tokens > 4 maximum", "context_overflow"],
])("an error event ends the stream: %s", (type, message, code) => {
  const events = decode(sse(START, { type: "error", error: { type, message } }, ...END));
  expect(events.at(-1)).toMatchObject({ type: "response-error", error: { code, message } });
});

test("a stream that stops early is truncated, and one bad line is an invalid answer", () => {
  const open = sse(START, start(0, { type: "text", text: "Hi" }));
  expect(decode(open).at(-1)).toMatchObject({ type: "response-error", error: { code: "upstream_truncated" } });
  expect(decode("").at(-1)).toMatchObject({ error: { code: "upstream_truncated" } });
  expect(decode(`${open}data: {"type":\n\n`).at(-1)).toMatchObject({ error: { code: "upstream_invalid_response" } });
});

test("nothing is read after the end", () => {
  expect(decode(sse(START, ...END, delta(0, { type: "text_delta", text: "late" })))).toHaveLength(2);
});
