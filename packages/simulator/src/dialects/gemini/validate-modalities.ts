import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";
import { member } from "./read.ts";

const MODALITIES = ["TEXT", "IMAGE", "AUDIO"];
const RATIOS = "1:1 2:3 3:2 3:4 4:3 4:5 5:4 9:16 16:9 21:9 1:4 4:1 1:8 8:1".split(" ");
const SIZES = ["512", "1K", "2K", "4K"];
/** https://ai.google.dev/gemini-api/docs/speech-generation#voices */
const VOICES =
  "achernar achird algenib algieba alnilam aoede autonoe callirrhoe charon despina enceladus erinome fenrir gacrux iapetus kore laomedeia leda orus puck pulcherrima rasalgethi sadachbia sadaltager schedar sulafat umbriel vindemiatrix zephyr zubenelgenubi".split(
    " ",
  );

/** https://ai.google.dev/gemini-api/docs/image-generation https://ai.google.dev/gemini-api/docs/speech-generation */
export function validateModalities(config: Fields): Failure | undefined {
  const modalities = listOf(member(config, "responseModalities")).map(String);
  const unknown = modalities.find((modality) => !MODALITIES.includes(modality));
  if (unknown !== undefined)
    return invalid(
      `Invalid value at 'generation_config.response_modalities' (type.googleapis.com/google.ai.generativelanguage.v1beta.GenerationConfig.Modality), "${unknown}"`,
    );
  if (modalities.includes("AUDIO") && modalities.length > 1)
    return invalid(
      `The requested combination of response modalities (${modalities.join(", ")}) is not supported by the model.`,
    );
  return validateImage(fieldsOf(member(config, "imageConfig"))) ?? validateVoice(config);
}

function validateImage(config: Fields): Failure | undefined {
  const ratio = member(config, "aspectRatio");
  if (ratio !== undefined && !RATIOS.includes(String(ratio)))
    return invalid(`* GenerateContentRequest.generation_config.image_config.aspect_ratio: invalid aspect ratio\n`);
  const size = member(config, "imageSize");
  if (size === undefined || SIZES.includes(String(size))) return undefined;
  return invalid(`* GenerateContentRequest.generation_config.image_config.image_size: invalid image size\n`);
}

function validateVoice(config: Fields): Failure | undefined {
  const voice = fieldsOf(member(fieldsOf(member(config, "speechConfig")), "voiceConfig"));
  const name = textOf(member(fieldsOf(member(voice, "prebuiltVoiceConfig")), "voiceName"));
  if (name === undefined || VOICES.includes(name.toLowerCase())) return undefined;
  return invalid(`Voice name ${name} is not supported. Allowed voice names are: ${VOICES.join(", ")}`);
}
