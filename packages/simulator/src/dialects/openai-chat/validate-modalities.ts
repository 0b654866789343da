import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";

const FORMATS = ["wav", "aac", "mp3", "flac", "opus", "pcm16"];
/** https://developers.openai.com/api/docs/guides/text-to-speech#voice-options */
const VOICES = "alloy ash ballad coral echo fable nova onyx sage shimmer verse marin cedar".split(" ");

/**
 * OpenAI writes, or writes and speaks; servers that have taken over OpenRouter's form draw too.
 * https://developers.openai.com/api/docs/guides/audio
 * https://openrouter.ai/docs/guides/overview/multimodal/image-generation
 */
export function validateModalities(body: Fields, official: boolean): Failure | undefined {
  const { modalities } = body;
  if (isAbsent(modalities)) return undefined;
  const known = official ? ["text", "audio"] : ["text", "image", "audio"];
  const list = listOf(modalities);
  const at = list.findIndex((word) => !known.includes(String(word)));
  if (list.length === 0 || at >= 0) {
    const supported = known.map((word) => `'${word}'`).join(" and ");
    return invalid(
      `Invalid value: '${String(list[at])}'. Supported values are: ${supported}.`,
      `modalities[${at}]`,
      "invalid_value",
    );
  }
  if (official && list.includes("audio") && !list.includes("text"))
    return invalid("Unsupported value: 'modalities' must be ['text'] or ['text', 'audio'].", "modalities");
  return list.includes("audio") ? validateAudio(body, official) : undefined;
}

function validateAudio(body: Fields, official: boolean): Failure | undefined {
  if (!isFields(body["audio"]))
    return invalid("Missing required parameter: 'audio'.", "audio", "missing_required_parameter");
  const { voice, format } = fieldsOf(body["audio"]);
  const name = textOf(voice) ?? textOf(fieldsOf(voice)["id"]);
  if (name === undefined)
    return invalid("Missing required parameter: 'audio.voice'.", "audio.voice", "missing_required_parameter");
  if (official && typeof voice === "string" && !VOICES.includes(voice))
    return invalid(`Invalid value: '${voice}'. Supported values are: ${VOICES.join(", ")}.`, "audio.voice");
  if (!FORMATS.includes(String(format)))
    return invalid(
      `Invalid value: '${String(format)}'. Supported values are: ${FORMATS.join(", ")}.`,
      "audio.format",
      "invalid_value",
    );
  if (body["stream"] !== true || format === "pcm16") return undefined;
  const message = `Unsupported value: 'audio.format' does not support '${String(format)}' when stream=true. Supported values are: 'pcm16'.`;
  return invalid(message, "audio.format", "unsupported_value");
}
