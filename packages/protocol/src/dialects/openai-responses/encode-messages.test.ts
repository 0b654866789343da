import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import { objectsOf } from "../../json/read.ts";
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

  test("call ids longer than OpenAI takes are shortened alike in the call and its output", () => {
    const long = (end: string) => `${"x".repeat(80)}${end}`;
    const call = (id: string): Part => ({ type: "tool-call", id, name: "f", arguments: "{}" });
    const result: Part = { type: "tool-result", callId: long("b"), content: [] };
    const { body, adapted } = encode({
      messages: [assistant(call(long("a")), call(long("b"))), { role: "tool", content: [result] }],
    });
    const [a, b, output] = objectsOf(body["input"]).map((item) => String(item["call_id"]));
    expect([a?.length, b?.length, a === b, b === output]).toEqual([64, 64, false, true]);
    expect(features(adapted)).toEqual(["tool-call-id"]);
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
