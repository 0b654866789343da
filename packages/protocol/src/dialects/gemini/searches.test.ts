import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8Encoder } from "../../encoding.ts";
import { collect, explode } from "../../ir/collect.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Citation, Part, SearchPart } from "../../ir/parts.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf, objectsOf } from "../../json/read.ts";
import { formatSse } from "../../sse/format.ts";
import { parseSse } from "../../sse/parse.ts";
import { compose, runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { gemini } from "./index.ts";

const origin = { dialect: "gemini", provider: "google", model: "gemini-3-pro" } as const;
const contextOf = (): AnswerContext => ({
  request: { model: "m", stream: true, instructions: [], messages: [], tools: [], sampling: {} },
  model: "m",
  uniqueId: "u1",
  now: 1,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});

const answerOf = (parts: readonly Part[]): CanonicalResponse => ({
  id: "r1",
  model: "m",
  parts,
  finishReason: { unified: "stop" },
});

const groundingOf = (body: JsonObject): JsonObject =>
  objectOf(objectsOf(body["candidates"])[0]?.["groundingMetadata"]) ?? {};

/** What a client of the stream reads, its bytes cut in two wherever they may be. */
function streamed(response: CanonicalResponse, context = contextOf()): CanonicalResponse {
  const bytes = utf8Encoder.encode(runAll(gemini.encodeStream(context), explode(response)).map(formatSse).join(""));
  const read = (chunks: readonly Uint8Array[]) => runAll(compose(parseSse(), gemini.decodeStream(origin)), chunks);
  const events = read([bytes]);
  expect(grammarViolation(events)).toBeUndefined();
  for (let cut = 1; cut < bytes.length; cut += 1) {
    expect(read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(events);
  }
  return collect(events);
}

const pieces = fc
  .array(fc.constantFrom("a", "é", "日", "🙂", "👩‍👩‍👧", " "), { minLength: 1, maxLength: 12 })
  .map((words) => words.join(""));

describe("places in a text", () => {
  test("are counted in bytes on the wire and come back as they were", () => {
    fc.assert(
      fc.property(pieces, fc.nat(), fc.nat(), (text, from, to) => {
        const borders = [0];
        for (const letter of text) borders.push((borders.at(-1) ?? 0) + letter.length);
        const [start = 0, end = 0] = [from, to]
          .map((at) => borders[at % borders.length] ?? 0)
          .toSorted((a, b) => a - b);
        fc.pre(start < end);
        const citation: Citation = { kind: "url", url: "https://e.org", title: "E", start, end };
        const response = answerOf([{ type: "text", text, citations: [citation] }]);
        const whole = gemini.encodeResponse(response, contextOf());
        const [support] = objectsOf(groundingOf(whole)["groundingSupports"]);
        const { startIndex, endIndex } = objectOf(support?.["segment"]) ?? {};
        const bytes = utf8Encoder.encode(text).subarray(Number(startIndex), Number(endIndex));
        expect(bytes).toEqual(utf8Encoder.encode(text.slice(start, end)));
        expect(gemini.decodeResponse(whole, origin).parts).toEqual(response.parts);
      }),
    );
  });

  test("stand in the part of the content that they are of, whatever stands before it", () => {
    const request = { ...contextOf().request, reasoning: { summary: "auto" } } as const;
    const parts: readonly Part[] = [
      { type: "reasoning", form: "full", text: "Hm." },
      { type: "text", text: "" },
      { type: "text", text: "🙂 Rain.", citations: [{ kind: "url", url: "https://a.org", start: 3, end: 8 }] },
    ];
    const whole = gemini.encodeResponse(answerOf(parts), { ...contextOf(), request });
    expect(objectsOf(groundingOf(whole)["groundingSupports"])[0]).toMatchObject({
      segment: { partIndex: 1, startIndex: 5, endIndex: 10, text: "Rain." },
    });
  });

  test("are of all the text of a stream, whose pieces are of no part", () => {
    const citations = [{ kind: "url", url: "https://a.org", title: "A", start: 0, end: 5 }] as const;
    const texts: readonly Part[] = [
      { type: "text", text: "🙂 " },
      { type: "text", text: "Rain.", citations },
    ];
    const chunks = runAll(gemini.encodeStream(contextOf()), explode(answerOf(texts)));
    const last = parseJsonObject(chunks.at(-1)?.data ?? "") ?? {};
    expect(objectsOf(groundingOf(last)["groundingSupports"])[0]).toMatchObject({
      segment: { startIndex: 5, endIndex: 10, text: "Rain." },
    });
    expect(last).not.toMatchObject({
      candidates: [{ groundingMetadata: { groundingSupports: [{ segment: { partIndex: 1 } }] } }],
    });
    expect(streamed(answerOf(texts)).parts).toEqual([
      { type: "text", text: "🙂 Rain.", citations: [{ ...citations[0], start: 3, end: 8 }] },
    ]);
  });

  test("are the whole text where a citation has none", () => {
    const part: Part = { type: "text", text: "né 🙂", citations: [{ kind: "url", url: "https://e.org" }] };
    const { groundingSupports } = groundingOf(gemini.encodeResponse(answerOf([part]), contextOf()));
    expect(groundingSupports).toEqual([
      { segment: { startIndex: 0, endIndex: 8, text: "né 🙂" }, groundingChunkIndices: [0] },
    ]);
  });
});

const text: Part = {
  type: "text",
  text: "Rain.",
  citations: [{ kind: "url", url: "https://a.org", title: "A", start: 0, end: 4 }],
};
const found: SearchPart = {
  type: "web-search",
  id: "s1",
  queries: ["weather"],
  results: [
    { url: "https://a.org", title: "A", text: "Rain all day." },
    { url: "https://b.org", title: "B" },
  ],
};

describe("a search that another ran", () => {
  test("is the answer's grounding: its queries, what was cited and what else was found", () => {
    const context = contextOf();
    expect(groundingOf(gemini.encodeResponse(answerOf([found, text]), context))).toEqual({
      webSearchQueries: ["weather"],
      groundingChunks: [{ web: { uri: "https://a.org", title: "A" } }, { web: { uri: "https://b.org", title: "B" } }],
      groundingSupports: [{ segment: { startIndex: 0, endIndex: 4, text: "Rain" }, groundingChunkIndices: [0] }],
    });
    expect(context.losses.report()).toMatchObject({
      dropped: [],
      adapted: [{ feature: "web-search-results", detail: expect.stringContaining("texts") }],
    });
  });

  test("stands in the last chunk of a stream", () => {
    expect(streamed(answerOf([found, text])).parts).toEqual([
      text,
      {
        type: "web-search",
        id: "r1",
        queries: ["weather"],
        results: [
          { url: "https://a.org", title: "A" },
          { url: "https://b.org", title: "B" },
        ],
      },
    ]);
  });

  test("is one of both its halves, and one that failed is told as lost", () => {
    const context = contextOf();
    const halves: readonly Part[] = [
      { type: "web-search", id: "s1", half: "call", queries: ["weather"] },
      { type: "web-search", id: "s1", half: "results", queries: [], error: "unavailable" },
    ];
    const grounding = groundingOf(gemini.encodeResponse(answerOf([...halves, text]), context));
    expect(grounding["webSearchQueries"]).toEqual(["weather"]);
    expect(context.losses.report().dropped).toMatchObject([{ feature: "web-search-results" }]);
  });
});

test("Google's own grounding is shown as it came", () => {
  const groundingMetadata = {
    webSearchQueries: ["weather"],
    searchEntryPoint: { renderedContent: "<div>" },
    groundingChunks: [{ web: { uri: "https://a.org", title: "A", domain: "a.org" } }],
    groundingSupports: [
      { segment: { endIndex: 4, text: "Rain" }, groundingChunkIndices: [0], confidenceScores: [0.9] },
    ],
  };
  const wire = {
    candidates: [{ content: { role: "model", parts: [{ text: "Rain." }] }, finishReason: "STOP", groundingMetadata }],
    responseId: "r1",
    modelVersion: "m",
  };
  const response = gemini.decodeResponse(wire, origin);
  expect(response.parts.map(({ type }) => type)).toEqual(["text", "web-search"]);
  const context = contextOf();
  expect(groundingOf(gemini.encodeResponse(response, context))).toEqual(groundingMetadata);
  expect(context.losses.report()).toEqual({ dropped: [], adapted: [] });
});

test.each([
  ["gemini-2.5-flash", 1],
  ["gemini-3-pro", 2],
  [undefined, 2],
])("searches of %s are counted as they are billed: %i", (model, webSearches) => {
  const wire = {
    candidates: [
      {
        content: { role: "model", parts: [{ text: "x" }] },
        finishReason: "STOP",
        groundingMetadata: { webSearchQueries: ["one", "two"] },
      },
    ],
    usageMetadata: { promptTokenCount: 1 },
  };
  const from = { dialect: "gemini", ...(model === undefined ? {} : { model }) } as const;
  expect(gemini.decodeResponse(wire, from).usage).toMatchObject({ webSearches });
});
