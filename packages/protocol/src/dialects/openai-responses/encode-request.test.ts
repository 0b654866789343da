import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import type { ModelFacts } from "../dialect.ts";
import { openaiResponses } from "./index.ts";
import type { OpenAiResponsesQuirks } from "./quirks.ts";

const EMPTY: CanonicalRequest = {
  model: "public",
  stream: false,
  instructions: [],
  messages: [],
  tools: [],
  sampling: {},
};

function encode(request: Partial<CanonicalRequest>, quirks: OpenAiResponsesQuirks = {}, facts: ModelFacts = {}) {
  return openaiResponses.encodeRequest({ ...EMPTY, ...request }, { provider: "openai", model: "gpt", quirks, facts });
}
const features = (losses: readonly { readonly feature: string }[]) => losses.map(({ feature }) => feature);
const assistant = (...content: Part[]): Message => ({ role: "assistant", content });
const user = (...content: Part[]): Message => ({ role: "user", content });
const extension = (fields: JsonObject) => ({ dialect: "openai-responses", fields }) as const;
const own = { dialect: "openai-responses", provider: "openai" } as const;
const foreign = { dialect: "anthropic-messages", provider: "anthropic" } as const;

describe("messages", () => {
  test("the first leading text is the instructions, the others are a developer message", () => {
    const { body } = encode({
      instructions: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
      messages: [user({ type: "text", text: "hi" })],
    });
    expect(body["instructions"]).toBe("a");
    expect(body["input"]).toEqual([
      { type: "message", role: "developer", content: [{ type: "input_text", text: "b" }] },
      { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] },
    ]);
  });

  test("the growing array comes last", () => {
    const { body } = encode({ messages: [user({ type: "text", text: "hi" })], cacheKey: "k", metadata: {} });
    expect(Object.keys(body).at(-1)).toBe("input");
  });

  test("an assistant's turn becomes its items, in order", () => {
    const { body, dropped, adapted } = encode({
      messages: [
        assistant(
          { type: "text", text: "a", id: "msg_1" },
          { type: "text", text: "b", id: "msg_2", extension: extension({ item: { phase: "final_answer" } }) },
          { type: "refusal", text: "no" },
          { type: "tool-call", id: "c1", name: "f", namespace: "n", arguments: '{"x": 1}', itemId: "fc_1" },
          { type: "unknown", origin: own, value: { type: "web_search_call", id: "ws_1" } },
        ),
      ],
    });
    expect(body["input"]).toEqual([
      { type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "a" }] },
      {
        type: "message",
        id: "msg_2",
        role: "assistant",
        phase: "final_answer",
        content: [
          { type: "output_text", text: "b" },
          { type: "refusal", refusal: "no" },
        ],
      },
      { type: "function_call", id: "fc_1", call_id: "c1", name: "f", namespace: "n", arguments: '{"x": 1}' },
      { type: "web_search_call", id: "ws_1" },
    ]);
    expect([dropped, adapted]).toEqual([[], []]);
  });

  test("what cannot be said is reported", () => {
    const { body, dropped, adapted } = encode({
      messages: [
        {
          role: "user",
          name: "ann",
          content: [
            { type: "media", kind: "video", source: { type: "url", url: "https://x/v.mp4" } },
            { type: "media", kind: "document", source: { type: "file", id: "f", origin: foreign } },
            { type: "unknown", origin: foreign, value: { type: "search_result" } },
            {
              type: "media",
              kind: "document",
              name: "n.txt",
              source: { type: "text", text: "plain" },
              citations: true,
            },
            { type: "text", text: "cached", cache: {} },
          ],
        },
        {
          role: "tool",
          content: [{ type: "tool-result", callId: "c", content: [{ type: "text", text: "bad" }], isError: true }],
        },
      ],
    });
    expect(features(dropped)).toEqual(["message-name", "video-input", "file-id", "unknown-part", "document-citations"]);
    expect(features(adapted)).toEqual(["text-document", "cache-breakpoint", "tool-error"]);
    expect(body["input"]).toEqual([
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "n.txt\n\nplain" },
          { type: "input_text", text: "cached" },
        ],
      },
      { type: "function_call_output", call_id: "c", output: "bad" },
    ]);
  });

  test("media, by source", () => {
    const { body } = encode({
      messages: [
        user(
          {
            type: "media",
            kind: "image",
            mediaType: "image/png",
            source: { type: "base64", data: "AA" },
            detail: "low",
          },
          { type: "media", kind: "image", source: { type: "url", url: "https://x/i.png" } },
          { type: "media", kind: "document", mediaType: "application/pdf", source: { type: "base64", data: "BB" } },
          { type: "media", kind: "audio", mediaType: "audio/mpeg", source: { type: "base64", data: "CC" } },
        ),
      ],
    });
    expect(body["input"]).toEqual([
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_image", image_url: "data:image/png;base64,AA", detail: "low" },
          { type: "input_image", image_url: "https://x/i.png", detail: "auto" },
          { type: "input_file", filename: "document.pdf", file_data: "data:application/pdf;base64,BB" },
          { type: "input_audio", input_audio: { data: "CC", format: "mp3" } },
        ],
      },
    ]);
  });

  test("developerRole: the role is system", () => {
    const messages: Message[] = [
      user({ type: "text", text: "hi" }),
      { role: "system", content: [{ type: "text", text: "s" }] },
    ];
    expect(encode({ messages }, { developerRole: false }).body["input"]).toMatchObject([
      { role: "user" },
      { role: "system" },
    ]);
  });

  test("imageInToolResult and fileInToolResult: media follows in a user message", () => {
    const content: Part[] = [
      { type: "text", text: "see" },
      { type: "media", kind: "image", mediaType: "image/png", source: { type: "base64", data: "AA" } },
      { type: "media", kind: "document", source: { type: "url", url: "https://x/y.pdf" } },
    ];
    const messages: Message[] = [{ role: "tool", content: [{ type: "tool-result", callId: "c", content }] }];
    const inside = encode({ messages }).body["input"];
    expect(inside).toMatchObject([
      { output: [{ type: "input_text" }, { type: "input_image" }, { type: "input_file" }] },
    ]);
    const images = encode({ messages }, { imageInToolResult: false });
    expect(features(images.adapted)).toEqual(["tool-result-media"]);
    expect(images.body["input"]).toMatchObject([
      { output: [{ type: "input_text" }, { type: "input_file" }] },
      { role: "user", content: [{ type: "input_text" }, { type: "input_image" }] },
    ]);
    expect(encode({ messages }, { fileInToolResult: false }).body["input"]).toMatchObject([
      { output: [{ type: "input_text" }, { type: "input_image" }] },
      { role: "user", content: [{ type: "input_text" }, { type: "input_file" }] },
    ]);
  });
});

