import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collect, explode } from "../../ir/collect.ts";
import type { CanonicalResponse, StreamEvent } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { MediaPart, Part } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf, objectsOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import { runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { PCM_TYPE } from "../shared/sound.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

const origin = { dialect: "openai-chat", provider: "p", model: "m" } as const;
const gemini = { dialect: "gemini", provider: "google", model: "g" } as const;
const messages = [{ role: "user", content: "Draw" }];
const decode = (fields: JsonObject) => decodeRequest({ model: "m", messages, ...fields }, {});
const encode = (request: CanonicalRequest, quirks: OpenAiChatQuirks = {}) =>
  encodeRequest(request, { provider: "p", model: "m", quirks });
const features = (losses: readonly { readonly feature: string }[]) => losses.map(({ feature }) => feature);

const contextOf = (asked: JsonObject = {}): AnswerContext => ({
  request: decode(asked),
  model: "m",
  uniqueId: "u1",
  now: 1700000000,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});
const answer = (...parts: readonly Part[]): CanonicalResponse => ({
  id: "r1",
  model: "m",
  parts,
  finishReason: { unified: "stop" },
});
const messageOf = (parts: readonly Part[], context: AnswerContext) =>
  objectOf(objectsOf(encodeResponse(answer(...parts), context)["choices"])[0]?.["message"]) ?? {};
const deltasOf = (sent: readonly SseMessage[]) =>
  sent.flatMap(({ data }) =>
    objectsOf(parseJsonObject(data)?.["choices"]).map((choice) => objectOf(choice["delta"]) ?? {}),
  );
const streamed = (events: Iterable<StreamEvent>, context: AnswerContext) => runAll(encodeStream(context), events);

const samples = Buffer.from([1, 0, 2, 0, 3, 0, 4, 0]).toString("base64");
const sound = (fields: Partial<MediaPart> = {}): MediaPart => ({
  type: "media",
  kind: "audio",
  mediaType: PCM_TYPE,
  source: { type: "base64", data: samples },
  ...fields,
});
const picture = (fields: Partial<MediaPart> = {}): MediaPart => ({
  type: "media",
  kind: "image",
  mediaType: "image/png",
  source: { type: "base64", data: "iVBORw0K" },
  ...fields,
});

describe("requests", () => {
  const body: JsonObject = {
    modalities: ["text", "image"],
    image_config: { aspect_ratio: "16:9", image_size: "2K", font_inputs: [] },
    audio: { voice: "alloy", format: "mp3", model: "inworld-tts-2" },
  };

  test("are decoded, and what has no word is kept", () => {
    expect(decode(body)).toMatchObject({
      modalities: ["text", "image"],
      imageOutput: { aspectRatio: "16:9", size: "2K" },
      audioOutput: { voice: "alloy", format: "mp3" },
      extensions: { "openai-chat": { image_config: { font_inputs: [] }, audio: { model: "inworld-tts-2" } } },
    });
    expect(decode({ modalities: ["text", "smell"] }).extensions).toEqual({
      "openai-chat": { modalities: ["text", "smell"] },
    });
  });

  test("come back as they were at an endpoint that makes pictures", () => {
    const { body: said, dropped } = encode(decode(body), { imageOutput: "image_config" });
    expect(said).toMatchObject(body);
    expect(dropped).toEqual([]);
  });

  test("lose the picture elsewhere, and are refused where they ask for nothing else", () => {
    const { body: said, dropped } = encode(decode({ modalities: ["text", "image"] }));
    expect(said["modalities"]).toBeUndefined();
    expect(features(dropped)).toEqual(["image-output"]);
    expect(() => encode(decode({ modalities: ["image"] }))).toThrow(
      expect.objectContaining({ code: "unsupported_feature", detail: { param: "modalities" } }),
    );
  });

  test("an endpoint that knows modalities alone is not told how pictures are to be", () => {
    const { body: said, dropped } = encode(decode({ ...body, audio: null }), { imageOutput: "modalities" });
    expect(said["modalities"]).toEqual(["text", "image"]);
    expect(features(dropped)).toEqual(["image-config"]);
  });

  test("sound is asked for with its words, a voice and a format", () => {
    const asked: CanonicalRequest = { ...decode({}), modalities: ["audio"], audioOutput: { voice: "Kore" } };
    const { body: said, adapted } = encode(asked);
    expect(said).toMatchObject({ modalities: ["text", "audio"], audio: { voice: "alloy", format: "pcm16" } });
    expect(features(adapted)).toEqual(["audio-output", "voice"]);
    const own = decode({ modalities: ["text", "audio"], audio: { voice: { id: "voice_1" }, format: "wav" } });
    expect(encode(own).body["audio"]).toEqual({ voice: { id: "voice_1" }, format: "wav" });
  });

  test("earlier pictures go back in their place, or as the user's", () => {
    const earlier = decode({
      messages: [
        ...messages,
        {
          role: "assistant",
          content: "Here",
          images: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0K" } }],
        },
        { role: "user", content: "Now in blue" },
      ],
    });
    const url = "data:image/png;base64,iVBORw0K";
    const drawn = encode(earlier, { imageOutput: "modalities" });
    expect(objectsOf(drawn.body["messages"])[1]).toEqual({
      role: "assistant",
      content: "Here",
      images: [{ type: "image_url", image_url: { url } }],
    });
    expect(drawn.adapted).toEqual([]);
    const seen = encode(earlier);
    expect(objectsOf(seen.body["messages"])[2]).toEqual({
      role: "user",
      content: [{ type: "image_url", image_url: { url } }],
    });
    expect(features(seen.adapted)).toEqual(["assistant-media"]);
  });

  test("what was said aloud goes back by the name that its vendor has for it, else in words", () => {
    const heard = (audio: JsonObject) => encode(decode({ messages: [...messages, { role: "assistant", audio }] }));
    const told = (audio: JsonObject) => objectsOf(heard(audio).body["messages"])[1];
    expect(told({ id: "audio_1" })).toEqual({ role: "assistant", content: null, audio: { id: "audio_1" } });
    const whole = { id: "audio_1", data: samples, transcript: "Hi", expires_at: 1 };
    expect(told(whole)).toEqual({ role: "assistant", content: null, audio: { id: "audio_1" } });
    expect(told({ ...whole, id: "audio_sbx_u1" })).toEqual({ role: "assistant", content: "Hi" });
    expect(told({ id: "audio_sbx_u1" })).toBeUndefined();
    expect(features(heard({ id: "audio_sbx_u1" }).dropped)).toEqual(["unknown-part"]);
  });
});

describe("sound in answers", () => {
  test.each([
    ["wav", "RIFF", []],
    ["pcm16", undefined, []],
    ["mp3", "RIFF", ["audio-format"]],
  ] as const)("samples are sent as %s", (format, head, adapted) => {
    const context = contextOf({ modalities: ["text", "audio"], audio: { voice: "alloy", format } });
    const audio = objectOf(messageOf([sound({ transcript: "Hi" })], context)["audio"]);
    expect(audio).toMatchObject({ id: "audio_sbx_u1", expires_at: 1700000000, transcript: "Hi" });
    const data = Buffer.from(String(audio?.["data"]), "base64");
    if (head === undefined) expect(data.toString("base64")).toBe(samples);
    else expect(data.toString("latin1", 0, 4)).toBe(head);
    expect(features(context.losses.report().adapted)).toEqual(adapted);
  });

  test("several runs of samples are one sound", () => {
    const two = messageOf([sound(), sound()], contextOf({ audio: { format: "pcm16" } }));
    const data = Buffer.from(String(objectOf(two["audio"])?.["data"]), "base64");
    expect(data).toEqual(Buffer.concat([Buffer.from(samples, "base64"), Buffer.from(samples, "base64")]));
  });

  test("a stream sends id, words and samples as they come", () => {
    const events: readonly StreamEvent[] = [
      { type: "response-start", id: "r1" },
      { type: "part-start", index: 0, part: sound({ source: { type: "base64", data: "" } }) },
      { type: "part-delta", index: 0, delta: { type: "transcript", text: "Hi" } },
      { type: "part-delta", index: 0, delta: { type: "data", data: "AAAAAAAA" } },
      { type: "part-end", index: 0 },
      { type: "response-end", finishReason: { unified: "stop" } },
    ];
    expect(grammarViolation(events)).toBeUndefined();
    expect(deltasOf(streamed(events, contextOf())).slice(1)).toEqual([
      { audio: { id: "audio_sbx_u1", transcript: "" } },
      { audio: { transcript: "Hi" } },
      { audio: { data: "AAAAAAAA" } },
      { audio: { expires_at: 1700000000 } },
    ]);
  });

  test("a stream of any pieces comes back as the whole answer", () => {
    const piece = fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }), words: fc.string() });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const chunk = (audio: JsonObject, finish: string | null = null) => ({
          data: JSON.stringify({
            id: "r1",
            model: "m",
            choices: [{ index: 0, delta: { audio }, finish_reason: finish }],
          }),
        });
        const bytes = Buffer.concat([Buffer.from([0, 0]), ...pieces.map((one) => one.bytes)]);
        const events = runAll(decodeStream(origin), [
          chunk({ id: "audio_1", transcript: "" }),
          chunk({ data: "AAA=" }),
          ...pieces.flatMap((one) => [
            chunk({ transcript: one.words }),
            chunk({ data: Buffer.from(one.bytes).toString("base64") }),
          ]),
          chunk({ expires_at: 9 }, "stop"),
          { data: "[DONE]" },
        ]);
        expect(grammarViolation(events)).toBeUndefined();
        const audio = {
          id: "audio_1",
          data: bytes.toString("base64"),
          transcript: pieces.map((one) => one.words).join(""),
          expires_at: 9,
        };
        const whole = {
          id: "r1",
          model: "m",
          choices: [{ index: 0, message: { role: "assistant", content: null, audio }, finish_reason: "stop" }],
        };
        const { transcript = "", ...part } = soundIn(collect(events));
        const { transcript: words = "", ...same } = soundIn(decodeResponse(whole, origin));
        expect({ part, transcript }).toEqual({ part: same, transcript: words });
        expect(collect(events).extensions).toEqual(decodeResponse(whole, origin).extensions);
      }),
    );
  });

  const soundIn = ({ parts }: CanonicalResponse): MediaPart => {
    const [part] = parts;
    if (part?.type !== "media" || parts.length !== 1) throw new Error("not one sound");
    return part;
  };

  test("OpenAI's own answer comes back with its name, its words and its time", () => {
    const audio = { id: "audio_1", data: samples, transcript: "Hi", expires_at: 9 };
    const wire = { id: "r1", choices: [{ index: 0, message: { content: null, audio }, finish_reason: "stop" }] };
    const response = decodeResponse(wire, origin);
    const context = contextOf({ modalities: ["text", "audio"], audio: { voice: "alloy", format: "pcm16" } });
    const [choice] = objectsOf(encodeResponse(response, context)["choices"]);
    expect(objectOf(choice?.["message"])?.["audio"]).toEqual(audio);
    const deltas = deltasOf(streamed(explode(response), context)).flatMap(({ audio: said }) => objectOf(said) ?? []);
    expect(Object.assign({}, ...deltas)).toEqual(audio);
  });
});

