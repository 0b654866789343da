import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { CanonicalRequest, OutputModality } from "../../ir/request.ts";
import { compact, objectOf, otherFields, stringOf } from "../../json/read.ts";
import { prefixed } from "./decode-tools.ts";
import { fieldsOf, listOf, readMessage } from "./wire.ts";

export interface DecodedModalities {
  readonly known: Pick<CanonicalRequest, "modalities" | "imageOutput" | "audioOutput">;
  /** The fields of the configuration that are said by it. */
  readonly used: readonly string[];
  /** What only Gemini can say of pictures and speech, by its path in the request. */
  readonly rest: JsonObject;
}

const MODALITIES: ReadonlyMap<string, OutputModality> = new Map([
  ["TEXT", "text"],
  ["IMAGE", "image"],
  ["AUDIO", "audio"],
]);

const PATH = "generationConfig";

/** https://ai.google.dev/api/generate-content#v1beta.GenerationConfig */
export function decodeModalities(config: JsonObject): DecodedModalities {
  const modalities = decodeList(config["responseModalities"]);
  const image = readMessage(config["imageConfig"], `${PATH}.imageConfig`) ?? {};
  const speech = readMessage(config["speechConfig"], `${PATH}.speechConfig`) ?? {};
  const imageOutput = compact({ aspectRatio: stringOf(image["aspectRatio"]), size: stringOf(image["imageSize"]) });
  const voice = voiceOf(speech["voiceConfig"]);
  return {
    known: compact({
      modalities,
      imageOutput: Object.keys(imageOutput).length === 0 ? undefined : imageOutput,
      audioOutput: voice === undefined ? undefined : { voice },
    }),
    used: [...(modalities === undefined ? [] : ["responseModalities"]), "imageConfig", "speechConfig"],
    rest: {
      ...prefixed(`${PATH}.imageConfig.`, otherFields(image, new Set(["aspectRatio", "imageSize"]))),
      ...prefixed(`${PATH}.speechConfig.`, otherFields(speech, new Set(voice === undefined ? [] : ["voiceConfig"]))),
    },
  };
}

/** Undefined where one of them is no word of the IR's: then the list stays as it is. */
function decodeList(value: JsonValue | undefined): readonly OutputModality[] | undefined {
  const words = listOf(value);
  const known = words.flatMap((word) => MODALITIES.get(stringOf(word)?.toUpperCase() ?? "") ?? []);
  return known.length > 0 && known.length === words.length ? known : undefined;
}

/** Undefined where it is no voice of Google's own: a cloned one stays as it is. */
function voiceOf(value: JsonValue | undefined): string | undefined {
  const { prebuiltVoiceConfig, ...others } = fieldsOf(objectOf(value) ?? {});
  const { voiceName, ...rest } = fieldsOf(objectOf(prebuiltVoiceConfig) ?? {});
  return Object.keys({ ...others, ...rest }).length === 0 ? stringOf(voiceName) : undefined;
}
