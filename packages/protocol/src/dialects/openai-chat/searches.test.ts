import { expect, test } from "vitest";
import type { StreamEvent } from "../../ir/events.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part, SearchPart } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf, objectsOf } from "../../json/read.ts";
import { runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { openaiChat } from "./index.ts";

const contextOf = (): AnswerContext => ({
  request: { model: "m", stream: true, instructions: [], messages: [], tools: [], sampling: {}, streamUsage: true },
  model: "m",
  uniqueId: "u1",
  now: 1,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});

const found: SearchPart = {
  type: "web-search",
  id: "s1",
  queries: ["weather"],
  results: [{ url: "https://a.org", title: "A", text: "Rain." }],
};
const texts: readonly Part[] = [
  { type: "text", text: "🙂 " },
  { type: "text", text: "Rain.", citations: [{ kind: "url", url: "https://a.org", title: "A" }] },
  { type: "text", text: " Sun.", citations: [{ kind: "url", url: "https://b.org", title: "B", start: 1, end: 4 }] },
];
const annotations = [
  { type: "url_citation", url_citation: { url: "https://a.org", title: "A", start_index: 3, end_index: 8 } },
  { type: "url_citation", url_citation: { url: "https://b.org", title: "B", start_index: 9, end_index: 12 } },
];

test("a search is told by its citations, in the whole message's UTF-16, and the rest is recorded", () => {
  const context = contextOf();
  const response = { parts: [found, ...texts], finishReason: { unified: "stop" }, usage: { webSearches: 2 } } as const;
  const body = openaiChat.encodeResponse({ ...response, usage: { ...response.usage, inputTokens: 1 } }, context);
  expect(objectsOf(body["choices"])[0]?.["message"]).toMatchObject({ content: "🙂 Rain. Sun.", annotations });
  expect(body["usage"]).toMatchObject({ server_tool_use: { web_search_requests: 2 } });
  expect(context.losses.report()).toMatchObject({
    dropped: [],
    adapted: [
      {
        feature: "web-search-results",
        detail: "Of a search of the web these were not told: that it was made, queries, pages, titles, texts.",
      },
    ],
  });
});

test("a stream says the same, also of citations that come before their text", () => {
  const events: readonly StreamEvent[] = [
    { type: "response-start" },
    { type: "part-start", index: 0, part: found },
    { type: "part-end", index: 0 },
    ...texts.flatMap((part, at): readonly StreamEvent[] => [
      { type: "part-start", index: at + 1, part: { type: "text", text: "" } },
      ...(part.type === "text" ? (part.citations ?? []) : []).map(
        (citation) => ({ type: "part-delta", index: at + 1, delta: { type: "citation", citation } }) as const,
      ),
      { type: "part-delta", index: at + 1, delta: { type: "text", text: "text" in part ? (part.text ?? "") : "" } },
      { type: "part-end", index: at + 1 },
    ]),
    { type: "response-end", finishReason: { unified: "stop" } },
  ];
  const chunks = runAll(openaiChat.encodeStream(contextOf()), events).map(({ data }) => parseJsonObject(data) ?? {});
  const deltas = chunks.flatMap(({ choices }) => objectsOf(choices).map(({ delta }) => objectOf(delta) ?? {}));
  expect(deltas.flatMap((delta) => objectsOf(delta["annotations"]))).toMatchObject(annotations);
});

test("a search of an earlier answer is sent as the text that was found", () => {
  const request: CanonicalRequest = {
    model: "m",
    stream: false,
    instructions: [],
    messages: [
      { role: "user", content: [{ type: "text", text: "weather?" }] },
      { role: "assistant", content: [found, { type: "text", text: "Rain." }] },
    ],
    tools: [],
    sampling: {},
  };
  const target = { provider: "p", model: "m", quirks: {} };
  const { body, dropped, adapted } = openaiChat.encodeRequest(request, target);
  const [, answer] = objectsOf(body["messages"]);
  expect(answer).toMatchObject({
    role: "assistant",
    content: [
      { type: "text", text: expect.stringContaining("[1] A\nhttps://a.org\nRain.") },
      { type: "text", text: "Rain." },
    ],
  });
  expect(dropped).toEqual([]);
  expect(adapted).toMatchObject([{ feature: "web-search-replay" }]);

  const tools = [{ type: "function", name: "web_search" }] as const;
  const paired = openaiChat.encodeRequest({ ...request, tools }, target);
  expect(objectsOf(paired.body["messages"]).slice(1)).toMatchObject([
    {
      role: "assistant",
      tool_calls: [{ id: "s1", function: { name: "web_search", arguments: '{"query":"weather"}' } }],
    },
    { role: "tool", tool_call_id: "s1", content: expect.stringContaining("Rain.") },
    { role: "assistant", content: "Rain." },
  ]);
});
