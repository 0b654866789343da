import {
  type CanonicalRequest,
  type CanonicalResponse,
  explode,
  type FinishReason,
  type Part,
  type StreamEvent,
} from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventCollector } from "./collect-events.ts";
import { type KeptAnswer, readKept, writeKept } from "./kept-answer.ts";
import { asksBeyondItself, asTemplate, replayed, whyNotKept } from "./may-keep.ts";

const origin = { dialect: "openai-chat" } as const;
const text: Part = { type: "text", text: "hi" };
const call: Part = { type: "tool-call", id: "c", name: "f", arguments: "{}" };
const unkeepable: readonly Part[] = [
  { type: "refusal", text: "no" },
  { type: "tool-result", callId: "c", content: [] },
  { type: "web-search", id: "w", queries: [] },
  { type: "unknown", origin, value: {} },
  { type: "text", text: "found", citations: [{ kind: "url", url: "https://example.com/" }] },
  { type: "media", kind: "audio", id: "audio_1", source: { type: "base64", data: "AA==" } },
  { type: "media", kind: "image", source: { type: "url", url: "https://example.com/a.png" } },
  { type: "media", kind: "document", source: { type: "file", id: "f", origin } },
];
const endings: readonly FinishReason["unified"][] = ["length", "content-filter", "refusal", "pause", "error", "other"];

const answer = (parts: readonly Part[], unified: FinishReason["unified"] = "stop"): CanonicalResponse => ({
  id: "answer_1",
  model: "m",
  createdAt: 1,
  parts,
  finishReason: { unified },
  usage: { inputTokens: 5, outputTokens: 7, raw: { a: 1 } },
});

describe("an answer is kept", () => {
  test("when it came to its own end, and not otherwise, whatever it says", () => {
    expect(whyNotKept(answer([text]), { toolCalls: false })).toBeUndefined();
    const parts = fc.array(fc.constantFrom<Part>(text, call, ...unkeepable), { maxLength: 4 });
    fc.assert(
      fc.property(parts, fc.constantFrom(...endings), fc.boolean(), (content, ending, toolCalls) => {
        expect(whyNotKept(answer(content, ending), { toolCalls })).toBeDefined();
      }),
    );
  });

  test("never with a refusal, a provider's own tool, or what its maker keeps", () => {
    const around = fc.array(fc.constantFrom<Part>(text, call), { maxLength: 3 });
    fc.assert(
      fc.property(around, fc.constantFrom(...unkeepable), around, (before, part, after) => {
        expect(whyNotKept(answer([...before, part, ...after]), { toolCalls: true })).toBeDefined();
      }),
    );
  });

  test("with tool calls only where that is asked for", () => {
    for (const unified of ["stop", "tool-calls"] as const) {
      expect(whyNotKept(answer([text, call], unified), { toolCalls: false })).toBe("tool calls");
      expect(whyNotKept(answer([text, call], unified), { toolCalls: true })).toBeUndefined();
    }
  });

  test("not when it says nothing, searched, or weighs its words", () => {
    const policy = { toolCalls: true };
    expect(whyNotKept(answer([]), policy)).toBe("empty");
    expect(whyNotKept(answer([{ type: "text", text: "" }]), policy)).toBe("empty");
    expect(whyNotKept({ ...answer([text]), usage: { webSearches: 1 } }, policy)).toBe("a tool of the provider");
    expect(whyNotKept({ ...answer([text]), extensions: { "openai-chat": { choice: { logprobs: {} } } } }, policy)).toBe(
      "log probabilities",
    );
  });
});

test("a replay has nothing of the first answer's own, and has used nothing", () => {
  const kept = asTemplate(
    answer([
      { ...text, id: "msg_1" },
      { ...call, itemId: "fc_1" },
    ]),
  );
  expect(kept).toEqual({
    model: "m",
    parts: [text, call],
    finishReason: { unified: "stop" },
    usage: { inputTokens: 5, outputTokens: 7 },
  });
  expect(replayed(kept, 9).usage).toEqual({ inputTokens: 0, outputTokens: 0 });
});

test("a replay was done when it is given", () => {
  const done = { ...answer([text]), extensions: { "openai-responses": { completed_at: 5, other: 1 } } };
  expect(replayed(done, 9).extensions).toEqual({ "openai-responses": { completed_at: 9, other: 1 } });
});

