import { GatewayError, invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { type LossRecorder, lossRecorder } from "../../ir/loss.ts";
import { type Usage, usageOf } from "../../ir/usage.ts";
import {
  compact,
  entryOf,
  numberOf,
  objectOf,
  objectsOf,
  otherFields,
  readBoolean,
  readNumber,
  readString,
  stringOf,
} from "../../json/read.ts";
import type { EgressOperation, IngressOperation } from "../codec.ts";
import { refuseNeeded } from "../needed.ts";
import {
  contentOf,
  type ImagesAnswer,
  type ImagesRequest,
  type MadeImage,
  type SourceImage,
  urlOfImage,
} from "./images.ts";
import { nearestRatio } from "./shape.ts";
import { readSources } from "./sources.ts";

const KNOWN: ReadonlySet<string> = new Set([
  "model",
  "prompt",
  "n",
  "size",
  "response_format",
  "output_format",
  "stream",
  "user",
  "images",
  "image",
  "mask",
]);
const COPIED: ReadonlySet<string> = new Set(["aspect_ratio", "resolution", "negative_prompt", "seed"]);

/**
 * `POST /v1/images/generations`, and `/v1/images/edits` where images are given, as JSON.
 * https://developers.openai.com/api/reference/resources/images Servers that copied it added `aspect_ratio`, `negative_prompt` and `seed`.
 */
export const openaiImages: IngressOperation<ImagesRequest, ImagesAnswer> &
  EgressOperation<ImagesRequest, ImagesAnswer> = {
  decodeRequest(body) {
    const prompt = readString(body["prompt"], "prompt");
    if (prompt === undefined || prompt === "") throw invalidRequest("'prompt' is missing.", "prompt");
    const count = readNumber(body["n"], "n");
    if (count !== undefined && !(Number.isInteger(count) && count > 0 && count <= MOST_IMAGES))
      throw invalidRequest(`'n' must be a whole number from 1 to ${MOST_IMAGES}.`, "n");
    const { images, mask, areBare } = readSources(body);
    return compact({
      prompt,
      images,
      mask,
      otherwiseWritten: areBare ? true : undefined,
      count,
      size: readString(body["size"], "size"),
      aspectRatio: readString(body["aspect_ratio"], "aspect_ratio"),
      resolution: readString(body["resolution"], "resolution"),
      negativePrompt: readString(body["negative_prompt"], "negative_prompt"),
      seed: readNumber(body["seed"], "seed"),
      outputFormat: readString(body["output_format"], "output_format"),
      answerAs: readAnswerAs(body["response_format"]),
      stream: readBoolean(body["stream"], "stream") ?? false,
      endUser: readString(body["user"], "user"),
      copied: only(body, COPIED),
      others: otherFields(body, new Set([...KNOWN, ...COPIED])) ?? {},
    });
  },

  encodeResponse({ images, created, usage }, { request, now }) {
    return compact({
      created: created ?? now,
      data: images.map((image) => wireImage(image, request)),
      usage: usage === undefined ? undefined : wireUsage(usage),
    });
  },

  path: ({ images }) => (images.length === 0 ? "/images/generations" : "/images/edits"),

  encodeRequest(request, { model }) {
    refuseNeeded(request, "OpenAI");
    const losses = lossRecorder();
    const { prompt, images, mask, count, size, outputFormat, answerAs, endUser, others } = request;
    const { stream, copied } = request;
    if (copied === undefined) reportLost(request, losses);
    return {
      body: compact({
        ...others,
        ...copied,
        model,
        prompt,
        images: images.length === 0 ? undefined : images.map(wireSource),
        mask: mask === undefined ? undefined : wireSource(mask),
        n: count,
        size: size ?? (copied === undefined ? sizeOf(request, losses) : undefined),
        output_format: outputFormat,
        response_format: responseFormat(answerAs, model, losses),
        stream: stream ? true : undefined,
        user: endUser,
      }),
      ...losses.report(),
    };
  },

  decodeResponse(body) {
    const fields = objectOf(body) ?? {};
    const format = stringOf(fields["output_format"]);
    const images = objectsOf(fields["data"]).map(
      (image): MadeImage =>
        compact({
          base64: contentOf(image["b64_json"]),
          url: contentOf(image["url"]),
          mediaType: format === undefined ? undefined : `image/${format}`,
          revisedPrompt: stringOf(image["revised_prompt"]),
        }),
    );
    if (images.length === 0 || images.some(({ base64 = "", url = "" }) => base64 + url === ""))
      throw new GatewayError("upstream_invalid_response", "The upstream made no image.");
    return compact({ images, created: numberOf(fields["created"]), usage: imagesUsage(fields, images.length) });
  },

  readOutline({ fields, lengths }) {
    const images = lengths.get("data") ?? 0;
    if (images === 0) throw new GatewayError("upstream_invalid_response", "The upstream made no image.");
    return imagesUsage(fields, images);
  },
};

/** What other APIs can say. */
function reportLost({ resolution, negativePrompt, seed }: ImagesRequest, losses: LossRecorder): void {
  if (resolution !== undefined) losses.drop("resolution", "OpenAI's pictures have a size in pixels.");
  if (negativePrompt !== undefined) losses.drop("negative-prompt", "OpenAI has no negative prompts.");
  if (seed !== undefined) losses.drop("seed", "OpenAI's pictures take no seed.");
}

/** Of GPT Image models, by the ratio of their sides. */
const SIZES: Readonly<Record<string, string>> = { "1:1": "1024x1024", "3:2": "1536x1024", "2:3": "1024x1536" };

function sizeOf({ aspectRatio }: ImagesRequest, losses: LossRecorder): string | undefined {
  if (aspectRatio === undefined) return undefined;
  const size = entryOf(SIZES, nearestRatio(aspectRatio, Object.keys(SIZES)));
  losses.adapt("aspect-ratio", `OpenAI takes a size in pixels: ${size ?? "its own"} stands for ${aspectRatio}.`);
  return size;
}

/**
 * GPT Image models always answer with the bytes, and refuse to be told so.
 * https://developers.openai.com/api/reference/resources/images/methods/generate
 */
export const answersWithBytes = (model: string): boolean => /(^|\/)(chatgpt|gpt)-image-/.test(model);

function responseFormat(answerAs: ImagesRequest["answerAs"], model: string, losses: LossRecorder) {
  if (answerAs === undefined) return undefined;
  if (!answersWithBytes(model)) return answerAs === "url" ? "url" : "b64_json";
  if (answerAs === "url") losses.adapt("response-format", "GPT Image sends bytes: the URL is a data: URL.");
  return undefined;
}

const MOST_IMAGES = 10;

function only(body: JsonObject, names: ReadonlySet<string>): JsonObject | undefined {
  const entries = Object.entries(body).filter(([name]) => names.has(name));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function readAnswerAs(value: JsonValue | undefined): "url" | "base64" | undefined {
  const format = readString(value, "response_format");
  if (format === undefined) return undefined;
  if (format === "url") return "url";
  if (format === "b64_json") return "base64";
  throw invalidRequest("'response_format' must be 'url' or 'b64_json'.", "response_format");
}

function wireSource(image: SourceImage): JsonObject {
  return image.type === "file" ? { file_id: image.id } : { image_url: urlOfImage(image) ?? "" };
}

/** A picture that came as bytes is a `data:` URL for who wants a URL. */
function wireImage(
  { base64, url, mediaType = "image/png", revisedPrompt }: MadeImage,
  { answerAs }: ImagesRequest,
): JsonObject {
  const wanted =
    answerAs === "url" && url === undefined && base64 !== undefined
      ? { url: `data:${mediaType};base64,${base64}` }
      : compact({ b64_json: base64, url: base64 === undefined ? url : undefined });
  return compact({ ...wanted, revised_prompt: revisedPrompt });
}

/** Models that are billed by the token tell their tokens; of the others the pictures count. */
export function imagesUsage(fields: JsonObject, images: number): Usage {
  const told = objectOf(fields["usage"]);
  const inputTokens = numberOf(told?.["input_tokens"]);
  const outputTokens = numberOf(told?.["output_tokens"]);
  if (told === undefined || inputTokens === undefined || outputTokens === undefined) return { images };
  const input = objectOf(told["input_tokens_details"]);
  const output = objectOf(told["output_tokens_details"]);
  return usageOf(
    {
      inputTokens,
      outputTokens,
      imageInputTokens: numberOf(input?.["image_tokens"]),
      imageOutputTokens: numberOf(output?.["image_tokens"]) ?? outputTokens,
    },
    told,
  );
}

function wireUsage({
  inputTokens,
  outputTokens,
  imageInputTokens = 0,
  imageOutputTokens,
}: Usage): JsonObject | undefined {
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    input_tokens_details: { image_tokens: imageInputTokens, text_tokens: Math.max(0, inputTokens - imageInputTokens) },
    output_tokens_details: {
      image_tokens: imageOutputTokens ?? outputTokens,
      text_tokens: Math.max(0, outputTokens - (imageOutputTokens ?? outputTokens)),
    },
  };
}
