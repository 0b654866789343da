import { describe, expect, test } from "vitest";
import { collect, explode } from "../../ir/collect.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectsOf } from "../../json/read.ts";
import { runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";
import type { OpenAiResponsesQuirks } from "./quirks.ts";

const origin = { dialect: "openai-responses", provider: "openai", model: "gpt-5" } as const;
const item: JsonObject = {
  id: "ig_1",
  type: "image_generation_call",
  status: "completed",
  background: "opaque",
  output_format: "webp",
  quality: "low",
  result: "UklGRg==",
  revised_prompt: "A cat.",
  size: "1024x1024",
};
const decode = (fields: JsonObject) => decodeRequest({ model: "m", input: "Draw", ...fields }, {});
const encode = (request: CanonicalRequest, quirks: OpenAiResponsesQuirks = {}) =>
  encodeRequest(request, { provider: "openai", model: "gpt-5", quirks });
const features = (losses: readonly { readonly feature: string }[]) => losses.map(({ feature }) => feature);
const contextOf = (): AnswerContext => ({
  request: decode({}),
  model: "m",
  uniqueId: "u",
  now: 0,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});
const picture: Part = {
  type: "media",
  kind: "image",
  mediaType: "image/png",
  source: { type: "base64", data: "iVBORw0K" },
  opaque: { origin: { dialect: "gemini", provider: "google", model: "g" }, data: "SIG" },
};
const asked = (modalities: CanonicalRequest["modalities"], fields: Partial<CanonicalRequest> = {}) => ({
  ...decode({}),
  ...(modalities === undefined ? {} : { modalities }),
  ...fields,
});

describe("requests", () => {
  test("a picture among other things adds the tool that makes it", () => {
    const { body, adapted } = encode(asked(["text", "image"], { imageOutput: { aspectRatio: "16:9" } }));
    expect(body["tools"]).toEqual([{ type: "image_generation", size: "1536x1024" }]);
    expect(body["tool_choice"]).toBeUndefined();
    expect(features(adapted)).toEqual(["image-output", "aspect-ratio"]);
  });

  test("nothing but a picture makes the model use the tool", () => {
    expect(encode(asked(["image"])).body).toMatchObject({
      tools: [{ type: "image_generation" }],
      tool_choice: { type: "image_generation" },
    });
  });

  test("an endpoint without the tool gives words, or nothing where only a picture is asked for", () => {
    const quirks = { hostedTools: ["web_search"] };
    const { body, dropped } = encode(asked(["text", "image"]), quirks);
    expect(body["tools"]).toBeUndefined();
    expect(features(dropped)).toEqual(["image-output"]);
    expect(() => encode(asked(["image"]), quirks)).toThrow(expect.objectContaining({ code: "unsupported_feature" }));
    expect(() => encode(asked(["audio"]))).toThrow(expect.objectContaining({ code: "unsupported_feature" }));
  });

  test("who has to use the tool asks for a picture; who may use it does not", () => {
    const tools = [{ type: "image_generation", size: "1024x1536" }];
    expect(decode({ tools }).modalities).toBeUndefined();
    const forced = { tools, tool_choice: { type: "image_generation" } };
    const request = decode(forced);
    expect(request).toMatchObject({ modalities: ["text", "image"], imageOutput: { aspectRatio: "2:3" } });
    const { body, dropped, adapted } = encode(request);
    expect(body).toMatchObject(forced);
    expect([...dropped, ...adapted]).toEqual([]);
  });

  test("earlier pictures are items here, and others' the user's", () => {
    const user = { role: "user", content: [{ type: "text", text: "Again" }] } as const;
    const { body, adapted } = encode({
      ...decode({ input: [{ role: "user", content: "Draw" }, item] }),
      messages: [...decode({ input: [item] }).messages, { role: "assistant", content: [picture] }, user],
    });
    expect(objectsOf(body["input"]).slice(0, 2)).toEqual([
      item,
      {
        type: "message",
        role: "user",
        content: [{ type: "input_image", image_url: "data:image/png;base64,iVBORw0K", detail: "auto" }],
      },
    ]);
    expect(features(adapted)).toEqual(["reasoning-replay", "assistant-media"]);
  });
});

describe("answers", () => {
  const response = { id: "resp_1", status: "completed", model: "gpt-5", output: [item] };
  const events = (output: JsonObject) => [
    { type: "response.created", response: { id: "resp_1", model: "gpt-5" } },
    { type: "response.output_item.added", output_index: 0, item: { id: "ig_1", type: "image_generation_call" } },
    { type: "response.image_generation_call.generating", output_index: 0, item_id: "ig_1" },
    { type: "response.output_item.done", output_index: 0, item: output },
    { type: "response.completed", response },
  ];
  const decodeEvents = (wire: readonly JsonObject[]) =>
    runAll(
      decodeStream(origin),
      wire.map((event) => ({ data: JSON.stringify(event) })),
    );

  test("a picture is media, and comes back as the item that it was", () => {
    const whole = decodeResponse(response, origin);
    expect(whole.parts).toMatchObject([
      { type: "media", kind: "image", mediaType: "image/webp", source: { type: "base64", data: "UklGRg==" } },
    ]);
    const streamed = decodeEvents(events(item));
    expect(grammarViolation(streamed)).toBeUndefined();
    expect(collect(streamed).parts).toEqual(whole.parts);
    const context = contextOf();
    expect(encodeResponse(whole, context)["output"]).toEqual([item]);
    expect(context.losses.report()).toEqual({ dropped: [], adapted: [] });
  });

  test("a picture that failed is no picture", () => {
    const failed = { id: "ig_1", type: "image_generation_call", status: "failed", result: null };
    expect(decodeResponse({ ...response, output: [failed] }, origin).parts).toEqual([
      { type: "unknown", origin, value: failed },
    ]);
  });

  const drawn: CanonicalResponse = { id: "r", parts: [picture], finishReason: { unified: "stop" } };

  test("another model's picture is announced, made and done, and its signature comes back with it", () => {
    const sent = runAll(encodeStream(contextOf()), explode(drawn)).map(({ data }) => parseJsonObject(data) ?? {});
    expect(sent.map((event) => event["type"]).slice(2, 7)).toEqual([
      "response.output_item.added",
      "response.image_generation_call.in_progress",
      "response.image_generation_call.generating",
      "response.image_generation_call.completed",
      "response.output_item.done",
    ]);
    expect(sent.map((event) => event["sequence_number"])).toEqual(sent.map((_, index) => index));
    const output = objectsOf(encodeResponse(drawn, contextOf())["output"]);
    expect(sent[6]?.["item"]).toEqual(output[0]);
    expect(decode({ input: output }).messages).toEqual([{ role: "assistant", content: [picture] }]);
  });
});
