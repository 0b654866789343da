import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "./index.ts";
import { type Fields, fieldsOf, listOf } from "./json.ts";
import { at, post, readSse } from "./testing/client.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

const SAID = "🚆 At nine. By ferry!";
const TEXT = `[[say Let me look.]][[search Lisbon trains]][[say ${SAID}]]`;
const ONE = "https://pages.example.org/lisbon-trains/1";
const TWO = "https://pages.example.org/lisbon-trains/2";
/** Of the first sentence: UTF-16 code units. */
const END = "🚆 At nine.".length;

const TOOLS = {
  responses: { type: "web_search", search_context_size: "low", filters: { blocked_domains: ["x.org"] } },
  messages: { type: "web_search_20250305", name: "web_search" },
} as const;

const responses = (more: Fields = {}, model = "sim-model") =>
  post({ url: `${simulator.url}/v1/responses`, body: { model, input: TEXT, tools: [TOOLS.responses], ...more } });
const chat = (more: Fields = {}, path = "/v1/chat/completions") =>
  post({
    url: simulator.url + path,
    body: { model: "gpt-5-search-api", messages: [{ role: "user", content: TEXT }], ...more },
  });
const messages = (more: Fields = {}) =>
  post({
    url: `${simulator.url}/v1/messages`,
    body: {
      model: "claude-sim",
      max_tokens: 99,
      messages: [{ role: "user", content: TEXT }],
      tools: [TOOLS.messages],
      ...more,
    },
  });
const gemini = (more: Fields = {}, method = "generateContent", model = "gemini-3-sim") =>
  post({
    url: `${simulator.url}/v1beta/models/${model}:${method}`,
    body: { contents: [{ role: "user", parts: [{ text: TEXT }] }], tools: [{ googleSearch: {} }], ...more },
  });

describe("a search of the vendor's own", () => {
  it("is not made where the request does not let the model search", async () => {
    const { json } = await responses({ tools: [] });
    expect(listOf(json["output"]).map((item) => at(item, "type"))).toEqual(["message"]);
    expect(at(json, "output", 0, "content", 0)).toMatchObject({ text: `Let me look.${SAID}`, annotations: [] });
  });

  it("is an item of its own in Responses, whose sources are told on request", async () => {
    const { json } = await responses({ include: ["web_search_call.action.sources"] });
    expect(json["output"]).toMatchObject([
      { type: "message" },
      {
        type: "web_search_call",
        id: expect.stringMatching(/^ws_/),
        status: "completed",
        action: { type: "search", query: "Lisbon trains", sources: [{ type: "url", url: ONE }, { url: TWO }, {}] },
      },
      {
        type: "message",
        content: [
          {
            text: SAID,
            annotations: [
              { type: "url_citation", url: ONE, start_index: 0, end_index: END },
              { url: TWO, start_index: END + 1, end_index: SAID.length },
            ],
          },
        ],
      },
    ]);
    expect(at((await responses()).json, "output", 1, "action", "sources")).toBeUndefined();
  });

  it("is announced, runs and is done in a stream of Responses", async () => {
    const events = readSse((await responses({ stream: true })).text).map(({ json }) => json);
    const steps = events.filter((event) => event["output_index"] === 1).map(({ type }) => type);
    expect(steps).toEqual([
      "response.output_item.added",
      "response.web_search_call.in_progress",
      "response.web_search_call.searching",
      "response.web_search_call.completed",
      "response.output_item.done",
    ]);
    expect(events.filter(({ type }) => type === "response.output_text.annotation.added")).toHaveLength(2);
  });

  it("shows in the annotations of Chat Completions alone, counted over all of the content", async () => {
    const { json } = await chat();
    const before = "Let me look.".length;
    expect(at(json, "choices", 0, "message", "annotations")).toMatchObject([
      { type: "url_citation", url_citation: { url: ONE, start_index: before, end_index: before + END } },
      { url_citation: { url: TWO } },
    ]);
    const streamed = readSse((await chat({ stream: true })).text).map((event) => event.json);
    const deltas = streamed.flatMap((chunk) => listOf(at(chunk, "choices", 0, "delta", "annotations")));
    expect(deltas).toEqual(at(json, "choices", 0, "message", "annotations"));
  });

  it("is two blocks of Anthropic's, and each cited place is one", async () => {
    const { json } = await messages();
    expect(json["content"]).toMatchObject([
      { type: "text", text: "Let me look." },
      { type: "server_tool_use", id: expect.stringMatching(/^srvtoolu_/), input: { query: "Lisbon trains" } },
      {
        type: "web_search_tool_result",
        tool_use_id: at(json, "content", 1, "id"),
        content: [{ url: ONE, encrypted_content: expect.any(String) }, { url: TWO }, {}],
      },
      { type: "text", text: "🚆 At nine. ", citations: [{ url: ONE, encrypted_index: expect.any(String) }] },
      { type: "text", text: "By ferry!", citations: [{ url: TWO }] },
    ]);
    expect(json["usage"]).toMatchObject({ server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 } });
  });

  it("comes block by block in Anthropic's streams, and what it found is counted when it was read", async () => {
    const whole = (await messages()).json;
    const events = readSse((await messages({ stream: true })).text).map(({ json }) => json);
    const opened = events.filter(({ type }) => type === "content_block_start").map((one) => one["content_block"]);
    expect(opened).toMatchObject([
      { type: "text" },
      { type: "server_tool_use", input: {} },
      at(whole, "content", 2),
      { type: "text", text: "", citations: [] },
      { type: "text" },
    ]);
    const cited = events.filter((event) => event["index"] === 3).map((event) => at(event, "delta", "type"));
    expect(cited).toEqual([undefined, "citations_delta", "text_delta", undefined]);
    const start = Number(at(events[0], "message", "usage", "input_tokens"));
    const end = fieldsOf(at(events.at(-2), "usage"));
    expect(end).toMatchObject({ server_tool_use: { web_search_requests: 1 } });
    expect(end["input_tokens"]).toBe(at(whole, "usage", "input_tokens"));
    expect(Number(end["input_tokens"])).toBeGreaterThan(start);
  });

  it("fails at Anthropic's beyond what it may be used", async () => {
    const text = `[[search one]][[search two]][[say Done.]]`;
    const tools = [{ ...TOOLS.messages, max_uses: 1 }];
    const { json } = await messages({ tools, messages: [{ role: "user", content: text }] });
    expect(at(json, "content", 3, "content")).toEqual({
      type: "web_search_tool_result_error",
      error_code: "max_uses_exceeded",
    });
    expect(at(json, "usage", "server_tool_use", "web_search_requests")).toBe(1);
  });

  it("is grounding in Gemini's last chunk, in bytes, and its texts are one", async () => {
    const { json } = await gemini();
    expect(at(json, "candidates", 0, "content", "parts")).toMatchObject([{ text: `Let me look.${SAID}` }]);
    const grounding = at(json, "candidates", 0, "groundingMetadata");
    expect(grounding).toMatchObject({
      webSearchQueries: ["Lisbon trains"],
      groundingChunks: [{ web: { uri: ONE } }, { web: { uri: TWO } }, {}],
      groundingSupports: [
        { segment: { startIndex: 12, endIndex: 12 + END + 2, text: "🚆 At nine." }, groundingChunkIndices: [0] },
        { segment: { text: "By ferry!" }, groundingChunkIndices: [1] },
      ],
    });
    expect(at(json, "usageMetadata", "toolUsePromptTokenCount")).toBeGreaterThan(0);
    const chunks = readSse((await gemini({}, "streamGenerateContent?alt=sse")).text).map((event) => event.json);
    const told = chunks.map((chunk) => at(chunk, "candidates", 0, "groundingMetadata"));
    expect(told.filter((one) => one !== undefined)).toEqual([grounding]);
    expect(told.at(-1)).toEqual(grounding);
  });

  it("finds only what it is let see", async () => {
    const allowed = await messages({ tools: [{ ...TOOLS.messages, allowed_domains: ["example.org"] }] });
    expect(at(allowed.json, "content", 2, "content")).toHaveLength(3);
    const blocked = await responses({
      tools: [{ type: "web_search", filters: { blocked_domains: ["example.org"] } }],
      include: ["web_search_call.action.sources"],
    });
    expect(at(blocked.json, "output", 1, "action", "sources")).toEqual([]);
  });
});

