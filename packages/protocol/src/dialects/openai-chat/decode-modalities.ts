import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { CanonicalRequest, OutputModality } from "../../ir/request.ts";
import { compact, otherFields, readArray, readObject, stringOf } from "../../json/read.ts";

export const MODALITY_FIELDS = ["modalities", "image_config", "audio"] as const;

export interface DecodedModalities {
  readonly known: Pick<CanonicalRequest, "modalities" | "imageOutput" | "audioOutput">;
  /** What the IR has no word for: OpenRouter's `font_inputs`, Inworld's `audio.model`, modalities to come. */
  readonly rest: JsonObject;
}

const MODALITIES = ["text", "image", "audio"] as const satisfies readonly OutputModality[];

/**
 * `modalities` and `audio` are OpenAI's, images among them and `image_config` OpenRouter's.
 * https://platform.openai.com/docs/api-reference/chat/create
 * https://openrouter.ai/docs/guides/overview/multimodal/image-generation
 */
export function decodeModalities(body: JsonObject): DecodedModalities {
  const modalities = decodeList(body["modalities"]);
  const image = readObject(body["image_config"], "image_config") ?? {};
  const audio = readObject(body["audio"], "audio") ?? {};
  const imageOutput = compact({ aspectRatio: stringOf(image["aspect_ratio"]), size: stringOf(image["image_size"]) });
  const audioOutput = compact({ voice: stringOf(audio["voice"]), format: stringOf(audio["format"]) });
  return {
    known: compact({
      modalities,
      imageOutput: Object.keys(imageOutput).length === 0 ? undefined : imageOutput,
      audioOutput: Object.keys(audioOutput).length === 0 ? undefined : audioOutput,
    }),
    rest: compact({
      modalities: modalities === undefined ? (body["modalities"] ?? undefined) : undefined,
      image_config: unread(image, ["aspect_ratio", "image_size"]),
      audio: unread(audio, ["voice", "format"]),
    }),
  };
}

/** Undefined where one of them is no word of the IR's: then the list stays as it is. */
function decodeList(value: JsonValue | undefined): readonly OutputModality[] | undefined {
  const words = readArray(value, "modalities");
  const known = words?.flatMap((word) => MODALITIES.find((modality) => modality === word) ?? []);
  return known !== undefined && known.length > 0 && known.length === words?.length ? known : undefined;
}

const unread = (object: JsonObject, fields: readonly string[]): JsonObject | undefined =>
  otherFields(object, new Set(fields.filter((field) => typeof object[field] === "string")));
