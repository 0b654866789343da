import { describe, expect, test } from "vitest";
import { utf8Encoder } from "../../encoding.ts";
import { collect } from "../../ir/collect.ts";
import type { StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import { parseSse } from "../../sse/parse.ts";
import { compose, runAll } from "../../transducer.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";

const origin = { dialect: "openai-chat", provider: "p", model: "m" } as const;

function sse(chunks: readonly (JsonObject | string)[]): string {
  return chunks.map((chunk) => `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\n\n`).join("");
}

/** Decodes, checks the grammar, and decodes again with the bytes cut in two at every place. */
function decode(text: string): readonly StreamEvent[] {
  const bytes = utf8Encoder.encode(text);
  const run = (pieces: readonly Uint8Array[]) => runAll(compose(parseSse(), decodeStream(origin)), pieces);
  const events = run([bytes]);
  expect(grammarViolation(events)).toBeUndefined();
  for (let at = 1; at < bytes.length; at += 1) {
    expect(run([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(events);
  }
  return events;
}

const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1700000000, model: "m-1" };
const delta = (fields: JsonObject, finish_reason: string | null = null): JsonObject => ({
  ...head,
  choices: [{ index: 0, delta: fields, logprobs: null, finish_reason }],
});
const call = (index: number, fields: JsonObject) => delta({ tool_calls: [{ index, ...fields }] });
const usage = {
  prompt_tokens: 10,
  completion_tokens: 5,
  total_tokens: 15,
  prompt_tokens_details: { cached_tokens: 4 },
};
const counted: JsonObject = { ...head, choices: [], usage };
const DONE = "[DONE]";

const partsOf = (...chunks: readonly (JsonObject | string)[]): readonly Part[] => collect(decode(sse(chunks))).parts;
const failureOf = (...chunks: readonly (JsonObject | string)[]) => {
  const last = decode(sse(chunks)).at(-1);
  return last?.type === "response-error" ? last.error : undefined;
};

/** The same answers, streamed and whole. */
type Pair = [name: string, chunks: readonly JsonObject[], message: JsonObject, fields?: JsonObject];
const PAIRS: readonly Pair[] = [
  [
    "OpenAI: text",
    [
      delta({ role: "assistant", content: "", refusal: null }),
      delta({ content: "Grüße " }),
      delta({ content: "🙂" }),
      delta({}, "stop"),
      counted,
    ],
    { content: "Grüße 🙂", refusal: null },
  ],
  [
    "OpenAI: a refusal",
    [delta({ role: "assistant", refusal: "I " }), delta({ refusal: "cannot." }), delta({}, "stop"), counted],
    { content: null, refusal: "I cannot." },
  ],
  [
    "DeepSeek: reasoning_content",
    [
      delta({ content: null, reasoning_content: "Hm" }),
      delta({ content: null, reasoning_content: "m." }),
      delta({ content: "Yes", reasoning_content: null }),
      delta({}, "stop"),
      counted,
    ],
    { content: "Yes", reasoning_content: "Hmm." },
  ],
  [
    "OpenRouter: entries beside the same text, the signature last",
    [
      delta({
        content: "",
        reasoning: "Hm",
        reasoning_details: [{ type: "reasoning.text", text: "Hm", format: "anthropic-claude-v1", index: 0 }],
      }),
      delta({
        content: "",
        reasoning: "m",
        reasoning_details: [{ type: "reasoning.text", text: "m", format: "anthropic-claude-v1", index: 0 }],
      }),
      delta({
        content: "",
        reasoning_details: [{ type: "reasoning.text", signature: "SIG", format: "anthropic-claude-v1", index: 0 }],
      }),
      delta({ content: "Yes" }),
      delta({ content: "" }, "stop"),
      counted,
    ],
    {
      content: "Yes",
      reasoning: "Hmm",
      reasoning_details: [
        { type: "reasoning.text", text: "Hmm", format: "anthropic-claude-v1", index: 0, signature: "SIG" },
      ],
    },
  ],
  [
    "Vercel: a summary and its encrypted thinking",
    [
      delta({
        reasoning: "Sum",
        reasoning_details: [
          { type: "reasoning.summary", summary: "Sum", id: "rs_1", format: "openai-responses-v1", index: 0 },
        ],
      }),
      delta({
        reasoning_details: [
          { type: "reasoning.encrypted", data: "ENC", id: "rs_1", format: "openai-responses-v1", index: 0 },
        ],
      }),
      delta({ content: "Yes" }, "stop"),
      counted,
    ],
    {
      content: "Yes",
      reasoning: "Sum",
      reasoning_details: [
        { type: "reasoning.summary", summary: "Sum", id: "rs_1", format: "openai-responses-v1", index: 0 },
        { type: "reasoning.encrypted", data: "ENC", id: "rs_1", format: "openai-responses-v1", index: 0 },
      ],
    },
  ],
  [
    "Mistral: chunks of thinking in the content",
    [
      delta({ content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm" }] }] }),
      delta({ content: [{ type: "text", text: "Yes" }] }),
      delta({ content: "" }, "stop"),
      counted,
    ],
    {
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "Hm" }] },
        { type: "text", text: "Yes" },
      ],
    },
  ],
  [
    "parallel calls with interleaved arguments",
    [
      call(0, { id: "a", type: "function", function: { name: "add", arguments: "" } }),
      call(1, { id: "b", type: "function", function: { name: "mul", arguments: "" } }),
      call(0, { function: { arguments: '{"x":' } }),
      call(1, { function: { arguments: '{"y"' } }),
      call(0, { function: { arguments: " 1}" } }),
      call(1, { function: { arguments: ":2}" } }),
      delta({}, "tool_calls"),
      counted,
    ],
    {
      content: null,
      tool_calls: [
        { id: "a", type: "function", function: { name: "add", arguments: '{"x": 1}' } },
        { id: "b", type: "function", function: { name: "mul", arguments: '{"y":2}' } },
      ],
    },
  ],
  [
    "a custom tool",
    [
      call(0, { id: "a", type: "custom", custom: { name: "shell", input: "ls " } }),
      call(0, { custom: { input: "-l" } }),
      delta({}, "tool_calls"),
      counted,
    ],
    { content: null, tool_calls: [{ id: "a", type: "custom", custom: { name: "shell", input: "ls -l" } }] },
  ],
  [
    "the deprecated function_call",
    [
      delta({ function_call: { name: "f", arguments: "" } }),
      delta({ function_call: { arguments: "{}" } }),
      delta({}, "function_call"),
      counted,
    ],
    { content: null, function_call: { name: "f", arguments: "{}" } },
  ],
  [
    "Google: a call's thought signature",
    [
      call(0, {
        id: "a",
        function: { name: "f", arguments: "{}" },
        extra_content: { google: { thought_signature: "T" } },
      }),
      delta({}, "stop"),
      counted,
    ],
    {
      tool_calls: [
        { id: "a", function: { name: "f", arguments: "{}" }, extra_content: { google: { thought_signature: "T" } } },
      ],
    },
  ],
  [
    "annotations",
    [
      delta({ content: "See" }),
      delta({
        annotations: [
          { type: "url_citation", url_citation: { url: "https://e.com", title: "E", start_index: 0, end_index: 3 } },
        ],
      }),
      delta({}, "stop"),
      counted,
    ],
    {
      content: "See",
      annotations: [
        { type: "url_citation", url_citation: { url: "https://e.com", title: "E", start_index: 0, end_index: 3 } },
      ],
    },
  ],
  [
    "Perplexity: sources beside the choices",
    [
      {
        ...delta({ content: "See" }),
        citations: ["https://e.com"],
        search_results: [{ title: "E", url: "https://e.com" }],
      },
      { ...delta({}, "stop"), citations: ["https://e.com"], search_results: [{ title: "E", url: "https://e.com" }] },
      counted,
    ],
    { content: "See" },
    { citations: ["https://e.com"], search_results: [{ title: "E", url: "https://e.com" }] },
  ],
  [
    "pictures",
    [
      delta({ content: "Look" }),
      delta({ images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }] }),
      delta({}, "stop"),
      counted,
    ],
    { content: "Look", images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }] },
  ],
  [
    "fields that only this dialect has",
    [
      {
        ...delta({ content: "A" }),
        provider: "X",
        system_fingerprint: "fp",
        obfuscation: "zz",
        service_tier: "default",
      },
      delta({}, "stop"),
      counted,
    ],
    { content: "A" },
    { provider: "X", system_fingerprint: "fp", service_tier: "default" },
  ],
];

