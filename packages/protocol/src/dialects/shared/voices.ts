import type { LossRecorder } from "../../ir/loss.ts";

type Vendor = "openai" | "gemini";

/** Each vendor's own voices, the one that stands for another's first. */
const VOICES: Readonly<Record<Vendor, readonly [string, ...string[]]>> = {
  // https://developers.openai.com/api/docs/guides/text-to-speech#voice-options
  openai: [
    "alloy",
    ...["ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse", "marin", "cedar"],
  ],
  // https://ai.google.dev/gemini-api/docs/speech-generation#voices
  gemini: [
    "Kore",
    ...["Zephyr", "Puck", "Charon", "Fenrir", "Leda", "Orus", "Aoede", "Callirrhoe", "Autonoe", "Enceladus", "Iapetus"],
    ...["Umbriel", "Algieba", "Despina", "Erinome", "Algenib", "Rasalgethi", "Laomedeia", "Achernar", "Alnilam"],
    ...["Schedar", "Gacrux", "Pulcherrima", "Achird", "Zubenelgenubi", "Vindemiatrix", "Sadachbia", "Sadaltager"],
    "Sulafat",
  ],
};

export const standardVoice = (vendor: Vendor): string => VOICES[vendor][0];

/** The voice, or one of this vendor's where it is known as another's: nobody but its vendor has it. */
export function voiceAt(vendor: Vendor, voice: string, losses: LossRecorder): string {
  const known = (list: readonly string[]) => list.find((name) => name.toLowerCase() === voice.toLowerCase());
  const own = known(VOICES[vendor]);
  if (own !== undefined) return own;
  if (known(VOICES[vendor === "openai" ? "gemini" : "openai"]) === undefined) return voice;
  losses.adapt("voice", `The voice '${voice}' is another vendor's; '${standardVoice(vendor)}' spoke in its place.`);
  return standardVoice(vendor);
}