describe("reasoning that is replayed", () => {
  const thought = (opaque: Part["opaque"], id?: string): Part => ({
    type: "reasoning",
    form: "summary",
    text: "hm",
    ...(opaque && { opaque }),
    ...(id === undefined ? {} : { id }),
  });

  test("goes back with its own value", () => {
    const { body } = encode({ messages: [assistant(thought({ origin: own, data: "E", id: "rs_1" }, "rs_1"))] });
    expect(body["input"]).toEqual([
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "E" },
    ]);
  });

  test("is not shown to another vendor, or another provider", () => {
    for (const origin of [foreign, { dialect: "openai-responses", provider: "azure" } as const]) {
      const { body, adapted } = encode({ messages: [assistant(thought({ origin, data: "S" }))] });
      expect(body["input"]).toEqual([]);
      expect(features(adapted)).toEqual(["reasoning-replay"]);
    }
  });

  test("goes by its id alone where the client keeps state, and not where it said store: false", () => {
    const messages = [assistant(thought(undefined, "rs_1"))];
    expect(encode({ messages }).body["input"]).toMatchObject([{ type: "reasoning", id: "rs_1" }]);
    expect(encode({ messages, extensions: { "openai-responses": { store: false } } }).body["input"]).toEqual([]);
  });

  test("encryptedReasoning: neither asked for nor sent back", () => {
    const messages = [assistant(thought({ origin: own, data: "E", id: "rs_1" }, "rs_1"))];
    const { body, dropped } = encode({ messages, reasoning: { encrypted: true } }, { encryptedReasoning: false });
    expect([body["include"], body["input"], features(dropped)]).toEqual([undefined, [], ["encrypted-reasoning"]]);
  });

  test("fullReasoningContent: the text itself is sent back", () => {
    const messages = [assistant({ type: "reasoning", form: "full", text: "step" })];
    expect(encode({ messages }).body["input"]).toEqual([]);
    expect(encode({ messages }, { fullReasoningContent: true }).body["input"]).toEqual([
      { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "step" }] },
    ]);
  });
});

