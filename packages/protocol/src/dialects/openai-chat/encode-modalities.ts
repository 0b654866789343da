import type { JsonObject } from "../../ir/json.ts";
import type { OutputModality } from "../../ir/request.ts";
import { compact, objectOf } from "../../json/read.ts";
import { givenModalities } from "../shared/modalities.ts";
import { standardVoice, voiceAt } from "../shared/voices.ts";
import type { Encoding } from "./encoding.ts";
import { DIALECT } from "./wire.ts";

/** Throws `unsupported_feature` where nothing but pictures is asked of an endpoint that makes none. */
export function encodeModalities(encoding: Encoding): JsonObject {
  const { request, losses } = encoding;
  const given = givenModalities(request, modalitiesOf(encoding), losses);
  const modalities = given === undefined ? undefined : withText(given, encoding);
  const isOnlyWhatIsLeft = given?.length === 1 && given[0] === "text" && (request.modalities?.length ?? 0) > 1;
  return compact({
    modalities: isOnlyWhatIsLeft ? undefined : modalities,
    image_config: imageConfig(encoding),
    audio: audio(encoding),
  });
}

function modalitiesOf({ quirks }: Encoding): readonly OutputModality[] {
  const draws = (quirks.imageOutput ?? "none") !== "none";
  const speaks = quirks.audioOutput !== false;
  return ["text", ...(draws ? (["image"] as const) : []), ...(speaks ? (["audio"] as const) : [])];
}

/** OpenAI speaks only what it also writes. https://platform.openai.com/docs/guides/audio */
function withText(given: readonly OutputModality[], { losses }: Encoding): readonly OutputModality[] {
  if (!given.includes("audio") || given.includes("text")) return given;
  losses.adapt("audio-output", "The sound was asked for together with its words.");
  return ["text", ...given];
}

function imageConfig({ request, quirks, losses }: Encoding): JsonObject | undefined {
  const { imageOutput } = request;
  if (imageOutput === undefined) return undefined;
  if (quirks.imageOutput === "image_config") {
    return compact({ aspect_ratio: imageOutput.aspectRatio, image_size: imageOutput.size });
  }
  losses.drop("image-config", "The endpoint is not told how its pictures are to be.");
  return undefined;
}

/** Voice and format are required; without a header is how others' clients expect a sound of which they said nothing. */
function audio({ request, target, quirks, losses }: Encoding): JsonObject | undefined {
  const { modalities, audioOutput } = request;
  if (quirks.audioOutput === false) {
    if (audioOutput !== undefined) losses.drop("audio-output", "The endpoint does not speak.");
    return undefined;
  }
  const vendor = target.model.includes("gemini") ? "gemini" : "openai";
  const voice = audioOutput?.voice === undefined ? undefined : voiceAt(vendor, audioOutput.voice, losses);
  if (modalities?.includes("audio") !== true) {
    return audioOutput === undefined ? undefined : compact({ voice, format: audioOutput.format });
  }
  const own = objectOf(request.extensions?.[DIALECT]?.["audio"]);
  const fallback = own?.["voice"] === undefined ? standardVoice(vendor) : undefined;
  return compact({ voice: voice ?? fallback, format: audioOutput?.format ?? "pcm16" });
}
