import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collect, explode } from "../../ir/collect.ts";
import type { CanonicalResponse, StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf, objectsOf } from "../../json/read.ts";
import { runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { PCM_TYPE } from "../shared/sound.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";
import { SKIP_SIGNATURE } from "./thought-signatures.ts";

const origin = { dialect: "gemini", provider: "google", model: "g" } as const;
const contents = [{ role: "user", parts: [{ text: "Draw" }] }];
const decode = (generationConfig: JsonObject) => decodeRequest({ contents, generationConfig }, { model: "g" });
const encode = (request: CanonicalRequest, model = "gemini-3-pro-image") =>
  encodeRequest(request, { provider: "google", model, quirks: {} });
const configOf = (body: JsonObject) => objectOf(body["generationConfig"]);
const features = (losses: readonly { readonly feature: string }[]) => losses.map(({ feature }) => feature);
const contextOf = (generationConfig: JsonObject): AnswerContext => ({
  request: decode(generationConfig),
  model: "g",
  uniqueId: "u",
  now: 0,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});
const plain: CanonicalRequest = {
  model: "g",
  stream: false,
  instructions: [],
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
  tools: [],
  sampling: {},
};

describe("requests", () => {
  test("are decoded in either spelling and come back as they were", () => {
    const config = {
      responseModalities: ["TEXT", "IMAGE"],
      imageConfig: { aspectRatio: "16:9", imageSize: "2K", personGeneration: "ALLOW_NONE" },
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Puck" } }, languageCode: "de" },
    };
    const request = decode(config);
    expect(request).toMatchObject({
      modalities: ["text", "image"],
      imageOutput: { aspectRatio: "16:9", size: "2K" },
      audioOutput: { voice: "Puck" },
    });
    expect(configOf(encode(request).body)).toEqual(config);
    const snake = decodeRequest(
      { contents, generation_config: { response_modalities: ["image"], image_config: { aspect_ratio: "1:1" } } },
      { model: "g" },
    );
    expect(snake).toMatchObject({ modalities: ["image"], imageOutput: { aspectRatio: "1:1" } });
  });

  test.each([
    { voiceConfig: { replicatedVoiceConfig: { mimeType: "audio/wav" } } },
    { multiSpeakerVoiceConfig: { speakerVoiceConfigs: [] } },
  ])("voices that only Gemini has stay as they are: %j", (speechConfig) => {
    expect(configOf(encode(decode({ speechConfig })).body)).toEqual({ speechConfig });
  });

  test("Gemini speaks or writes, and with a voice of its own", () => {
    const spoken = encode({ ...plain, modalities: ["text", "audio"], audioOutput: { voice: "alloy", format: "wav" } });
    expect(configOf(spoken.body)).toEqual({
      responseModalities: ["AUDIO"],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
    });
    expect(features(spoken.adapted)).toEqual(["voice", "text-output"]);
    expect(spoken.dropped).toEqual([]);
  });

  test("OpenAI's tool that makes pictures is a modality here", () => {
    const tool = { type: "hosted", dialect: "openai-responses", definition: { type: "image_generation" } } as const;
    const { body, dropped, adapted } = encode({
      ...plain,
      modalities: ["text", "image"],
      tools: [tool],
      toolChoice: tool,
    });
    expect(body["tools"]).toBeUndefined();
    expect(dropped).toEqual([]);
    expect(features(adapted)).toEqual(["image-output"]);
  });

  test("models that draw get a placeholder on the pictures and first texts that others made", () => {
    const image: Part = {
      type: "media",
      kind: "image",
      mediaType: "image/png",
      source: { type: "base64", data: "AA==" },
    };
    const own: Part = { ...image, opaque: { origin, data: "SIG" } };
    const messages: CanonicalRequest["messages"] = [
      { role: "user", content: [{ type: "text", text: "Draw" }] },
      { role: "assistant", content: [{ type: "text", text: "Here" }, image, own] },
      { role: "user", content: [{ type: "text", text: "Again" }] },
    ];
    const partsAt = (model: string) => {
      const content = objectsOf(encode({ ...plain, messages }, model).body["contents"])[1];
      return objectsOf(content?.["parts"]).map((part) => part["thoughtSignature"]);
    };
    expect(partsAt("gemini-3-pro-image")).toEqual([SKIP_SIGNATURE, SKIP_SIGNATURE, "SIG"]);
    expect(partsAt("gemini-3-pro")).toEqual([undefined, undefined, "SIG"]);
    expect(partsAt("gemini-2.5-flash-image")).toEqual([undefined, undefined, "SIG"]);
  });

  test("what was said aloud before goes on in its words", () => {
    const sound: Part = { type: "media", kind: "audio", source: { type: "base64", data: "AAAA" }, transcript: "Hello" };
    const { body, adapted } = encode({
      ...plain,
      messages: [...plain.messages, { role: "assistant", content: [sound] }, ...plain.messages],
    });
    expect(objectsOf(body["contents"])[1]).toEqual({
      role: "model",
      parts: [{ text: "Hello", thoughtSignature: SKIP_SIGNATURE }],
    });
    expect(features(adapted)).toEqual(["assistant-audio", "thought-signature"]);
  });
});

describe("sound in answers", () => {
  const blob = (bytes: Uint8Array, more: JsonObject = {}) => ({
    inlineData: { mimeType: PCM_TYPE, data: Buffer.from(bytes).toString("base64") },
    ...more,
  });
  const answerOf = (parts: readonly JsonObject[], finishReason?: string) => ({
    candidates: [{ content: { role: "model", parts }, ...(finishReason === undefined ? {} : { finishReason }) }],
    modelVersion: "g",
    responseId: "r",
  });

  test("pieces of samples are one sound, as the whole answer has it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 9 }),
        (pieces) => {
          const events = runAll(decodeStream(origin), [
            ...pieces.map((piece) => ({ data: JSON.stringify(answerOf([blob(piece)])) })),
            { data: JSON.stringify(answerOf([], "STOP")) },
          ]);
          expect(grammarViolation(events)).toBeUndefined();
          const whole = decodeResponse(answerOf([blob(Buffer.concat(pieces))], "STOP"), origin);
          expect(collect(events).parts).toEqual(whole.parts);
          expect(whole.parts).toHaveLength(1);
        },
      ),
    );
  });

  test("samples of another rate, or a picture between, begin another", () => {
    const other = { inlineData: { mimeType: "audio/L16;rate=8000", data: "AAAA" } };
    const image = { inlineData: { mimeType: "image/png", data: "AAAA" } };
    const one = blob(Buffer.alloc(6), { thoughtSignature: "SIG" });
    const { parts } = decodeResponse(answerOf([one, other, other, image, other], "STOP"), origin);
    const kinds = parts.map((part) => (part.type === "media" ? part.mediaType : part.type));
    expect(kinds).toEqual([PCM_TYPE, "audio/L16;rate=8000", "image/png", "audio/L16;rate=8000"]);
    expect(parts[0]?.opaque?.data).toBe("SIG");
  });

  const spoken: CanonicalResponse = {
    id: "r",
    parts: [
      {
        type: "media",
        kind: "audio",
        mediaType: PCM_TYPE,
        source: { type: "base64", data: "AAAAAAAA" },
        transcript: "Hi",
      },
    ],
    finishReason: { unified: "stop" },
  };
  const sound = { inlineData: { mimeType: PCM_TYPE, data: "AAAAAAAA" } };
  const piecesOf = (events: Iterable<StreamEvent>, context: AnswerContext) =>
    runAll(encodeStream(context), events).flatMap(({ data }) =>
      objectsOf(parseJsonObject(data)?.["candidates"]).flatMap((candidate) =>
        objectsOf(objectOf(candidate["content"])?.["parts"]),
      ),
    );

  test.each([
    [["AUDIO"], [sound], ["audio-transcript"]],
    [["TEXT", "AUDIO"], [{ text: "Hi" }, sound], []],
  ])("words stand beside it for those who asked for %j", (responseModalities, parts, dropped) => {
    const [whole, stream] = [contextOf({ responseModalities }), contextOf({ responseModalities })];
    const [candidate] = objectsOf(encodeResponse(spoken, whole)["candidates"]);
    expect(objectOf(candidate?.["content"])?.["parts"]).toEqual(parts);
    expect(piecesOf(explode(spoken), stream).slice(0, -1)).toEqual(parts);
    for (const { losses } of [whole, stream]) expect(features(losses.report().dropped)).toEqual(dropped);
  });

  test("a stream sends samples as they come, once", () => {
    const silent: Part = { type: "media", kind: "audio", mediaType: PCM_TYPE, source: { type: "base64", data: "" } };
    const events: readonly StreamEvent[] = [
      { type: "response-start" },
      { type: "part-start", index: 0, part: silent },
      { type: "part-delta", index: 0, delta: { type: "transcript", text: "Hi" } },
      { type: "part-delta", index: 0, delta: { type: "data", data: "AAAAAAAA" } },
      { type: "part-delta", index: 0, delta: { type: "data", data: "BBBBBBBB" } },
      { type: "part-end", index: 0 },
      { type: "response-end", finishReason: { unified: "stop" } },
    ];
    const sent = piecesOf(events, contextOf({ responseModalities: ["TEXT", "AUDIO"] }));
    expect(sent).toEqual([
      { text: "Hi" },
      sound,
      { inlineData: { mimeType: PCM_TYPE, data: "BBBBBBBB" } },
      { text: "" },
    ]);
  });
});
