import {
  answersWithBytes,
  geminiImages,
  IMAGEN_DEFAULT_IMAGES,
  type ImagesAnswer,
  type ImagesRequest,
  imageEvents,
  imagenImages,
  imagesUsage,
  isObject,
  openaiImages,
  type Usage,
} from "@signalbox/protocol";
import type { Exchange } from "../exchange.ts";
import { type JsonOperation, namedAtTop, readJsonOperation, tokensOfTexts } from "./json-operation.ts";
import type { Asked } from "./operation.ts";
import { lastEvent } from "./transcription.ts";

type Images = JsonOperation<ImagesRequest, ImagesAnswer>;

const common = {
  egress: { openai: openaiImages, gemini: geminiImages, imagen: imagenImages },
  worst: worstOf,
} satisfies Pick<Images, "egress" | "worst">;

/** The model has one form of answers, and refuses to be told which. */
export const answersOtherwise = ({ answerAs }: ImagesRequest, model: string): boolean =>
  answerAs !== undefined && answersWithBytes(model);

const openai: Pick<Images, "format" | "ingress" | "named" | "events" | "completes"> = {
  format: "openai",
  ingress: openaiImages,
  named: namedAtTop,
  completes: (request, model) => request.otherwiseWritten === true || answersOtherwise(request, model),
  events: { encode: imageEvents, reading },
};

/** `POST /v1/images/generations`. */
export function readImages(exchange: Exchange): Promise<Asked> {
  return readJsonOperation(exchange, { ...common, ...openai, operation: "images" });
}

export const imageEdits: Images = { ...common, ...openai, operation: "image-edits" };

/** `POST /v1/images/edits`, as JSON. */
export function readImageEdits(exchange: Exchange): Promise<Asked> {
  return readJsonOperation(exchange, imageEdits);
}

/** Imagen's `:predict`. */
export function readPredict(exchange: Exchange): Promise<Asked> {
  return readJsonOperation(exchange, {
    ...common,
    operation: "images",
    format: "imagen",
    ingress: imagenImages,
    // The path says it.
    named: ({ bytes }) => [bytes],
    worst: (request) => worstOf({ ...request, count: request.count ?? IMAGEN_DEFAULT_IMAGES }),
  });
}

/** Its last event tells what was used. */
function reading({ count = 1 }: Pick<ImagesRequest, "count">) {
  return lastEvent(/^image_(?:generation|edit)\.completed$/, (event) =>
    imagesUsage(isObject(event) ? event : {}, count),
  );
}

/**
 * The largest picture of gpt-image-1 in high quality is 6,240 tokens, and what it is shown at most 4,160 + 1,560 each.
 * https://developers.openai.com/api/docs/guides/image-generation
 */
const MADE = 6_300;
const SHOWN = 5_800;

function worstOf({ prompt, images, count = 1 }: ImagesRequest): Usage {
  return worstOfImages({ prompt, shown: images.length, count });
}

export function worstOfImages(of: { readonly prompt: string; readonly shown: number; readonly count: number }): Usage {
  return {
    inputTokens: tokensOfTexts([of.prompt]) + of.shown * SHOWN,
    imageInputTokens: of.shown * SHOWN,
    outputTokens: of.count * MADE,
    imageOutputTokens: of.count * MADE,
    images: of.count,
  };
}