describe("tools", () => {
  const tools: CanonicalRequest["tools"] = [
    {
      type: "function",
      name: "a",
      namespace: "n",
      parameters: {},
      extension: extension({ namespace: { description: "d" } }),
    },
    { type: "function", name: "top" },
    { type: "function", name: "b", namespace: "n", parameters: {}, strict: true, input: "json" },
    { type: "function", name: "patch", input: "text", description: "p" },
    { type: "hosted", dialect: "openai-responses", definition: { type: "web_search" } },
    { type: "hosted", dialect: "anthropic-messages", definition: { type: "web_search_20250305" } },
  ];

  test("namespaces, custom and hosted tools", () => {
    const { body, dropped } = encode({ tools });
    expect(body["tools"]).toEqual([
      {
        type: "namespace",
        name: "n",
        description: "d",
        tools: [
          { type: "function", name: "a", parameters: {}, strict: false },
          { type: "function", name: "b", parameters: {}, strict: true },
        ],
      },
      { type: "function", name: "top", parameters: { type: "object", properties: {} }, strict: false },
      { type: "custom", name: "patch", description: "p" },
      { type: "web_search" },
    ]);
    expect(features(dropped)).toEqual(["hosted-tool"]);
  });

  test("namespaceTools: names are joined, in tools, calls and choices", () => {
    const messages = [assistant({ type: "tool-call", id: "c", name: "a", namespace: "n", arguments: "{}" })];
    const toolChoice = { type: "tool", name: "a", namespace: "n" } as const;
    const { body } = encode({ tools: tools.slice(0, 1), messages, toolChoice }, { namespaceTools: false });
    expect(body["tools"]).toMatchObject([{ type: "function", name: "n__a" }]);
    expect(body["input"]).toEqual([{ type: "function_call", call_id: "c", name: "n__a", arguments: "{}" }]);
    expect(body["tool_choice"]).toEqual({ type: "function", name: "n__a" });
  });

  test("customTools: free text is wrapped, in tools, calls and results", () => {
    const messages: Message[] = [
      assistant({ type: "tool-call", id: "c", name: "patch", arguments: "free", input: "text", itemId: "ctc_1" }),
      { role: "tool", content: [{ type: "tool-result", callId: "c", content: [], input: "text" }] },
    ];
    const { body, adapted } = encode({ tools: tools.slice(3, 4), messages }, { customTools: false });
    expect(body["tools"]).toMatchObject([{ type: "function", name: "patch", strict: false }]);
    expect(body["input"]).toEqual([
      { type: "function_call", call_id: "c", name: "patch", arguments: '{"input":"free"}' },
      { type: "function_call_output", call_id: "c", output: "" },
    ]);
    expect(features(adapted)).toEqual(["custom-tool"]);
  });

  test("hostedTools: only those that are taken", () => {
    const { body, dropped } = encode({ tools: tools.slice(4, 5) }, { hostedTools: ["x_search"] });
    expect([body["tools"], features(dropped)]).toEqual([undefined, ["hosted-tool"]]);
  });

  test("a choice among some tools names each by its kind", () => {
    const toolChoice = { type: "required", allowed: ["n__a", "patch"] } as const;
    expect(encode({ tools, toolChoice }).body["tool_choice"]).toEqual({
      type: "allowed_tools",
      mode: "required",
      tools: [
        { type: "function", name: "a", namespace: "n" },
        { type: "custom", name: "patch" },
      ],
    });
  });

  test("the choice of another dialect's hosted tool is dropped", () => {
    const toolChoice = { type: "hosted", dialect: "gemini", definition: {} } as const;
    expect(features(encode({ toolChoice }).dropped)).toEqual(["tool-choice"]);
  });
});