describe("what vendors refuse", () => {
  const tool = (more: Fields, of: Fields = TOOLS.messages) => ({ tools: [{ ...of, ...more }] });

  it.each([
    ["an unknown version", tool({ type: "web_search_20990101" }), /tools\.0: Input tag 'web_search_20990101'/],
    ["an unknown field", tool({ search_context_size: "low" }), /web_search_20250305\.search_context_size: Extra/],
    ["another name", tool({ name: "search" }), /name: Input should be 'web_search'/],
    ["both lists of domains", tool({ allowed_domains: ["a"], blocked_domains: ["b"] }), /Only one of/],
    ["a place without its type", tool({ user_location: { city: "Lisbon" } }), /user_location\.type/],
    ["a model that cannot", { model: "claude-3-haiku-20240307" }, /does not support tool types/],
  ] as const)("Anthropic: %s", async (...[, body, message]) => {
    const { status, json } = await messages(body);
    expect([status, at(json, "error", "message")]).toEqual([400, expect.stringMatching(message)]);
  });

  it.each([
    ["an unknown version", tool({ type: "web_search_2099_01_01" }, {}), "tools[0].type"],
    ["an unknown field", tool({ max_uses: 3 }, TOOLS.responses), "tools[0].max_uses"],
    [
      "an unknown filter",
      tool({ filters: { excluded_domains: [] } }, TOOLS.responses),
      "tools[0].filters.excluded_domains",
    ],
    ["filters of the preview", tool({ type: "web_search_preview" }, TOOLS.responses), "tools[0].filters"],
    ["an unknown size", tool({ search_context_size: "huge" }, TOOLS.responses), "tools[0].search_context_size"],
    ["a model that cannot", { model: "gpt-4.1-nano" }, "tools"],
    ["a model of Chat Completions", { model: "gpt-4o-search-preview" }, "model"],
    ["least effort", { reasoning: { effort: "minimal" }, model: "gpt-5" }, "tools"],
  ] as const)("Responses: %s", async (...[, body, param]) => {
    const { status, json } = await responses(body);
    expect([status, at(json, "error", "param")]).toEqual([400, param]);
  });

  it.each([
    ["a model not made for it", { model: "gpt-4o", web_search_options: {} }, /not supported with this model/],
    ["a reasoning model", { model: "gpt-5", web_search_options: {} }, /Unknown parameter: 'web_search_options'/],
    ["a place without its wrapper", { web_search_options: { user_location: { city: "L" } } }, /user_location\.city/],
    ["a tool of Responses", { tools: [{ type: "web_search" }] }, /Supported values are: 'function' and 'custom'/],
    ["a tool of OpenRouter's", { tools: [{ type: "openrouter:web_search" }] }, /Supported values are/],
  ] as const)("Chat Completions: %s", async (...[, body, message]) => {
    const { status, json } = await chat(body);
    expect([status, at(json, "error", "message")]).toEqual([400, expect.stringMatching(message)]);
  });

  const functions = { functionDeclarations: [{ name: "f" }] };
  it.each([
    ["an unknown field", { tools: [{ googleSearch: { maxUses: 1 } }] }, "gemini-3-sim", /Unknown name "maxUses"/],
    ["exclusions outside Vertex AI", { tools: [{ googleSearch: { excludeDomains: [] } }] }, "m", /excludeDomains/],
    ["what came before", { tools: [{ googleSearchRetrieval: {} }] }, "gemini-2.5-flash", /not supported/],
    ["functions beside it", { tools: [{ googleSearch: {} }, functions] }, "gemini-2.5-flash", /unsupported/],
    ["functions untold", { tools: [{ googleSearch: {} }, functions] }, "gemini-3-sim", /include_server_side/],
    ["a model that cannot", {}, "gemini-2.0-flash-lite", /Search Grounding is not supported/],
  ] as const)("Gemini: %s", async (...[, body, model, message]) => {
    const { status, json } = await gemini(body, "generateContent", model);
    expect([status, at(json, "error", "message")]).toEqual([400, expect.stringMatching(message)]);
  });
});