test.each(PAIRS.map((pair) => ({ name: pair[0], pair })))(
  "$name: the stream collects to the whole answer",
  ({ pair }) => {
    const [, chunks, message, fields] = pair;
    const finish = chunks
      .map((chunk) => JSON.stringify(chunk).match(/"finish_reason":"(\w+)"/)?.[1])
      .find((word) => word !== undefined);
    const body: JsonObject = {
      ...head,
      choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish ?? null }],
      usage,
      ...fields,
    };
    expect(collect(decode(sse([...chunks, DONE])))).toEqual(decodeResponse(body, origin));
  },
);

test("text after a call is a part of its own", () => {
  const parts = partsOf(
    delta({ content: "A" }),
    call(0, { id: "a", function: { name: "f", arguments: "{}" } }),
    delta({ content: "B" }),
    delta({}, "stop"),
    DONE,
  );
  expect(parts.map((part) => (part.type === "text" ? part.text : part.type))).toEqual(["A", "tool-call", "B"]);
});

test("Azure's first chunk has no id; its filter's findings are kept", () => {
  const first = {
    id: "",
    model: "",
    created: 0,
    object: "",
    choices: [],
    prompt_filter_results: [{ prompt_index: 0 }],
  };
  const response = collect(decode(sse([first, delta({ content: "A" }), delta({}, "stop"), DONE])));
  expect(response).toMatchObject({
    id: "chatcmpl-1",
    extensions: { "openai-chat": { prompt_filter_results: [{ prompt_index: 0 }] } },
  });
});

