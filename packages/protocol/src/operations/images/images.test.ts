import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../ir/errors.ts";
import { GatewayError } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { outlineOf } from "../../json/outline.ts";
import { parseJson } from "../../json/parse.ts";
import type { EgressOperation } from "../codec.ts";
import { imageEvents } from "./events.ts";
import { geminiImages } from "./gemini.ts";
import { imagenImages } from "./imagen.ts";
import type { ImagesAnswer, ImagesRequest } from "./images.ts";
import { openaiImages } from "./openai.ts";

type Egress = EgressOperation<ImagesRequest, ImagesAnswer>;

const TARGET = { provider: "p", model: "painter" };
const request = (more: Partial<ImagesRequest> = {}): ImagesRequest => ({
  prompt: "a cat",
  images: [],
  stream: false,
  others: {},
  ...more,
});
const APIS: Readonly<Record<string, readonly [Egress, (base64: JsonValue) => JsonObject]>> = {
  openai: [openaiImages, (b64_json) => ({ created: 1, data: [{ b64_json }] })],
  gemini: [geminiImages, (data) => ({ candidates: [{ content: { parts: [{ inlineData: { data } }] } }] })],
  imagen: [imagenImages, (bytesBase64Encoded) => ({ predictions: [{ bytesBase64Encoded }] })],
};

function codeOf(run: () => unknown): ErrorCode | "none" {
  try {
    run();
    return "none";
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

const features = (losses: readonly { readonly feature: string }[] = []) => losses.map(({ feature }) => feature);

describe.each(Object.entries(APIS))("an answer of %s", (name, [codec, answered]) => {
  const decode = (body: JsonValue) => codec.decodeResponse(body, request());

  it("is the same picture for every client", () => {
    const answer = decode(answered("QUJD"));
    const context = { request: request(), model: "painter", uniqueId: "x", now: 5 };
    expect(openaiImages.encodeResponse(answer, context)).toMatchObject({ data: [{ b64_json: "QUJD" }] });
    expect(imagenImages.encodeResponse(answer, context)).toEqual({
      predictions: [{ mimeType: "image/png", bytesBase64Encoded: "QUJD" }],
    });
    expect(answer.usage).toMatchObject({ images: 1 });
  });

  it("of any other JSON is none, and nothing else is thrown", () => {
    // An empty answer of Imagen's is what a filter leaves.
    const expected =
      name === "imagen" ? ["upstream_invalid_response", "content_policy"] : ["upstream_invalid_response"];
    const hostile = fc.oneof(fc.jsonValue(), fc.jsonValue().map(parseable).map(answered));
    fc.assert(
      fc.property(hostile, (value) => {
        const body = parseable(value);
        if (typeof value === "object" && JSON.stringify(value)?.includes('"')) {
          expect([...expected, "none"]).toContain(codeOf(() => decode(body)));
        } else expect(expected).toContain(codeOf(() => decode(body)));
      }),
    );
  });

  it("without bytes, and without a URL, is none", () => {
    for (const base64 of [null, 7, {}, ""]) {
      expect(codeOf(() => decode(answered(base64)))).toBe("upstream_invalid_response");
    }
  });
});

const parseable = (value: unknown): JsonValue => parseJson(JSON.stringify(value) ?? "null");

it("of Imagen that is empty is a filter's, and one that tells of an error is none", () => {
  const decode = (body: JsonValue) => codeOf(() => imagenImages.decodeResponse(body, request()));
  expect(decode({})).toBe("content_policy");
  expect(decode({ predictions: [] })).toBe("content_policy");
  expect(decode({ predictions: [{ raiFilteredReason: "no" }] })).toBe("content_policy");
  expect(decode({ error: { code: 500 } })).toBe("upstream_invalid_response");
  expect(decode("<html>")).toBe("upstream_invalid_response");
});

describe("what an API has no word for", () => {
  const rich = request({
    size: "1536x1024",
    negativePrompt: "rain",
    seed: 3,
    outputFormat: "webp",
    answerAs: "url",
    stream: true,
    endUser: "u-1",
    others: { background: "transparent", quality: "high" },
  });

  it.each([
    ["openai", ["negative-prompt", "seed"], []],
    [
      "gemini",
      ["negative-prompt", "output-format", "user", "background", "quality"],
      ["response-format", "stream", "size"],
    ],
    ["imagen", ["output-format", "user", "background", "quality"], ["response-format", "stream", "size"]],
  ])("is reported for %s", (name, dropped, adapted) => {
    const encoded = APIS[name]?.[0].encodeRequest(rich, TARGET);
    expect(features(encoded?.dropped)).toEqual(dropped);
    expect(features(encoded?.adapted)).toEqual(adapted);
  });

  it.each([
    ["gemini", { mask: { type: "url", url: "https://a.example/b.png" } }],
    ["gemini", { count: 2 }],
    ["gemini", { images: [{ type: "file", id: "file-1" }] }],
    ["imagen", { images: [{ type: "url", url: "https://a.example/b.png" }] }],
    ["imagen", { count: 5 }],
    ["openai", { needed: ["referenceImages"] }],
    ["gemini", { needed: ["referenceImages"] }],
    ["imagen", { needed: ["referenceImages"] }],
  ] as const)("is refused for %s where another picture would be made: %j", (name, more) => {
    expect(codeOf(() => APIS[name]?.[0].encodeRequest(request(more), TARGET))).toBe("unsupported_feature");
  });
});

describe("the shape of a picture", () => {
  it.each([
    ["16:9", "1536x1024"],
    ["9:16", "1024x1536"],
    ["1:1", "1024x1024"],
    ["a:b", undefined],
  ])("of %s is %s for OpenAI, which is reported", (aspectRatio, size) => {
    const { body, adapted } = openaiImages.encodeRequest(request({ aspectRatio }), TARGET);
    expect(body["size"]).toBe(size);
    expect(body).not.toHaveProperty("aspect_ratio");
    expect(features(adapted)).toEqual(["aspect-ratio"]);
  });

  it("is said to those who copied OpenAI as their clients say it", () => {
    const body = { prompt: "a", aspect_ratio: "16:9", seed: 3, background: "auto" };
    const encoded = openaiImages.encodeRequest(openaiImages.decodeRequest(body), TARGET);
    expect(encoded).toEqual({ body: { ...body, model: "painter" }, dropped: [], adapted: [] });
  });

  it.each([
    ["1024x1024", "1:1", undefined],
    ["1536x1024", "3:2", undefined],
    ["1024x1792", "9:16", "2K"],
    ["4096x4096", "1:1", "4K"],
    ["auto", undefined, undefined],
  ])("of %s is %s and %s for Gemini", (size, aspectRatio, imageSize) => {
    const { body } = geminiImages.encodeRequest(request({ size }), TARGET);
    const wanted = { ...(aspectRatio && { aspectRatio }), ...(imageSize && { imageSize }) };
    const { imageConfig = {} } = Object(body["generationConfig"]);
    expect(imageConfig).toEqual(wanted);
  });

  it("is one that the vendor has, whatever was asked", () => {
    const sides = fc.integer({ min: 1, max: 99_999 });
    fc.assert(
      fc.property(sides, sides, (width, height) => {
        const { body } = imagenImages.encodeRequest(request({ size: `${width}x${height}` }), TARGET);
        expect(["1:1", "3:4", "4:3", "9:16", "16:9"]).toContain(Object(body["parameters"]).aspectRatio);
      }),
    );
  });
});

describe("requests", () => {
  it.each([0, -1, 1.5, 9, 1e9, "2", {}])("of %j pictures are refused by Imagen's API", (sampleCount) => {
    const body = { instances: [{ prompt: "a" }], parameters: { sampleCount } };
    expect(codeOf(() => imagenImages.decodeRequest(body))).toBe("invalid_request");
  });

  it("in Imagen's API that show pictures say that these are needed", () => {
    const body = { instances: [{ prompt: "a [1]", referenceImages: [{ referenceId: 1 }] }] };
    expect(imagenImages.decodeRequest(body).needed).toEqual(["referenceImages"]);
  });

  it("of any JSON are read, or refused as the client's fault", () => {
    const key = fc.constantFrom(
      ...["prompt", "n", "size", "images", "image", "mask", "response_format", "stream", "seed", "user"],
      ...["instances", "parameters", "__proto__"],
    );
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), (value) => {
        const body = Object(parseable(value));
        for (const { decodeRequest } of [openaiImages, imagenImages]) {
          expect(["none", "invalid_request"]).toContain(codeOf(() => decodeRequest(body)));
        }
      }),
    );
  });
});

