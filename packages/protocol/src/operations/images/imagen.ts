import { GatewayError, invalidRequest } from "../../ir/errors.ts";
import type { JsonValue } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import { isObject } from "../../json/parse.ts";
import {
  arrayOf,
  compact,
  objectOf,
  objectsOf,
  otherFields,
  readNumber,
  readObject,
  readString,
  stringOf,
} from "../../json/read.ts";
import type { EgressOperation, IngressOperation } from "../codec.ts";
import { refuseNeeded } from "../needed.ts";
import { contentOf, type ImagesAnswer, type ImagesRequest, type MadeImage } from "./images.ts";
import { shapeOf } from "./shape.ts";

const WORDS = { ratios: ["1:1", "3:4", "4:3", "9:16", "16:9"], resolutions: ["1K", "2K"], vendor: "Imagen" };
const MOST_IMAGES = 4;
/** Older models of Vertex make so many. */
const MOST_ASKED = 8;
/** Of which nobody says how many. */
export const IMAGEN_DEFAULT_IMAGES = 4;

const KNOWN: ReadonlySet<string> = new Set([
  "sampleCount",
  "aspectRatio",
  "sampleImageSize",
  "imageSize",
  "negativePrompt",
  "seed",
]);

/** `:predict`. https://ai.google.dev/gemini-api/docs/imagen https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api */
export const imagenImages: IngressOperation<ImagesRequest, ImagesAnswer> &
  EgressOperation<ImagesRequest, ImagesAnswer> = {
  decodeRequest(body) {
    const [instance, ...others] = arrayOf(body["instances"]);
    if (instance === undefined || others.length > 0)
      throw invalidRequest("'instances' must be a list of one object with a prompt.", "instances");
    const described = readObject(instance, "instances.0") ?? {};
    const prompt = readString(described["prompt"], "instances.0.prompt");
    if (prompt === undefined) throw invalidRequest("'instances.0.prompt' is missing.", "instances.0.prompt");
    const parameters = readObject(body["parameters"], "parameters") ?? {};
    return compact({
      prompt,
      images: [],
      count: readCount(parameters["sampleCount"]),
      aspectRatio: readString(parameters["aspectRatio"], "parameters.aspectRatio"),
      resolution:
        readString(parameters["sampleImageSize"], "parameters.sampleImageSize") ??
        readString(parameters["imageSize"], "parameters.imageSize"),
      negativePrompt: readString(parameters["negativePrompt"], "parameters.negativePrompt"),
      seed: readNumber(parameters["seed"], "parameters.seed"),
      answerAs: "base64",
      stream: false,
      others: otherFields(parameters, KNOWN) ?? {},
      // Pictures to begin with, and masks: Vertex's models for edits take them.
      needed: Object.keys(described).filter((field) => field !== "prompt"),
    });
  },

  encodeResponse({ images }) {
    return {
      predictions: images.map(({ base64, mediaType = "image/png", revisedPrompt }) => {
        if (base64 === undefined)
          throw new GatewayError("upstream_invalid_response", "The upstream sent a URL in the place of a picture.");
        return compact({ mimeType: mediaType, bytesBase64Encoded: base64, prompt: revisedPrompt });
      }),
    };
  },

  path: () => "/v1beta/models/{model}:predict",

  encodeRequest(request) {
    const losses = lossRecorder();
    const {
      prompt,
      images,
      count = 1,
      negativePrompt,
      seed,
      outputFormat,
      endUser,
      answerAs,
      stream,
      others,
    } = request;
    refuseNeeded(request, "Imagen");
    if (images.length > 0)
      throw new GatewayError("unsupported_feature", "Imagen's pictures are made of words only.", { param: "images" });
    if (count > MOST_IMAGES)
      throw new GatewayError("unsupported_feature", `Imagen makes at most ${MOST_IMAGES} pictures.`, { param: "n" });
    if (outputFormat !== undefined && outputFormat !== "png")
      losses.drop("output-format", "Imagen's pictures are PNG.");
    if (endUser !== undefined) losses.drop("user", "Imagen knows no end users.");
    if (answerAs === "url") losses.adapt("response-format", "Imagen sends bytes: the URL is a data: URL.");
    if (stream) losses.adapt("stream", "Imagen sends pictures whole: the stream has its last event only.");
    for (const field of Object.keys(others)) losses.drop(field, "Imagen has no such field.");
    const { aspectRatio, resolution } = shapeOf(request, WORDS, losses);
    const parameters = compact({ sampleCount: count, aspectRatio, imageSize: resolution, negativePrompt, seed });
    return { body: { instances: [{ prompt }], parameters }, ...losses.report() };
  },

  decodeResponse(body) {
    const fields = objectOf(body) ?? {};
    const predictions = objectsOf(fields["predictions"]);
    const images = predictions.flatMap((prediction): readonly MadeImage[] => {
      const base64 = contentOf(prediction["bytesBase64Encoded"]);
      if (base64 === undefined) return [];
      return [
        compact({ base64, mediaType: stringOf(prediction["mimeType"]), revisedPrompt: stringOf(prediction["prompt"]) }),
      ];
    });
    const reason = predictions.map((one) => stringOf(one["raiFilteredReason"])).find((word) => word !== undefined);
    if (images.length > 0) return { images, usage: { images: images.length } };
    // What a filter leaves of an answer is an empty object. An error that came as a success is none.
    const isEmpty = predictions.length === 0 && fields["error"] === undefined && isObject(body);
    if (reason !== undefined || isEmpty)
      throw new GatewayError(
        "content_policy",
        `The picture was refused by the model's vendor (${reason ?? "filtered"}).`,
      );
    throw new GatewayError("upstream_invalid_response", "The upstream made no image.");
  },
};

function readCount(value: JsonValue | undefined): number | undefined {
  const count = readNumber(value, "parameters.sampleCount");
  if (count === undefined || (Number.isInteger(count) && count > 0 && count <= MOST_ASKED)) return count;
  throw invalidRequest(
    `'parameters.sampleCount' must be a whole number from 1 to ${MOST_ASKED}.`,
    "parameters.sampleCount",
  );
}
