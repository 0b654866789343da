import { decodeUsage } from "../../dialects/gemini/usage.ts";
import { GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { type LossRecorder, lossRecorder } from "../../ir/loss.ts";
import { compact, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { EgressOperation } from "../codec.ts";
import { refuseNeeded } from "../needed.ts";
import { contentOf, type ImagesAnswer, type ImagesRequest, type MadeImage, type SourceImage } from "./images.ts";
import { shapeOf } from "./shape.ts";

/** https://ai.google.dev/gemini-api/docs/image-generation */
const WORDS = {
  ratios: ["1:1", "1:4", "4:1", "1:8", "8:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"],
  resolutions: ["512", "1K", "2K", "4K"],
  vendor: "Gemini",
};

/** `:generateContent` of models that make pictures. https://ai.google.dev/api/generate-content#ImageConfig */
export const geminiImages: EgressOperation<ImagesRequest, ImagesAnswer> = {
  path: () => "/v1beta/models/{model}:generateContent",

  encodeRequest(request) {
    const losses = lossRecorder();
    const { prompt, images, mask, count = 1, seed } = request;
    refuseNeeded(request, "Gemini");
    if (mask !== undefined) throw unsupported("a mask", "mask");
    if (count > 1) throw unsupported("more than one picture", "n");
    reportLost(request, losses);
    const { aspectRatio, resolution } = shapeOf(request, WORDS, losses);
    const imageConfig = compact({ aspectRatio, imageSize: resolution });
    return {
      body: {
        contents: [{ role: "user", parts: [...images.map(wireImage), { text: prompt }] }],
        generationConfig: compact({
          responseModalities: ["IMAGE"],
          imageConfig: Object.keys(imageConfig).length === 0 ? undefined : imageConfig,
          seed,
        }),
      },
      ...losses.report(),
    };
  },

  decodeResponse(body) {
    const fields = objectOf(body) ?? {};
    const candidates = objectsOf(fields["candidates"]);
    const parts = candidates.flatMap((candidate) => objectsOf(objectOf(candidate["content"])?.["parts"]));
    const images = parts.flatMap((part): readonly MadeImage[] => {
      const data = objectOf(part["inlineData"]);
      const base64 = contentOf(data?.["data"]);
      if (base64 === undefined || part["thought"] === true) return [];
      return [compact({ base64, mediaType: stringOf(data?.["mimeType"]) })];
    });
    if (images.length === 0) throw noImage(fields, candidates);
    const usage = objectOf(fields["usageMetadata"]);
    return { images, usage: usage === undefined ? { images: images.length } : decodeUsage(usage) };
  },
};

function unsupported(what: string, param: string): GatewayError {
  return new GatewayError("unsupported_feature", `Gemini cannot be asked for ${what}.`, { param });
}

function reportLost(request: ImagesRequest, losses: LossRecorder): void {
  const { negativePrompt, outputFormat, endUser, others, answerAs, stream } = request;
  if (negativePrompt !== undefined) losses.drop("negative-prompt", "Gemini has no negative prompts.");
  if (outputFormat !== undefined && outputFormat !== "png")
    losses.drop("output-format", "Gemini chooses the format of its pictures.");
  if (endUser !== undefined) losses.drop("user", "Gemini knows no end users.");
  if (answerAs === "url") losses.adapt("response-format", "Gemini sends bytes: the URL is a data: URL.");
  if (stream) losses.adapt("stream", "Gemini sends pictures whole: the stream has its last event only.");
  for (const field of Object.keys(others)) losses.drop(field, "Gemini's pictures have no such field.");
}

function wireImage(image: SourceImage): JsonObject {
  switch (image.type) {
    case "base64":
      return { inlineData: { mimeType: image.mediaType, data: image.data } };
    case "url":
      return { fileData: { fileUri: image.url } };
    case "file":
      throw unsupported("a picture by another vendor's file id: send its bytes", "images");
  }
}

/** What it says in the place of a picture: why it refused, or words. */
function noImage(fields: JsonObject, candidates: readonly JsonObject[]): GatewayError {
  const blocked = stringOf(objectOf(fields["promptFeedback"])?.["blockReason"]);
  const reason = blocked ?? stringOf(candidates[0]?.["finishReason"]) ?? "no reason";
  const isPolicy = blocked !== undefined || /SAFETY|PROHIBITED|RECITATION|BLOCKLIST|SPII/.test(reason);
  if (isPolicy) return new GatewayError("content_policy", `The picture was refused by the model's vendor (${reason}).`);
  return new GatewayError("upstream_invalid_response", `The upstream made no image (${reason}).`);
}