test("log probabilities grow", () => {
  const scored = (token: string): JsonObject => ({
    ...head,
    choices: [{ index: 0, delta: { content: token }, logprobs: { content: [{ token }] }, finish_reason: null }],
  });
  const response = collect(decode(sse([scored("A"), scored("B"), delta({}, "stop"), DONE])));
  expect(response.extensions).toEqual({
    "openai-chat": { choice: { logprobs: { content: [{ token: "A" }, { token: "B" }] } } },
  });
});

test("usage in the choice (Moonshot) and in x_groq is found", () => {
  const inChoice = { ...head, choices: [{ index: 0, delta: {}, finish_reason: "stop", usage }] };
  expect(collect(decode(sse([inChoice, DONE]))).usage).toMatchObject({
    inputTokens: 6,
    cacheReadTokens: 4,
    outputTokens: 5,
  });
  const inGroq = { ...delta({}, "stop"), x_groq: { id: "r", usage } };
  expect(collect(decode(sse([inGroq, DONE]))).usage).toMatchObject({ outputTokens: 5 });
});

describe("endings", () => {
  test("a finish reason without [DONE] is an end", () => {
    expect(partsOf(delta({ content: "A" }), delta({}, "stop"))).toHaveLength(1);
  });

  test("neither is a truncation, also before the first chunk", () => {
    expect(failureOf(delta({ content: "A" }))).toMatchObject({ code: "upstream_truncated" });
    expect(failureOf()).toMatchObject({ code: "upstream_truncated" });
    expect(failureOf(DONE)).toMatchObject({ code: "upstream_truncated" });
  });

  test("a broken line is an invalid answer", () => {
    expect(failureOf(delta({ content: "A" }), '{"id":')).toMatchObject({ code: "upstream_invalid_response" });
    expect(failureOf("[1]")).toMatchObject({ code: "upstream_invalid_response" });
  });

  test.each([
    [{ error: { message: "Overloaded", code: 503 } }, "upstream_overloaded"],
    [
      { error: { message: "slow down", type: "rate_limit_error", code: "rate_limit_exceeded" } },
      "upstream_rate_limited",
    ],
    [
      {
        error: { code: 502, message: "Provider disconnected" },
        choices: [{ index: 0, delta: {}, finish_reason: "error" }],
      },
      "upstream_error",
    ],
    [
      { choices: [{ index: 0, delta: {}, error: { code: 429, message: "slow" }, finish_reason: "error" }] },
      "upstream_rate_limited",
    ],
    [{ object: "error", message: "boom", code: 500 }, "upstream_error"],
    [{ error: "plain words" }, "upstream_error"],
  ])("an error inside the stream: %j", (chunk, code) => {
    expect(failureOf(delta({ content: "A" }), chunk, delta({ content: "B" }), DONE)).toMatchObject({ code });
  });

  test("an event named error", () => {
    const events = decode(`event: error\ndata: {"message":"boom","code":"500"}\n\n`);
    expect(events).toMatchObject([{ type: "response-error", error: { code: "upstream_error", message: "boom" } }]);
  });

  test("comments, CRLF and what follows the end are ignored", () => {
    const text = `: PROCESSING\r\n\r\n${sse([delta({ content: "A" }, "stop"), DONE, delta({ content: "B" })]).replaceAll("\n", "\r\n")}`;
    expect(collect(decode(text)).parts).toEqual([{ type: "text", text: "A" }]);
  });
});
