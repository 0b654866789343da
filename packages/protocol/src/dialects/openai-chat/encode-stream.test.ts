import { describe, expect, test } from "vitest";
import { collect, explode } from "../../ir/collect.ts";
import { ERROR_CODES, GatewayError } from "../../ir/errors.ts";
import type { CanonicalResponse, StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonValue } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { arrayOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import { runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";

const request: CanonicalRequest = {
  model: "public",
  stream: true,
  instructions: [],
  messages: [],
  tools: [],
  sampling: {},
};
const contextOf = (fields: Partial<CanonicalRequest> = {}): AnswerContext => ({
  request: { ...request, ...fields },
  model: "public",
  uniqueId: "u1",
  now: 1700000000,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});
const origin = { dialect: "openai-chat", provider: "p", model: "m" } as const;
const claude = { dialect: "anthropic-messages", provider: "anthropic", model: "c" } as const;

const answer = (...parts: readonly Part[]): CanonicalResponse => ({
  id: "r1",
  model: "public",
  createdAt: 1700000001,
  parts,
  finishReason: { unified: parts.some((part) => part.type === "tool-call") ? "tool-calls" : "stop" },
  usage: { inputTokens: 6, cacheReadTokens: 4, outputTokens: 5, reasoningTokens: 2 },
});
const streamed = (response: CanonicalResponse, context = contextOf({ streamUsage: true })) =>
  runAll(encodeStream(context), explode(response));
const chunksOf = (messages: readonly SseMessage[]) => messages.map((message) => parseJsonObject(message.data) ?? {});
const deltasOf = (messages: readonly SseMessage[]) =>
  chunksOf(messages).flatMap((chunk) => objectsOf(chunk["choices"]).map((choice) => objectOf(choice["delta"]) ?? {}));
const withoutRaw = ({ usage, finishReason, ...rest }: CanonicalResponse) => {
  const { raw: _, ...counts } = usage ?? {};
  return { ...rest, usage: counts, finishReason: finishReason.unified };
};

const thought: Part = { type: "reasoning", form: "full", text: "Hmm", opaque: { origin: claude, data: "SIG" } };
const f: Part = { type: "tool-call", id: "a", name: "f", arguments: '{"x": 1}' };

const ANSWERS: Readonly<Record<string, readonly Part[]>> = {
  text: [{ type: "text", text: "Hi" }],
  "plain thinking": [
    { type: "reasoning", form: "full", text: "Hm", opaque: { origin, data: "" } },
    { type: "text", text: "Hi" },
  ],
  "own entries": [
    {
      type: "reasoning",
      form: "summary",
      text: "Hm",
      opaque: { origin, data: '{"format":"x","index":0,"type":"reasoning.summary"}' },
    },
    {
      type: "reasoning",
      form: "redacted",
      text: "",
      opaque: { origin, data: '{"data":"E","format":"x","index":1,"type":"reasoning.encrypted"}' },
    },
  ],
  "another dialect's thinking": [
    thought,
    { type: "reasoning", form: "redacted", text: "", opaque: { origin: claude, data: "RED" } },
    {
      type: "reasoning",
      form: "summary",
      text: "Sum",
      id: "rs_1",
      opaque: { origin: { dialect: "openai-responses" }, data: "ENC", id: "rs_1" },
    },
  ],
  "parallel calls": [{ type: "text", text: "Let me" }, f, { ...f, id: "b", arguments: "{}" }],
  "calls with values": [
    thought,
    { ...f, opaque: { origin: { dialect: "gemini", provider: "g", model: "g3" }, data: "TS" } },
    { ...f, id: "b" },
  ],
  "own call value": [{ ...f, opaque: { origin, data: '{"google":{"thought_signature":"T"}}' } }],
  refusal: [{ type: "refusal", text: "No." }],
  citations: [
    {
      type: "text",
      text: "See",
      citations: [{ kind: "url", url: "https://e.com", raw: { dialect: "openai-chat", value: "https://e.com" } }],
    },
  ],
  "sound by its name": [{ type: "unknown", origin, value: { type: "audio", audio: { id: "au", transcript: "Hi" } } }],
  image: [{ type: "media", kind: "image", mediaType: "image/png", source: { type: "base64", data: "AA" } }],
};

test.each(Object.entries(ANSWERS))("%s: comes back from stream and from body", (_name, parts) => {
  const unified = parts.some((part) => part.type === "refusal") ? ("refusal" as const) : undefined;
  const plain = answer(...parts);
  const response = unified === undefined ? plain : { ...plain, finishReason: { unified } };
  const events = runAll(decodeStream(origin), streamed(response));
  expect(grammarViolation(events)).toBeUndefined();
  expect(withoutRaw(collect(events))).toEqual(withoutRaw(response));
  expect(withoutRaw(decodeResponse(encodeResponse(response, contextOf()), origin))).toEqual(withoutRaw(response));
});

test("the frame of a stream", () => {
  const messages = streamed(answer({ type: "text", text: "Hi" }));
  expect(messages.at(-1)).toEqual({ data: "[DONE]" });
  expect(chunksOf(messages.slice(0, -1))).toEqual(
    [
      {
        choices: [
          { index: 0, delta: { role: "assistant", content: "", refusal: null }, logprobs: null, finish_reason: null },
        ],
      },
      { choices: [{ index: 0, delta: { content: "Hi" }, logprobs: null, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }] },
      {
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          total_tokens: 15,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens_details: { reasoning_tokens: 2 },
        },
      },
    ].map((chunk) => ({
      id: "r1",
      object: "chat.completion.chunk",
      created: 1700000001,
      model: "public",
      usage: null,
      ...chunk,
    })),
  );
});

test("usage is shown to a client that asked for it", () => {
  expect(JSON.stringify(streamed(answer(), contextOf()))).not.toContain("usage");
});

test("overlapping calls keep their own index", () => {
  const events: readonly StreamEvent[] = [
    { type: "response-start" },
    { type: "part-start", index: 0, part: { ...f, arguments: "" } },
    { type: "part-start", index: 1, part: { ...f, id: "b", arguments: "" } },
    { type: "part-delta", index: 1, delta: { type: "arguments", text: "{}" } },
    { type: "part-delta", index: 0, delta: { type: "arguments", text: "{" } },
    { type: "part-delta", index: 0, delta: { type: "arguments", text: "}" } },
    { type: "part-end", index: 0 },
    { type: "part-end", index: 1 },
    { type: "response-end", finishReason: { unified: "tool-calls" } },
  ];
  const messages = runAll(encodeStream(contextOf()), events);
  expect(collect(runAll(decodeStream(origin), messages)).parts).toMatchObject([
    { id: "b", arguments: "{}" },
    { id: "a", arguments: "{}" },
  ]);
  const indexes = deltasOf(messages).flatMap((delta) => objectsOf(delta["tool_calls"]).map((call) => call["index"]));
  // Index 1 before 0 would make OpenAI's Python SDK, which inserts what it has not seen at its index, mix the two.
  expect(indexes).toEqual([0, 0, 1, 1, 1]);
});

describe("values in tool-call ids", () => {
  const returned = (response: CanonicalResponse, stream: boolean): readonly Part[] => {
    const calls = stream
      ? deltasOf(streamed(response)).flatMap((delta) => objectsOf(delta["tool_calls"]))
      : objectsOf(
          objectOf(objectsOf(encodeResponse(response, contextOf())["choices"])[0]?.["message"])?.["tool_calls"],
        );
    const argumentsOf = (index: JsonValue | undefined) =>
      calls.flatMap((call) =>
        call["index"] === index ? (stringOf(objectOf(call["function"])?.["arguments"]) ?? []) : [],
      );
    const started = calls
      .filter((call) => stringOf(call["id"]) !== undefined)
      .map((call) => ({
        ...call,
        function: { ...objectOf(call["function"]), arguments: argumentsOf(call["index"]).join("") },
      }));
    const message = { role: "assistant", content: null, tool_calls: started };
    return decodeRequest({ model: "m", messages: [message] }, {}).messages[0]?.content ?? [];
  };

  test.each([true, false])(
    "a client that returns only calls brings back thinking and signatures (stream: %s)",
    (stream) => {
      const gemini = { origin: { dialect: "gemini", provider: "g", model: "g3" }, data: "TS" } as const;
      const call: Part = { ...f, opaque: gemini };
      expect(returned(answer(thought, { type: "text", text: "Let me" }, call), stream)).toEqual([thought, call]);
    },
  );

  test("a client that keeps only the last entry of a stream still brings back text and signature", () => {
    const [last] = deltasOf(streamed(answer(thought)))
      .flatMap((delta) => objectsOf(delta["reasoning_details"]))
      .slice(-1);
    const message = { role: "assistant", content: "", reasoning_content: "Hmm", reasoning_details: [last ?? {}] };
    expect(decodeRequest({ model: "m", messages: [message] }, {}).messages[0]?.content).toEqual([thought]);
  });

  test("a value that comes before the first arguments is in time", () => {
    const gemini = { origin: { dialect: "gemini" }, data: "TS" } as const;
    const events: readonly StreamEvent[] = [
      { type: "response-start" },
      { type: "part-start", index: 0, part: { ...f, arguments: "" } },
      { type: "part-delta", index: 0, delta: { type: "opaque", opaque: gemini } },
      { type: "part-delta", index: 0, delta: { type: "arguments", text: "{}" } },
      { type: "part-end", index: 0 },
      { type: "response-end", finishReason: { unified: "tool-calls" } },
    ];
    const messages = runAll(encodeStream(contextOf()), events);
    expect(collect(runAll(decodeStream(origin), messages)).parts).toMatchObject([{ id: "a", opaque: gemini }]);
  });

  test("an id does not grow beyond bounds", () => {
    const context = contextOf();
    const long: Part = { ...f, opaque: { origin: claude, data: "x".repeat(40000) } };
    const body = JSON.stringify(encodeResponse(answer(long), context));
    expect(body).toContain('"id":"a"');
    expect(context.losses.report().dropped).toMatchObject([{ feature: "opaque-value" }]);
  });
});

describe("the form in which a client expects calls", () => {
  const shell = { type: "function", name: "shell", input: "text" } as const;
  const wrapped: Part = { type: "tool-call", id: "a", name: "shell", arguments: '{"input":"ls -l"}' };

  test("custom tools get free text back", () => {
    const context = contextOf({ tools: [shell] });
    const calls = deltasOf(streamed(answer(wrapped), context)).flatMap((delta) => objectsOf(delta["tool_calls"]));
    expect(calls).toEqual([
      { index: 0, id: "a", type: "custom", custom: { name: "shell", input: "" } },
      { index: 0, custom: { input: "ls -l" } },
    ]);
    expect(JSON.stringify(encodeResponse(answer(wrapped), context))).toContain(
      '"custom":{"name":"shell","input":"ls -l"}',
    );
  });

  test("clients of the deprecated functions get function_call", () => {
    const { tools } = decodeRequest({ model: "m", messages: [], functions: [{ name: "f" }] }, {});
    const context = contextOf({ tools });
    const body = encodeResponse(answer(f, { ...f, id: "b" }), context);
    expect(arrayOf(body["choices"])).toMatchObject([
      { message: { function_call: { name: "f", arguments: '{"x": 1}' } }, finish_reason: "function_call" },
    ]);
    expect(context.losses.report().dropped).toMatchObject([{ feature: "parallel-tool-calls" }]);
    expect(JSON.stringify(streamed(answer(f), context))).toContain("function_call");
  });

  test("a call without an id gets one", () => {
    expect(JSON.stringify(encodeResponse(answer({ ...f, id: "" }), contextOf()))).toContain('"id":"call_u1"');
  });
});

test("what the wire cannot hold is reported", () => {
  const context = contextOf();
  const parts: readonly Part[] = [
    { type: "unknown", origin: claude, value: { type: "server_tool_use" } },
    { type: "tool-result", callId: "x", content: [] },
    { type: "text", text: "See", citations: [{ kind: "document", documentIndex: 0, citedText: "x" }] },
  ];
  streamed(answer(...parts), context);
  const reported = context.losses.report().dropped.map((loss) => loss.feature);
  encodeResponse(answer(...parts), context);
  expect(reported).toEqual(["answer-part", "answer-part", "citation"]);
  expect(context.losses.report().dropped.map((loss) => loss.feature)).toEqual(reported);
});

const encodedAnnotations = (response: CanonicalResponse) => {
  const [choice] = objectsOf(encodeResponse(response, contextOf())["choices"]);
  return { annotations: objectOf(choice?.["message"])?.["annotations"] };
};

test("offsets of citations count from the beginning of the message", () => {
  const cited: Part = {
    type: "text",
    text: "def",
    citations: [{ kind: "url", url: "https://e.com", start: 0, end: 3 }],
  };
  const expected = {
    annotations: [{ type: "url_citation", url_citation: { start_index: 3, end_index: 6, title: "https://e.com" } }],
  };
  const response = answer({ type: "text", text: "abc" }, cited);
  expect(arrayOf(encodeResponse(response, contextOf())["choices"])).toMatchObject([{ message: expected }]);
  expect(deltasOf(streamed(response))).toContainEqual(encodedAnnotations(response));
});

test.each(ERROR_CODES)("a failure (%s) is the last thing that the client sees", (code) => {
  const messages = runAll(encodeStream(contextOf()), [
    { type: "response-start" },
    { type: "response-error", error: new GatewayError(code, "It broke.") },
  ]);
  expect(messages).toHaveLength(2);
  expect(chunksOf(messages)[1]).toMatchObject({ error: { message: "It broke.", param: null } });
});

test("all citations of a stream stand in one list, however many texts have them", () => {
  const cited = (url: string): Part => ({
    type: "text",
    text: "abc",
    citations: [{ kind: "url", url, start: 0, end: 3 }],
  });
  const lists = deltasOf(streamed(answer(cited("https://a.org"), cited("https://b.org")))).flatMap((delta) =>
    delta["annotations"] === undefined ? [] : [delta["annotations"]],
  );
  expect(lists).toMatchObject([
    [{ url_citation: { url: "https://a.org" } }, { url_citation: { url: "https://b.org", start_index: 3 } }],
  ]);
});

test("a call is announced before its arguments, also where they are known from the beginning", () => {
  const calls = deltasOf(streamed(answer({ type: "tool-call", id: "c", name: "f", arguments: '{"x":1}' }))).flatMap(
    (delta) => objectsOf(delta["tool_calls"]),
  );
  expect(calls.map((call) => objectOf(call["function"])?.["arguments"])).toEqual(["", '{"x":1}']);
});
