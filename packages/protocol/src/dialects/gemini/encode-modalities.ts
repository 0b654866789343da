import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, OutputModality } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import { voiceAt } from "../shared/voices.ts";
import type { EncodeScope } from "./encode-scope.ts";
import { unprefixed } from "./encode-tools.ts";
import { nonEmpty } from "./wire.ts";

const WORDS: Readonly<Record<OutputModality, string>> = { text: "TEXT", image: "IMAGE", audio: "AUDIO" };

/** https://ai.google.dev/gemini-api/docs/image-generation https://ai.google.dev/gemini-api/docs/speech-generation */
export function encodeModalities(request: CanonicalRequest, extension: JsonObject, scope: EncodeScope): JsonObject {
  const { modalities, imageOutput, audioOutput } = request;
  const voice = audioOutput?.voice === undefined ? undefined : voiceAt("gemini", audioOutput.voice, scope.losses);
  const image = compact({ aspectRatio: imageOutput?.aspectRatio, imageSize: imageOutput?.size });
  const speech = compact({
    voiceConfig: voice === undefined ? undefined : { prebuiltVoiceConfig: { voiceName: voice } },
  });
  return compact({
    responseModalities: modalities === undefined ? undefined : spoken(modalities, scope).map((word) => WORDS[word]),
    imageConfig: nonEmpty({ ...image, ...unprefixed("generationConfig.imageConfig.", extension) }),
    speechConfig: nonEmpty({ ...speech, ...unprefixed("generationConfig.speechConfig.", extension) }),
  });
}

/** Gemini's models that speak do not write: TEXT beside AUDIO is an error. */
function spoken(modalities: readonly OutputModality[], { losses }: EncodeScope): readonly OutputModality[] {
  if (!modalities.includes("audio") || modalities.length === 1) return modalities;
  losses.adapt("text-output", "Gemini speaks or writes: it was asked to speak.");
  return ["audio"];
}