describe("compatible servers", () => {
  it("search by OpenRouter's tool and count it", async () => {
    const tools = [{ type: "openrouter:web_search", parameters: { excluded_domains: ["x.org"] } }];
    const { json } = await chat({ model: "m", tools }, "/openrouter/v1/chat/completions");
    expect(at(json, "choices", 0, "message", "annotations")).toHaveLength(2);
    expect(at(json, "usage", "server_tool_use")).toEqual({ web_search_requests: 1 });
  });

  it("take xAI's filter", async () => {
    const tools = [{ type: "web_search", filters: { excluded_domains: ["x.org"] } }];
    const { status } = await post({
      url: `${simulator.url}/xai/v1/responses`,
      body: { model: "m", input: "hi", tools },
    });
    expect(status).toBe(200);
  });
});

describe("a search that comes back", () => {
  const back = (content: unknown) =>
    messages({
      messages: [
        { role: "user", content: TEXT },
        { role: "assistant", content },
        { role: "user", content: "And back?" },
      ],
    });
  const changed = (content: unknown, index: number, more: Fields): unknown =>
    listOf(content).map((block, position) => (position === index ? { ...fieldsOf(block), ...more } : block));

  it("is taken as it was, and refused where its seals are not the vendor's", async () => {
    const { content } = (await messages()).json;
    expect((await back(content)).status).toBe(200);
    const page = { type: "web_search_result", url: ONE, title: "t", encrypted_content: "Zm9yZ2Vk" };
    const forged = await back(changed(content, 2, { content: [page] }));
    expect(at(forged.json, "error", "message")).toBe(
      "messages.1.content.2: Invalid `encrypted_content` in `search_result` block",
    );
    const cited = { type: "web_search_result_location", url: ONE, title: "t", cited_text: "", encrypted_index: "" };
    const index = await back(changed(content, 3, { citations: [cited] }));
    expect(at(index.json, "error", "message")).toContain("encrypted_index");
  });

  it("is refused without its other half", async () => {
    const content = listOf((await messages()).json["content"]);
    expect((await back(content.toSpliced(2, 1))).json).toMatchObject({
      error: { message: expect.stringContaining("without a corresponding") },
    });
    expect((await back(content.toSpliced(1, 1))).json).toMatchObject({
      error: { message: expect.stringContaining("unexpected `tool_use_id`") },
    });
  });

  it("is an item of Responses with its id, status and action", async () => {
    const output = listOf((await responses()).json["output"]);
    const again = (items: readonly unknown[]) =>
      responses({ input: [{ role: "user", content: "hi" }, ...items, { role: "user", content: "And back?" }] });
    expect((await again(output)).status).toBe(200);
    const search = fieldsOf(output[1]);
    expect((await again([{ ...search, id: "srvtoolu_1" }])).status).toBe(400);
    expect((await again([{ ...search, action: undefined }])).status).toBe(400);
    expect((await again([{ ...search, results: [] }])).status).toBe(400);
  });
});