test("the items that belong to OpenAI's reasoning keep their ids", () => {
  const linked: readonly Part[] = [
    { type: "reasoning", form: "redacted", text: "", id: "rs_1" },
    { ...text, id: "msg_1" },
  ];
  expect(asTemplate(answer(linked)).parts).toEqual(linked);
});

describe("a request asks for what is not in it", () => {
  const request = (parts: Partial<CanonicalRequest>): CanonicalRequest => ({
    model: "m",
    stream: false,
    instructions: [],
    messages: [],
    tools: [],
    sampling: {},
    ...parts,
  });
  const says = (part: Part) => request({ messages: [{ role: "user", content: [part] }] });
  const url: Part = { type: "media", kind: "image", source: { type: "url", url: "https://example.com/now.png" } };

  test("by a URL, a file or a hosted tool, at any depth", () => {
    expect(asksBeyondItself(says(url))).toBe(true);
    expect(asksBeyondItself(says({ type: "tool-result", callId: "c", content: [url] }))).toBe(true);
    expect(asksBeyondItself(says({ type: "media", kind: "document", source: { type: "parts", parts: [url] } }))).toBe(
      true,
    );
    expect(asksBeyondItself(request({ tools: [{ type: "hosted", dialect: "gemini", definition: {} }] }))).toBe(true);
  });

  test("and not by its own words", () => {
    expect(asksBeyondItself(says(text))).toBe(false);
    expect(asksBeyondItself(says({ type: "media", kind: "image", source: { type: "base64", data: "AA==" } }))).toBe(
      false,
    );
    expect(asksBeyondItself(request({ tools: [{ type: "function", name: "f" }] }))).toBe(false);
  });
});

describe("a stream is collected", () => {
  const heard = (events: Iterable<StreamEvent>, limit = 10_000) => {
    const collector = eventCollector(limit);
    for (const event of events) collector.push([event]);
    return collector.response();
  };
  const streamed = (words: readonly string[]): readonly StreamEvent[] => [
    { type: "response-start", id: "a" },
    { type: "part-start", index: 0, part: { type: "text", text: "" } },
    ...words.map((word): StreamEvent => ({ type: "part-delta", index: 0, delta: { type: "text", text: word } })),
    { type: "part-end", index: 0 },
    { type: "response-end", finishReason: { unified: "stop" } },
  ];

  test("to the answer that it came from", () => {
    const whole = answer([text, call, { type: "reasoning", form: "full", text: "hm" }]);
    expect(heard(explode(whole))).toEqual(whole);
    expect(heard(streamed(["a", "b", "c"]))?.parts).toEqual([{ type: "text", text: "abc" }]);
  });

  test("to nothing without its end, after an error, or beyond its bound", () => {
    const events = streamed(["a"]);
    expect(heard(events.slice(0, -1))).toBeUndefined();
    expect(heard([...events, ...events])).toBeUndefined();
    expect(heard(streamed(Array.from({ length: 200 }, () => "0123456789")), 1_000)).toBeUndefined();
    expect(heard(streamed(Array.from({ length: 20_000 }, () => "a")), 30_000)?.parts).toHaveLength(1);
  });
});

test("what is written of an entry is read again, and nothing else is", () => {
  const kept: KeptAnswer = {
    tenant: "key:a",
    exact: "d",
    response: asTemplate(answer([text])),
    losses: { dropped: [], adapted: [] },
    guardrails: [{ guard: "pii", where: "input", action: "flag", flagged: true, kinds: { email: 1 } }],
    provider: "p",
    place: "here",
    model: "m",
    createdAt: 5,
    ttlSeconds: 60,
  };
  const written = writeKept(kept);
  expect(readKept(written)).toMatchObject(kept);
  for (const other of [
    "",
    "null",
    "{}",
    written.slice(0, -1),
    // Of before verdicts were kept.
    written.replace('"form":2', '"form":1'),
    written.replace('"guardrails":[', '"guardrails":[null,'),
    written.replace('"parts":[', '"parts":[null,'),
    written.replace('"dropped":[],', ""),
  ]) {
    expect(readKept(other)).toBeUndefined();
  }
});
