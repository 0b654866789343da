import { describe, expect, test } from "vitest";
import { utf8Encoder } from "../../encoding.ts";
import { collect } from "../../ir/collect.ts";
import type { GatewayError } from "../../ir/errors.ts";
import type { StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { formatSse } from "../../sse/format.ts";
import { parseSse } from "../../sse/parse.ts";
import { compose, runAll } from "../../transducer.ts";
import { openaiResponses } from "./index.ts";

const origin = { dialect: "openai-responses", provider: "openai", model: "gpt" } as const;

const wire = (events: readonly JsonObject[]): string =>
  events
    .map((event, sequence) => formatSse({ data: JSON.stringify({ ...event, sequence_number: sequence }) }))
    .join("");

/** Decodes the stream cut at every byte, and checks that the cut makes no difference. */
function decodeText(text: string): readonly StreamEvent[] {
  const bytes = utf8Encoder.encode(text);
  const run = (chunks: Iterable<Uint8Array>) =>
    runAll(compose(parseSse(), openaiResponses.decodeStream(origin)), chunks);
  const whole = run([bytes]);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    if (JSON.stringify(run([bytes.subarray(0, cut), bytes.subarray(cut)])) !== JSON.stringify(whole)) {
      throw new Error(`differs when cut at byte ${cut}`);
    }
  }
  expect(grammarViolation(whole)).toBeUndefined();
  return whole;
}
const decode = (events: readonly JsonObject[]) => decodeText(wire(events));

const created: JsonObject = {
  type: "response.created",
  response: { id: "resp_1", model: "gpt-1", created_at: 7, status: "in_progress" },
};
const completed = (output: readonly JsonObject[], rest: JsonObject = {}): JsonObject => ({
  type: "response.completed",
  response: {
    id: "resp_1",
    object: "response",
    model: "gpt-1",
    created_at: 7,
    status: "completed",
    output,
    service_tier: "default",
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 15,
    },
    ...rest,
  },
});
const added = (output_index: number, item: JsonObject): JsonObject => ({
  type: "response.output_item.added",
  output_index,
  item,
});
const done = (output_index: number, item: JsonObject): JsonObject => ({
  type: "response.output_item.done",
  output_index,
  item,
});
const message = (id: string, ...content: JsonObject[]): JsonObject => ({
  id,
  type: "message",
  role: "assistant",
  status: "completed",
  content,
});
const text = (words: string, annotations: readonly JsonObject[] = []): JsonObject => ({
  type: "output_text",
  text: words,
  annotations,
  logprobs: [],
});
const call = (id: string, args: string): JsonObject => ({
  id: `fc_${id}`,
  type: "function_call",
  call_id: `call_${id}`,
  name: id,
  arguments: args,
});
const argumentsDelta = (id: string, output_index: number, delta: string): JsonObject => ({
  type: "response.function_call_arguments.delta",
  item_id: `fc_${id}`,
  output_index,
  delta,
});

/** The stream collects to what the same answer is when it comes whole. */
function expectWhole(events: readonly StreamEvent[], end: JsonObject): void {
  expect(collect(events)).toEqual(openaiResponses.decodeResponse(end["response"] ?? null, origin));
}

