import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { stringOf } from "../../json/read.ts";
import type { OperationAnswer } from "../codec.ts";

export type SourceImage =
  | { readonly type: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly type: "url"; readonly url: string }
  /** A file that the client's vendor holds. */
  | { readonly type: "file"; readonly id: string };

/** Pictures are made from words, or where `images` are given, from those as well. */
export interface ImagesRequest {
  readonly prompt: string;
  readonly images: readonly SourceImage[];
  /** What of the first image may be changed: where the mask is transparent. */
  readonly mask?: SourceImage;
  /** The client has not written its pictures as OpenAI does. */
  readonly otherwiseWritten?: boolean;
  readonly count?: number;
  /** Pixels, `1024x1536`, or `auto`. */
  readonly size?: string;
  /** `16:9`; over that of `size`. */
  readonly aspectRatio?: string;
  /** `1K`, `2K`, `4K`. */
  readonly resolution?: string;
  readonly negativePrompt?: string;
  readonly seed?: number;
  readonly outputFormat?: string;
  /** How the client wants its pictures; absent: as the model gives them. */
  readonly answerAs?: "url" | "base64";
  readonly stream: boolean;
  readonly endUser?: string;
  /** What servers that copied OpenAI's API have added to it, as the client wrote it: OpenAI itself refuses it. */
  readonly copied?: JsonObject;
  /** Wire fields that no other API has a word for. */
  readonly others: JsonObject;
  /** The same of fields without which another picture would be made. */
  readonly needed?: readonly string[];
}

export interface MadeImage {
  readonly base64?: string;
  readonly url?: string;
  readonly mediaType?: string;
  readonly revisedPrompt?: string;
}

export interface ImagesAnswer extends OperationAnswer {
  readonly images: readonly MadeImage[];
  /** Unix seconds. */
  readonly created?: number;
}

/** Of a picture in an answer: an empty text is none. */
export const contentOf = (value: JsonValue | undefined): string | undefined => stringOf(value) || undefined;

/** `data:` URLs are their content. */
export function sourceImage(url: string): SourceImage {
  const found = /^data:([^;,]+);base64,(.*)$/s.exec(url);
  return found === null
    ? { type: "url", url }
    : { type: "base64", mediaType: found[1] ?? "image/png", data: found[2] ?? "" };
}

export const urlOfImage = (image: SourceImage): string | undefined => {
  if (image.type === "url") return image.url;
  return image.type === "base64" ? `data:${image.mediaType};base64,${image.data}` : undefined;
};
