import { describe, expect, test } from "vitest";
import { utf8Encoder } from "../../encoding.ts";
import { collect, explode } from "../../ir/collect.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part, SearchPart } from "../../ir/parts.ts";
import type { CanonicalRequest, FunctionTool } from "../../ir/request.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf, objectsOf } from "../../json/read.ts";
import { formatSse } from "../../sse/format.ts";
import { parseSse } from "../../sse/parse.ts";
import { compose, runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { mayHoldEnvelope } from "../shared/envelope.ts";
import { anthropicMessages } from "./index.ts";

const origin = { dialect: "anthropic-messages", provider: "anthropic", model: "claude" } as const;
const contextOf = (): AnswerContext => ({
  request: { model: "m", stream: true, instructions: [], messages: [], tools: [], sampling: {} },
  model: "m",
  uniqueId: "u1",
  now: 1,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});

const answerOf = (parts: readonly Part[]): CanonicalResponse => ({
  id: "msg_1",
  model: "m",
  parts,
  finishReason: { unified: "stop", raw: "end_turn" },
});

const blocksOf = (parts: readonly Part[], context = contextOf()) =>
  objectsOf(anthropicMessages.encodeResponse(answerOf(parts), context)["content"]);

const decode = (content: readonly JsonObject[], tools: readonly JsonObject[] = []): CanonicalRequest =>
  anthropicMessages.decodeRequest(
    {
      model: "m",
      max_tokens: 9,
      tools,
      messages: [
        { role: "user", content: "weather?" },
        { role: "assistant", content },
      ],
    },
    {},
  );

const own: readonly JsonObject[] = [
  {
    type: "server_tool_use",
    id: "srvtoolu_1",
    name: "web_search",
    input: { query: "one" },
    caller: { type: "direct" },
  },
  { type: "server_tool_use", id: "srvtoolu_2", name: "web_search", input: { query: "two" } },
  {
    type: "web_search_tool_result",
    tool_use_id: "srvtoolu_1",
    content: [
      { type: "web_search_result", url: "https://a.org", title: "A", encrypted_content: "EqgB", page_age: "1 day" },
    ],
    cache_control: { type: "ephemeral" },
  },
  {
    type: "web_search_tool_result",
    tool_use_id: "srvtoolu_2",
    content: { type: "web_search_tool_result_error", error_code: "max_uses_exceeded" },
  },
  {
    type: "text",
    text: "Rain.",
    citations: [
      {
        type: "web_search_result_location",
        url: "https://a.org",
        title: "A",
        encrypted_index: "Eo8B",
        cited_text: "Rain all day.",
      },
    ],
  },
];

describe("Anthropic's own search", () => {
  const wire = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: own.map(({ cache_control: _, ...block }) => block),
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 2, server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 } },
  };

  test("is its two halves, with what they say", () => {
    const response = anthropicMessages.decodeResponse(wire, origin);
    expect(response.parts.slice(0, 4)).toMatchObject([
      { type: "web-search", id: "srvtoolu_1", half: "call", queries: ["one"] },
      { type: "web-search", id: "srvtoolu_2", half: "call", queries: ["two"] },
      {
        id: "srvtoolu_1",
        half: "results",
        queries: [],
        results: [{ url: "https://a.org", title: "A", pageAge: "1 day" }],
      },
      { id: "srvtoolu_2", half: "results", queries: [], error: "max_uses_exceeded" },
    ]);
    expect(response.usage?.webSearches).toBe(2);
  });

  test("comes back block by block, whole or streamed in any pieces", () => {
    const response = anthropicMessages.decodeResponse(wire, origin);
    expect(anthropicMessages.encodeResponse(response, contextOf())).toEqual(wire);
    const messages = runAll(anthropicMessages.encodeStream(contextOf()), explode(response));
    const bytes = utf8Encoder.encode(messages.map(formatSse).join(""));
    const read = (chunks: readonly Uint8Array[]) =>
      runAll(compose(parseSse(), anthropicMessages.decodeStream(origin)), chunks);
    const events = read([bytes]);
    expect(grammarViolation(events)).toBeUndefined();
    expect(collect(events).parts).toEqual(response.parts);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(events);
    }
  });

  test("is sent back to its own house as it was", () => {
    const { body, dropped, adapted } = anthropicMessages.encodeRequest(decode(own), {
      provider: "anthropic",
      model: "claude",
      quirks: {},
    });
    expect(objectsOf(body["messages"])[1]?.["content"]).toEqual(own);
    expect([dropped, adapted]).toEqual([[], []]);
  });

  test("is told to a look-alike in words, at the places of the results", () => {
    const { body, adapted } = anthropicMessages.encodeRequest(decode(own), {
      provider: "look-alike",
      model: "m",
      quirks: { serverTools: "drop" },
    });
    expect(objectsOf(objectsOf(body["messages"])[1]?.["content"])).toMatchObject([
      { type: "text", text: expect.stringMatching(/Searched for: one\n\[1\] A\nhttps:\/\/a\.org\n1 day/) },
      { type: "text", text: expect.stringContaining("The search failed: max_uses_exceeded.") },
      { type: "text", text: "Rain." },
    ]);
    expect(adapted.map(({ feature }) => feature)).toContain("web-search-replay");
    expect(adapted.map(({ detail }) => detail)).toContain("Of these searches were left out: encrypted_content.");
  });
});