describe("options", () => {
  test("sampling that has no word here is dropped", () => {
    const { body, dropped } = encode({
      sampling: { topK: 1, stopSequences: ["x"], seed: 1, temperature: 1, maxOutputTokens: 9 },
    });
    expect(features(dropped)).toEqual(["top-k", "stop-sequences", "seed"]);
    expect(body).toMatchObject({ temperature: 1, max_output_tokens: 9 });
  });

  test("reasoningSampling: models that reason get no temperature", () => {
    const sampling = { temperature: 1, topP: 0.9 };
    const { body, dropped } = encode({ sampling }, { reasoningSampling: false }, { reasoning: "effort" });
    expect([body["temperature"], body["top_p"], features(dropped)]).toEqual([
      undefined,
      undefined,
      ["temperature", "top-p"],
    ]);
    expect(
      encode({ sampling, reasoning: { mode: "off" } }, { reasoningSampling: false }, { reasoning: "effort" }).dropped,
    ).toEqual([]);
  });

  test("a budget becomes an effort; off is none", () => {
    const budget = encode({ reasoning: { mode: "on", budgetTokens: 4000, summary: "auto" } });
    expect(budget.body["reasoning"]).toEqual({ effort: "medium", summary: "auto" });
    expect(features(budget.adapted)).toEqual(["reasoning-budget"]);
    expect(encode({ reasoning: { mode: "off" } }).body["reasoning"]).toEqual({ effort: "none" });
  });

  test("reasoningEfforts: the nearest one that is taken", () => {
    const quirks: OpenAiResponsesQuirks = { reasoningEfforts: ["low", "high"] };
    const medium = encode({ reasoning: { effort: "medium" } }, quirks);
    expect([medium.body["reasoning"], features(medium.adapted)]).toEqual([{ effort: "high" }, ["reasoning-effort"]]);
    const off = encode({ reasoning: { mode: "off" } }, quirks);
    expect([off.body["reasoning"], features(off.adapted)]).toEqual([{ effort: "low" }, ["reasoning-off"]]);
    const never = encode({ reasoning: { effort: "high" } }, { reasoningEfforts: [] });
    expect([never.body["reasoning"], features(never.dropped)]).toEqual([undefined, ["reasoning-effort"]]);
  });

  test("a model that does not reason is not asked to", () => {
    const { body, dropped } = encode({ reasoning: { effort: "high" } }, {}, { reasoning: "none" });
    expect([body["reasoning"], body["include"], features(dropped)]).toEqual([undefined, undefined, ["reasoning"]]);
  });

  test("reasoningSummary: no summary is asked for", () => {
    const { body, dropped } = encode({ reasoning: { summary: "auto" } }, { reasoningSummary: false });
    expect([body["reasoning"], features(dropped)]).toEqual([undefined, ["reasoning-summary"]]);
  });

  test("encrypted reasoning is asked for on behalf of clients that cannot ask", () => {
    expect(encode({}, {}, { reasoning: "effort" }).body["include"]).toEqual(["reasoning.encrypted_content"]);
    expect(encode({}).body["include"]).toBeUndefined();
  });

  test("storeDefault: nothing is kept unless the client or the operator wants it", () => {
    expect(encode({}).body["store"]).toBe(false);
    expect(encode({}, { storeDefault: "omit" }).body["store"]).toBeUndefined();
    expect(encode({}, { storeDefault: true }).body["store"]).toBe(true);
    expect(encode({ extensions: { "openai-responses": { store: true } } }).body["store"]).toBe(true);
    expect(encode({ extensions: { "openai-responses": { previous_response_id: "r" } } }).body).not.toHaveProperty(
      "store",
    );
  });

  test("textVerbosity: not sent where it is refused", () => {
    const { body, dropped } = encode({ verbosity: "low" }, { textVerbosity: false });
    expect([body["text"], features(dropped)]).toEqual([undefined, ["verbosity"]]);
  });

  test("endUserField: the older name", () => {
    expect(encode({ endUser: "u" }).body["safety_identifier"]).toBe("u");
    expect(encode({ endUser: "u" }, { endUserField: "user" }).body["user"]).toBe("u");
  });

  test("fields of other dialects are reported, one's own are sent", () => {
    const { body, dropped } = encode({
      extensions: { "openai-chat": { logit_bias: {} }, "openai-responses": { truncation: "auto" } },
    });
    expect([body["truncation"], features(dropped)]).toEqual(["auto", ["logit-bias"]]);
  });
});
