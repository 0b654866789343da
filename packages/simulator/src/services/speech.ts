import { createHash } from "node:crypto";
import { invalid } from "../dialects/openai-chat/errors.ts";
import type { Failure } from "../exchange.ts";
import { type Fields, isAbsent, isFields, numberOf, textOf } from "../json.ts";
import { tokensOf } from "./embeddings.ts";
import { postTo, type Service } from "./service.ts";

const TYPES: ReadonlyMap<string, string> = new Map([
  ["mp3", "audio/mpeg"],
  ["opus", "audio/opus"],
  ["aac", "audio/aac"],
  ["flac", "audio/flac"],
  ["wav", "audio/wav"],
  ["pcm", "audio/pcm"],
]);
const FIELDS: ReadonlySet<string> = new Set([
  "model",
  "input",
  "voice",
  "instructions",
  "response_format",
  "speed",
  "stream_format",
]);
const MOST_CHARACTERS = 4096;

/** Bytes of every value, the same for the same words, some for each character. */
export function soundOf(text: string): readonly Buffer[] {
  const pieces = Array.from({ length: Math.max(1, Math.ceil(text.length / 4)) });
  return pieces.map((_, index) => createHash("sha512").update(`${index} ${text}`).digest());
}

/** https://developers.openai.com/api/reference/resources/audio/subresources/speech/methods/create */
export const speech: Service = {
  errors: "openai-chat",
  match: postTo("/audio/speech"),
  answer({ exchange: { body, baseModel } }) {
    const refused = refuse(body, baseModel);
    if (refused !== undefined) return refused;
    const input = textOf(body["input"]) ?? "";
    const sound = soundOf(input);
    if (body["stream_format"] !== "sse") {
      return { contentType: TYPES.get(textOf(body["response_format"]) ?? "mp3") ?? "audio/mpeg", body: sound };
    }
    const [read, spoken] = [tokensOf(input), sound.length];
    const usage = { input_tokens: read, output_tokens: spoken, total_tokens: read + spoken };
    const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
    const deltas = sound.map((bytes) => event({ type: "speech.audio.delta", audio: bytes.toString("base64") }));
    return {
      contentType: "text/event-stream; charset=utf-8",
      body: [...deltas, event({ type: "speech.audio.done", usage })],
      usage: { input: read, output: spoken },
    };
  },
};

function refuse(body: Fields, model: string): Failure | undefined {
  const { input, voice, response_format: format } = body;
  const other = Object.keys(body).find((field) => !FIELDS.has(field));
  if (other !== undefined) return invalid(`Unrecognized request argument supplied: ${other}`);
  if (model === "") return invalid("you must provide a model parameter");
  const text = textOf(input);
  if (text === undefined || text === "") return invalid("[{'type': 'missing', 'loc': ('body', 'input')}]", "input");
  if (text.length > MOST_CHARACTERS)
    return invalid(`Input should have at most ${MOST_CHARACTERS} characters.`, "input");
  if (textOf(voice) === undefined && !isFields(voice)) return invalid("'voice' is a required property", "voice");
  if (!isAbsent(format) && !TYPES.has(String(format)))
    return invalid(`Invalid value: '${String(format)}'.`, "response_format");
  return refuseDelivery(body, model);
}

function refuseDelivery({ speed, stream_format: framing }: Fields, model: string): Failure | undefined {
  const pace = numberOf(speed) ?? 1;
  if (pace < 0.25 || pace > 4) return invalid("speed must be between 0.25 and 4.", "speed");
  if (framing === "sse" && model.startsWith("tts-1"))
    return invalid(`stream_format 'sse' is not supported with '${model}'.`);
  if (!isAbsent(framing) && framing !== "sse" && framing !== "audio")
    return invalid(`Invalid value: '${String(framing)}'.`);
  return undefined;
}