test("reasoning, text with citations and a hosted call", () => {
  const citation = { type: "url_citation", url: "https://x", title: "X", start_index: 0, end_index: 5 };
  const reasoning = {
    id: "rs_1",
    type: "reasoning",
    summary: [
      { type: "summary_text", text: "first" },
      { type: "summary_text", text: "second" },
    ],
    encrypted_content: "SEALED",
  };
  const search = { id: "ws_1", type: "web_search_call", status: "completed", action: { type: "search", query: "q" } };
  const answer = message("msg_1", text("Grüße", [citation]), text(" again"));
  const end = completed([reasoning, search, answer], { moderation: { flagged: false } });
  const at = { item_id: "rs_1", output_index: 0 };
  const inText = { item_id: "msg_1", output_index: 2, content_index: 0 };
  const events = decode([
    created,
    { type: "response.in_progress", response: {} },
    added(0, { ...reasoning, summary: [], encrypted_content: "EARLY" }),
    {
      type: "response.reasoning_summary_part.added",
      ...at,
      summary_index: 0,
      part: { type: "summary_text", text: "" },
    },
    { type: "response.reasoning_summary_text.delta", ...at, summary_index: 0, delta: "fir" },
    { type: "response.reasoning_summary_text.delta", ...at, summary_index: 0, delta: "st" },
    { type: "response.reasoning_summary_text.done", ...at, summary_index: 0, text: "first" },
    {
      type: "response.reasoning_summary_part.done",
      ...at,
      summary_index: 0,
      part: { type: "summary_text", text: "first" },
    },
    {
      type: "response.reasoning_summary_part.added",
      ...at,
      summary_index: 1,
      part: { type: "summary_text", text: "" },
    },
    { type: "response.reasoning_summary_text.done", ...at, summary_index: 1, text: "second" },
    done(0, reasoning),
    added(1, { ...search, status: "in_progress" }),
    { type: "response.web_search_call.searching", item_id: "ws_1", output_index: 1 },
    done(1, search),
    added(2, { ...answer, content: [] }),
    { type: "response.content_part.added", ...inText, part: text("") },
    { type: "response.output_text.delta", ...inText, delta: "Grü" },
    { type: "response.output_text.delta", ...inText, delta: "ße" },
    { type: "response.output_text.annotation.added", ...inText, annotation_index: 0, annotation: citation },
    { type: "response.output_text.done", ...inText, text: "Grüße" },
    { type: "response.content_part.done", ...inText, part: text("Grüße", [citation]) },
    done(2, answer),
    end,
  ]);
  expectWhole(events, end);
  expect(collect(events)).toMatchObject({
    id: "resp_1",
    createdAt: 7,
    finishReason: { unified: "stop", raw: "completed" },
    usage: { inputTokens: 6, cacheReadTokens: 4, outputTokens: 5, reasoningTokens: 2 },
    serviceTier: "default",
    extensions: { "openai-responses": { moderation: { flagged: false } } },
  });
});

describe("parallel calls stay apart", () => {
  const output = [call("a", '{"x":1}'), call("b", '{"y":2}')];
  const end = completed(output);

  test("when their arguments interleave", () => {
    const events = decode([
      created,
      added(0, call("a", "")),
      added(1, call("b", "")),
      argumentsDelta("a", 0, '{"x'),
      argumentsDelta("b", 1, '{"y"'),
      argumentsDelta("a", 0, '":1}'),
      argumentsDelta("b", 1, ":2}"),
      done(0, call("a", '{"x":1}')),
      done(1, call("b", '{"y":2}')),
      end,
    ]);
    expectWhole(events, end);
    expect(collect(events).finishReason.unified).toBe("tool-calls");
  });

  test("when all stand at output index 0", () => {
    const events = decode([
      created,
      added(0, call("a", "")),
      added(0, call("b", "")),
      argumentsDelta("b", 0, '{"y":2}'),
      argumentsDelta("a", 0, '{"x":1}'),
      done(0, call("a", '{"x":1}')),
      done(0, call("b", '{"y":2}')),
      end,
    ]);
    expectWhole(events, end);
  });

  test("when each event gives the item another id", () => {
    const events = decode([
      created,
      added(0, { ...call("a", ""), id: "r1" }),
      { ...argumentsDelta("a", 0, '{"x":1}'), item_id: "r2" },
      done(0, { ...call("a", '{"x":1}'), id: "r3" }),
      added(1, { ...call("b", ""), id: "r4" }),
      { ...argumentsDelta("b", 1, '{"y":2}'), item_id: "r5" },
      done(1, { ...call("b", '{"y":2}'), id: "r6" }),
      end,
    ]);
    expect(collect(events).parts).toMatchObject([
      { id: "call_a", arguments: '{"x":1}' },
      { id: "call_b", arguments: '{"y":2}' },
    ]);
  });

  test("when they come whole, without deltas or only in the last event", () => {
    expectWhole(decode([created, done(0, call("a", '{"x":1}')), done(1, call("b", '{"y":2}')), end]), end);
    expectWhole(decode([created, end]), end);
  });

  test("when they have no ids", () => {
    const bare = [0, 1].map((x) => ({ type: "function_call", name: "f", arguments: `{"x":${x}}` }));
    const bareEnd = completed(bare);
    const events = decode([
      created,
      ...bare.flatMap((item, index) => [added(index, item), done(index, item)]),
      bareEnd,
    ]);
    expectWhole(events, bareEnd);
    expect(collect(events).parts).toMatchObject([{ id: "call_resp_1_0" }, { id: "call_resp_1_1" }]);
  });
});