describe("OpenAI's answers", () => {
  const usage = {
    input_tokens: 50,
    output_tokens: 1056,
    total_tokens: 1106,
    input_tokens_details: { text_tokens: 10, image_tokens: 40 },
  };

  it("tell the same usage where they are large and not decoded", () => {
    const body = { created: 1, data: [{ b64_json: "QUJD" }, { b64_json: "QUJD" }], usage };
    const outline = outlineOf(Buffer.from(JSON.stringify(body)));
    expect(openaiImages.readOutline?.(outline, request())).toEqual(openaiImages.decodeResponse(body, request()).usage);
    const none = outlineOf(Buffer.from('{"data": []}'));
    expect(codeOf(() => openaiImages.readOutline?.(none, request()))).toBe("upstream_invalid_response");
  });

  it("as a stream are one event for each picture, of which the last tells what was used", () => {
    const answer = openaiImages.decodeResponse(
      { created: 1, data: [{ b64_json: "QQ==" }, { b64_json: "Qg==" }], usage },
      request(),
    );
    const context = { request: request({ stream: true }), model: "painter", uniqueId: "x", now: 5 };
    const events = imageEvents(answer, context)
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => Object(JSON.parse(line.slice(6))));
    expect(events.map(({ b64_json }) => b64_json)).toEqual(["QQ==", "Qg=="]);
    expect(events.map((event) => event.usage?.output_tokens)).toEqual([undefined, 1056]);
  });
});