const found: SearchPart = {
  type: "web-search",
  id: "call_7-x",
  queries: ["weather köln"],
  results: [
    { url: "https://a.org", title: "A", pageAge: "1 day", text: "Rain — all day. 🌧" },
    { url: "https://b.org" },
  ],
};
const cited: Part = {
  type: "text",
  text: "Rain.",
  citations: [{ kind: "url", url: "https://a.org", title: "A", citedText: "Rain", start: 0, end: 5 }],
};

describe("a search that another ran", () => {
  test("is shown in Anthropic's blocks", () => {
    const context = contextOf();
    const [call, results] = blocksOf([found, cited], context);
    const id = "srvtoolu_sbx1_call_7_x";
    expect(call).toEqual({
      type: "server_tool_use",
      id,
      name: "web_search",
      input: { query: "weather köln" },
      caller: { type: "direct" },
    });
    expect(results).toMatchObject({
      type: "web_search_tool_result",
      tool_use_id: id,
      content: [
        { type: "web_search_result", url: "https://a.org", title: "A", page_age: "1 day" },
        { type: "web_search_result", url: "https://b.org", title: "https://b.org", page_age: null },
      ],
    });
    expect(context.losses.report()).toEqual({ dropped: [], adapted: [] });
  });

  test("streams its call as Anthropic does, from its start", () => {
    const events = runAll(anthropicMessages.encodeStream(contextOf()), explode(answerOf([found, cited])));
    const bodies = events.map(({ data }) => parseJsonObject(data) ?? {});
    expect(bodies.slice(1, 6)).toMatchObject([
      { type: "content_block_start", index: 0, content_block: { type: "server_tool_use", input: {} } },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "input_json_delta", partial_json: '{"query":"weather köln"}' },
      },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "web_search_tool_result" } },
      { type: "content_block_stop", index: 1 },
    ]);
  });

  test("comes back from the client with its words, and is kept from Anthropic", () => {
    const blocks = blocksOf([found, cited]);
    expect(mayHoldEnvelope(JSON.stringify(blocks))).toBe(true);
    const content = decode(blocks).messages[1]?.content ?? [];
    expect(content.slice(0, 2)).toEqual([
      { type: "web-search", id: "call_7_x", half: "call", queries: ["weather köln"] },
      {
        type: "web-search",
        id: "call_7_x",
        half: "results",
        queries: [],
        results: [
          { url: "https://a.org", title: "A", pageAge: "1 day", text: "Rain — all day. 🌧" },
          { url: "https://b.org", title: "https://b.org" },
        ],
      },
    ]);
    const target = { provider: "anthropic", model: "claude", quirks: {} };
    const { body } = anthropicMessages.encodeRequest(decode(blocks), target);
    const said = JSON.stringify(body["messages"]);
    expect(said).not.toContain("sbx1_");
    expect(said).not.toContain("server_tool_use");
    expect(said).toContain("Rain — all day. 🌧");
  });

  test("is a call of the request's own search and its result, where there is one", () => {
    const tool = { name: "web_search", input_schema: { type: "object" } };
    const target = { provider: "anthropic", model: "claude", quirks: {} };
    const { body } = anthropicMessages.encodeRequest(decode(blocksOf([found, cited]), [tool]), target);
    expect(objectsOf(body["messages"]).slice(1)).toMatchObject([
      {
        role: "assistant",
        content: [{ type: "tool_use", id: "call_7_x", name: "web_search", input: { query: "weather köln" } }],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "call_7_x" }] },
      { role: "assistant", content: "Rain." },
    ]);
  });

  test("that failed is Anthropic's error", () => {
    const results = (error: string) =>
      objectOf(blocksOf([{ type: "web-search", id: "s", queries: ["q"], error }])[1]?.["content"])?.["error_code"];
    expect(results("too_many_requests")).toBe("too_many_requests");
    expect(results("engine_on_fire")).toBe("unavailable");
  });

  test("without an id gets one", () => {
    const [call] = blocksOf([{ type: "web-search", id: "", queries: ["q"] }]);
    expect(call?.["id"]).toBe("srvtoolu_sbx1_u1");
  });

  test("leaves the cache's breakpoint where it was", () => {
    const blocks = blocksOf([found]).map((block, at) =>
      at === 1 ? { ...block, cache_control: { type: "ephemeral" } } : block,
    );
    const { body } = anthropicMessages.encodeRequest(decode([...blocks, { type: "text", text: "Rain." }]), {
      provider: "anthropic",
      model: "claude",
      quirks: {},
    });
    expect(objectsOf(objectsOf(body["messages"])[1]?.["content"])[0]).toMatchObject({
      type: "text",
      cache_control: { type: "ephemeral" },
    });
  });
});

test("a citation that another made is known again, and Anthropic's own is not taken for one", () => {
  const [block] = blocksOf([cited]);
  const [wire] = objectsOf(block?.["citations"]);
  expect(wire).toMatchObject({ type: "web_search_result_location", encrypted_index: expect.stringMatching(/^sbx1_/) });
  const [made] = decode(block === undefined ? [] : [block]).messages[1]?.content ?? [];
  expect(made).toMatchObject({ citations: [{ kind: "url", url: "https://a.org", title: "A", citedText: "Rain" }] });
  expect(made).not.toHaveProperty("citations[0].raw");
  const [, , , , text] = decode(own).messages[1]?.content ?? [];
  expect(text).toHaveProperty("citations[0].raw");
});

test("a function of the client's own that is called web_search is a function", () => {
  const tool: FunctionTool = { type: "function", name: "web_search", parameters: { type: "object" } };
  const [decoded] = decode([], [{ name: "web_search", input_schema: { type: "object" } }]).tools;
  expect(decoded).toEqual(tool);
});
