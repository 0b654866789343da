import { describe, expect, test } from "vitest";
import { utf8Encoder } from "../../encoding.ts";
import { collect, explode } from "../../ir/collect.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part, SearchPart } from "../../ir/parts.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectsOf } from "../../json/read.ts";
import { formatSse } from "../../sse/format.ts";
import { parseSse } from "../../sse/parse.ts";
import { compose, runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { openaiResponses } from "./index.ts";

const origin = { dialect: "openai-responses", provider: "openai" } as const;
const contextOf = (): AnswerContext => ({
  request: { model: "m", stream: true, instructions: [], messages: [], tools: [], sampling: {} },
  model: "m",
  uniqueId: "u1",
  now: 1,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});

const answerOf = (parts: readonly Part[]): CanonicalResponse => ({
  id: "resp_1",
  model: "m",
  parts,
  finishReason: { unified: "stop" },
});

const found: SearchPart = {
  type: "web-search",
  id: "s-1",
  queries: ["weather"],
  results: [{ url: "https://a.org", title: "A", text: "Rain." }],
};
const text: Part = {
  type: "text",
  text: "🙂 Rain.",
  citations: [{ kind: "url", url: "https://a.org", title: "A", start: 3, end: 7 }],
};

const eventsOf = (parts: readonly Part[], context = contextOf()): readonly JsonObject[] =>
  runAll(openaiResponses.encodeStream(context), explode(answerOf(parts))).map(
    ({ data }) => parseJsonObject(data) ?? {},
  );

const outputOf = (parts: readonly Part[], context = contextOf()) =>
  objectsOf(openaiResponses.encodeResponse(answerOf(parts), context)["output"]);

const item = {
  id: "ws_sbx1_s_1",
  type: "web_search_call",
  status: "completed",
  action: { type: "search", query: "weather", sources: [{ type: "url", url: "https://a.org" }] },
};

describe("a search that another ran", () => {
  test("is announced, runs and is done, as OpenAI tells it", () => {
    const context = contextOf();
    const at = { output_index: 0, item_id: item.id };
    expect(eventsOf([found, text], context).slice(2, 7)).toMatchObject([
      { type: "response.output_item.added", item: { id: item.id, type: "web_search_call", status: "in_progress" } },
      { type: "response.web_search_call.in_progress", ...at },
      { type: "response.web_search_call.searching", ...at },
      { type: "response.web_search_call.completed", ...at },
      { type: "response.output_item.done", output_index: 0, item },
    ]);
    expect(context.losses.report()).toMatchObject({
      dropped: [],
      adapted: [
        { feature: "web-search-results", detail: "Of a search of the web these were not told: titles, texts." },
      ],
    });
  });

  test("is one item in the whole answer, with the citations in UTF-16", () => {
    const [search, message] = outputOf([found, text]);
    expect(search).toEqual(item);
    expect(message).toMatchObject({
      content: [{ annotations: [{ type: "url_citation", url: "https://a.org", start_index: 3, end_index: 7 }] }],
    });
  });

  test("whose call and results were told apart keeps the call's place, and is not done before", () => {
    const call: Part = { type: "web-search", id: "a", half: "call", queries: ["weather"] };
    const results: Part = { type: "web-search", id: "a", half: "results", queries: [], results: found.results ?? [] };
    const between: Part = { type: "text", text: "Hm." };
    const events = eventsOf([call, between, results, text]);
    const told = events.filter(({ output_index }) => output_index === 0).map(({ type }) => type);
    expect(told).toEqual([
      "response.output_item.added",
      "response.web_search_call.in_progress",
      "response.web_search_call.searching",
      "response.web_search_call.completed",
      "response.output_item.done",
    ]);
    const completed = events.findIndex(({ type }) => type === "response.web_search_call.completed");
    const said = events.findIndex(({ type, delta }) => type === "response.output_text.delta" && delta === "Hm.");
    expect(completed).toBeGreaterThan(said);
    const output = outputOf([call, between, results, text]);
    expect(output.map(({ type }) => type)).toEqual(["web_search_call", "message"]);
    expect(output[0]).toEqual({ ...item, id: "ws_sbx1_a" });
  });

  test("that the answer ended without is still in progress, and one that failed says so", () => {
    expect(outputOf([{ type: "web-search", id: "a", half: "call", queries: ["q"] }])).toMatchObject([
      { type: "web_search_call", status: "in_progress", action: { query: "q" } },
    ]);
    const failed: Part = { type: "web-search", id: "a", queries: ["q"], error: "unavailable" };
    expect(outputOf([failed])).toMatchObject([{ type: "web_search_call", status: "failed" }]);
    expect(eventsOf([failed]).map(({ type }) => type)).not.toContain("response.web_search_call.completed");
  });

  test("comes back from the client without its maker, and goes on in words", () => {
    const request = openaiResponses.decodeRequest(
      { model: "m", input: [{ role: "user", content: "weather?" }, item, { role: "assistant", content: "Rain." }] },
      {},
    );
    expect(request.messages[1]?.content[0]).toEqual({
      type: "web-search",
      id: "s_1",
      queries: ["weather"],
      results: [{ url: "https://a.org" }],
    });
    const { body } = openaiResponses.encodeRequest(request, { provider: "openai", model: "m", quirks: {} });
    expect(JSON.stringify(body["input"])).not.toContain("web_search_call");
    expect(JSON.stringify(body["input"])).toContain("Searched for: weather");
  });
});

describe("OpenAI's own search", () => {
  const own = { ...item, id: "ws_1", action: { ...item.action, queries: ["weather", "rain"] } };
  const opened = { id: "ws_2", type: "web_search_call", status: "completed", action: { type: "open_page", url: "u" } };

  test("comes back as it was, streamed in any pieces or whole, and so do pages that were opened", () => {
    const wire = { id: "resp_1", object: "response", status: "completed", model: "m", output: [own, opened] };
    const response = openaiResponses.decodeResponse(wire, origin);
    expect(response.parts).toEqual([
      {
        type: "web-search",
        id: "ws_1",
        queries: ["weather", "rain"],
        results: [{ url: "https://a.org" }],
        raw: { origin, value: own },
      },
      { type: "unknown", origin, value: opened },
    ]);
    expect(openaiResponses.encodeResponse(response, contextOf())["output"]).toEqual([own, opened]);
    const messages = runAll(openaiResponses.encodeStream(contextOf()), explode(response));
    const bytes = utf8Encoder.encode(messages.map(formatSse).join(""));
    const read = (chunks: readonly Uint8Array[]) =>
      runAll(compose(parseSse(), openaiResponses.decodeStream(origin)), chunks);
    const events = read([bytes]);
    expect(grammarViolation(events)).toBeUndefined();
    expect(collect(events).parts).toEqual(response.parts);
    for (let cut = 1; cut < bytes.length; cut += 7) {
      expect(read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(events);
    }
  });

  test("is sent back to its own house as it was, and to no other", () => {
    const request = openaiResponses.decodeRequest({ model: "m", input: [own] }, {});
    const again = openaiResponses.encodeRequest(request, { provider: "openai", model: "m", quirks: {} });
    expect(again.body["input"]).toEqual([own]);
    expect([again.dropped, again.adapted]).toEqual([[], []]);
  });
});

test("a citation of the whole text that comes before it, as Anthropic's do, is placed when the text is known", () => {
  const citation = { kind: "url", url: "https://a.org", title: "A", citedText: "Rain all day" } as const;
  const stream = openaiResponses.encodeStream(contextOf());
  const events = runAll(stream, [
    { type: "response-start" },
    { type: "part-start", index: 0, part: { type: "text", text: "" } },
    { type: "part-delta", index: 0, delta: { type: "citation", citation } },
    { type: "part-delta", index: 0, delta: { type: "text", text: "Rain." } },
    { type: "part-end", index: 0 },
    { type: "response-end", finishReason: { unified: "stop" } },
  ]).map(({ data }) => parseJsonObject(data) ?? {});
  const added = events.filter(({ type }) => type === "response.output_text.annotation.added");
  expect(added).toMatchObject([{ annotation: { type: "url_citation", start_index: 0, end_index: 5 } }]);
  expect(events.find(({ type }) => type === "response.content_part.done")).toMatchObject({
    part: { annotations: [{ url: "https://a.org" }] },
  });
});