describe("pictures in answers", () => {
  const signed = picture({ opaque: { origin: gemini, data: "SIG" } });
  const said: Part = { type: "text", text: "Here", opaque: { origin: gemini, data: "TEXT" } };

  test("have an index in streams, by which Python's library joins them", () => {
    const deltas = deltasOf(streamed(explode(answer(picture(), picture())), contextOf()));
    const images = deltas.flatMap((delta) => objectsOf(delta["images"]));
    expect(images.map((image) => image["index"])).toEqual([0, 1]);
  });

  test.each(["whole", "streamed"])("carry signatures, of themselves and of the text before: %s", (form) => {
    const context = contextOf();
    const message: JsonObject =
      form === "whole"
        ? messageOf([said, signed], context)
        : {
            content: "Here",
            images: deltasOf(streamed(explode(answer(said, signed)), context)).flatMap((delta) =>
              objectsOf(delta["images"]),
            ),
          };
    expect(context.losses.report().adapted).toEqual([]);
    const replayed = decode({ messages: [...messages, { role: "assistant", ...message }] });
    expect(replayed.messages[1]?.content).toEqual([said, signed]);
  });

  test("an endpoint of this dialect is not shown them", () => {
    const message = messageOf([said, signed], contextOf());
    const replayed = decode({ messages: [...messages, { role: "assistant", ...message }] });
    const { body } = encode(replayed, { imageOutput: "image_config" });
    expect(JSON.stringify(body)).not.toContain("sbx1_");
  });
});