test("custom tool calls, refusals, full reasoning and content of the future", () => {
  const custom = { id: "ctc_1", type: "custom_tool_call", call_id: "c", name: "patch", input: "free text" };
  const reasoning = {
    id: "rs_1",
    type: "reasoning",
    summary: [],
    content: [{ type: "reasoning_text", text: "step by step" }],
  };
  const answer = message("msg_1", { type: "refusal", refusal: "no" }, { type: "output_hologram", data: "x" });
  const end = completed([reasoning, custom, answer]);
  const events = decode([
    created,
    added(0, { id: "rs_1", type: "reasoning", summary: [] }),
    { type: "response.reasoning_text.delta", item_id: "rs_1", output_index: 0, content_index: 0, delta: "step " },
    { type: "response.reasoning_text.done", item_id: "rs_1", output_index: 0, content_index: 0, text: "step by step" },
    done(0, reasoning),
    added(1, { ...custom, input: "" }),
    { type: "response.custom_tool_call_input.delta", item_id: "ctc_1", output_index: 1, delta: "free " },
    { type: "response.custom_tool_call_input.done", item_id: "ctc_1", output_index: 1, input: "free text" },
    done(1, custom),
    added(2, { ...answer, content: [] }),
    { type: "response.refusal.delta", item_id: "msg_1", output_index: 2, content_index: 0, delta: "n" },
    { type: "response.refusal.done", item_id: "msg_1", output_index: 2, content_index: 0, refusal: "no" },
    done(2, answer),
    end,
  ]);
  expectWhole(events, end);
});

test("deltas of an item that was never announced", () => {
  const events = decode([
    { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "hi" },
    completed([message("msg_1", text("hi"))]),
  ]);
  expect(collect(events).parts).toEqual([{ type: "text", text: "hi", id: "msg_1" }]);
});

test("an incomplete response says why", () => {
  const why = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
  const end = { ...completed([message("msg_1", text("cut"))], why), type: "response.incomplete" };
  expect(collect(decode([created, end])).finishReason).toEqual({ unified: "length", raw: "max_output_tokens" });
});

describe("failures", () => {
  const failure = (events: readonly StreamEvent[]): GatewayError | undefined => {
    const last = events.at(-1);
    return last?.type === "response-error" ? last.error : undefined;
  };
  const partial = [
    created,
    added(0, message("msg_1")),
    { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "par" },
  ];

  test("a stream without its end is truncated, whatever it said before", () => {
    expect(failure(decode(partial))?.code).toBe("upstream_truncated");
    expect(failure(decodeText(`${wire(partial)}data: [DONE]\n\n`))?.code).toBe("upstream_truncated");
    expect(failure(decode([]))?.code).toBe("upstream_truncated");
  });

  test("error events, in both shapes, and failed responses", () => {
    const error = { code: "rate_limit_exceeded", message: "slow" };
    expect(failure(decode([...partial, { type: "error", ...error }]))).toMatchObject({
      code: "upstream_rate_limited",
      message: "slow",
    });
    expect(failure(decode([...partial, { type: "error", error }]))?.code).toBe("upstream_rate_limited");
    expect(failure(decode([...partial, { type: "response.failed", response: { error } }]))?.code).toBe(
      "upstream_rate_limited",
    );
    expect(failure(decode([{ type: "response.failed", response: { error: null } }]))?.code).toBe("upstream_error");
  });

  test("what is not JSON is not this dialect", () => {
    expect(failure(decodeText(`${wire(partial)}data: {"type":\n\n`))?.code).toBe("upstream_invalid_response");
  });

  test("nothing follows the end", () => {
    const end = completed([]);
    expect(decode([created, end, { type: "error", message: "late" }, created]).at(-1)?.type).toBe("response-end");
  });
});
