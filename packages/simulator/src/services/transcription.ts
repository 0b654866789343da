import { invalid } from "../dialects/openai-chat/errors.ts";
import type { Failure } from "../exchange.ts";
import { tokensOf } from "./embeddings.ts";
import { fieldOf, type ReceivedForm, type ReceivedPart } from "./form.ts";
import { jsonReply, postTo, type Service, type ServiceReply } from "./service.ts";

const MOST_BYTES = 25 * 1024 * 1024;
const EXTENSIONS = /\.(?:flac|m4a|mp3|mp4|mpeg|mpga|oga|ogg|wav|webm)$/i;
/** Of telephone sound. */
const BYTES_PER_SECOND = 32_000;

const COMMON_FIELDS = ["file", "model", "prompt", "response_format", "temperature"];
const TRANSCRIPTION_FIELDS: ReadonlySet<string> = new Set([
  ...COMMON_FIELDS,
  "language",
  "stream",
  "include[]",
  "timestamp_granularities[]",
  "chunking_strategy",
  "known_speaker_names[]",
  "known_speaker_references[]",
]);
const TRANSLATION_FIELDS: ReadonlySet<string> = new Set(COMMON_FIELDS);
const TRANSLATED = ["json", "text", "srt", "verbose_json", "vtt"];
const TRANSCRIBED = [...TRANSLATED, "diarized_json"];

/** https://developers.openai.com/api/reference/resources/audio/subresources/transcriptions/methods/create */
export const transcription: Service = {
  errors: "openai-chat",
  takesForm: true,
  match: postTo("/audio/transcriptions"),
  answer: ({ form, exchange }) => {
    const heard = read(form, { known: TRANSCRIPTION_FIELDS, formats: TRANSCRIBED });
    if ("status" in heard) return heard;
    const refused = refuseFormat(heard, exchange.baseModel);
    if (refused !== undefined) return refused;
    const streams = heard.stream && !exchange.baseModel.startsWith("whisper");
    return streams ? streamed(heard) : whole(heard, exchange.baseModel);
  },
};

/** https://developers.openai.com/api/reference/resources/audio/subresources/translations/methods/create */
export const translation: Service = {
  errors: "openai-chat",
  takesForm: true,
  match: postTo("/audio/translations"),
  answer: ({ form, exchange }) => {
    const heard = read(form, { known: TRANSLATION_FIELDS, formats: TRANSLATED });
    return "status" in heard ? heard : whole(heard, exchange.baseModel);
  },
};

interface Heard {
  readonly file: ReceivedPart;
  readonly format: string;
  readonly stream: boolean;
  readonly seconds: number;
  /** The same for the same bytes. */
  readonly text: string;
  readonly form: ReceivedForm;
}

interface Rules {
  readonly known: ReadonlySet<string>;
  readonly formats: readonly string[];
}

function read(form: ReceivedForm | undefined, { known, formats }: Rules): Heard | Failure {
  if (form === undefined) return invalid("Could not parse multipart form: Content-Type is not multipart/form-data.");
  if (form.problem !== undefined) return invalid(`Could not parse multipart form: ${form.problem}.`);
  const other = form.parts.find(({ name }) => !known.has(name));
  if (other !== undefined) return invalid(`Unrecognized request argument supplied: ${other.name}`);
  if (!fieldOf(form, "model")) return invalid("you must provide a model parameter");
  const file = form.parts.find(({ name, filename }) => name === "file" && filename !== undefined);
  if (file?.filename === undefined) return invalid("'file' is a required property", "file");
  const refused = refuseFile(file, file.filename);
  if (refused !== undefined) return refused;
  const format = fieldOf(form, "response_format") ?? "json";
  if (!formats.includes(format)) return invalid(`Invalid value: '${format}'.`, "response_format", "invalid_value");
  const temperature = Number(fieldOf(form, "temperature") ?? 0);
  if (!(temperature >= 0 && temperature <= 1)) return invalid("temperature must be between 0 and 1.", "temperature");
  return {
    form,
    file,
    format,
    stream: ["true", "1"].includes(fieldOf(form, "stream") ?? ""),
    seconds: Math.max(1, Math.ceil(file.size / BYTES_PER_SECOND)),
    text: `Heard ${file.size} bytes of ${file.filename}: ${file.sha256}.`,
  };
}

function refuseFile({ size }: ReceivedPart, filename: string): Failure | undefined {
  if (!EXTENSIONS.test(filename)) {
    return invalid(
      "Unrecognized file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']",
    );
  }
  if (size === 0) return invalid("Audio file is too short. Minimum audio length is 0.1 seconds.");
  if (size <= MOST_BYTES) return undefined;
  const message = `${MOST_BYTES}: Maximum content size limit (${MOST_BYTES}) exceeded (${size} bytes read)`;
  return { status: 413, message, type: "server_error" };
}

/** Whisper writes everything but speakers; who came after it writes JSON, and text. */
function refuseFormat({ format, form }: Heard, model: string): Failure | undefined {
  const isWhisper = model.startsWith("whisper");
  const isDiarizing = model.includes("diarize");
  const usable = isWhisper ? TRANSLATED : ["json", "text", ...(isDiarizing ? ["diarized_json"] : [])];
  if (!usable.includes(format)) {
    const message = `response_format '${format}' is not compatible with model '${model}'. Use 'json' or 'text' instead.`;
    return invalid(message, "response_format", "unsupported_value");
  }
  const timed = form.parts.some(({ name }) => name === "timestamp_granularities[]");
  return timed && format !== "verbose_json"
    ? invalid("timestamp_granularities requires response_format 'verbose_json'.", "timestamp_granularities")
    : undefined;
}

function tokenUsage({ seconds, text }: Heard) {
  const [audio, output] = [seconds * 10, tokensOf(text)];
  return {
    type: "tokens",
    input_tokens: audio,
    input_token_details: { text_tokens: 0, audio_tokens: audio },
    output_tokens: output,
    total_tokens: audio + output,
  };
}

/** `whisper-1` tells seconds; others that serve Whisper tell nothing; what came after it tells tokens. */
function usageOf(heard: Heard, model: string): object | undefined {
  if (model.startsWith("whisper-1")) return { type: "duration", seconds: heard.seconds };
  return model.startsWith("whisper") ? undefined : tokenUsage(heard);
}

function whole(heard: Heard, model: string): ServiceReply {
  const { format, text, seconds } = heard;
  const usage = usageOf(heard, model);
  const told = usage === undefined ? {} : { usage };
  switch (format) {
    case "text":
      return plain(`${text}\n`);
    case "srt":
      return plain(`1\n00:00:00,000 --> 00:00:01,000\n${text}\n\n`);
    case "vtt":
      return plain(`WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n${text}\n\n`);
    case "verbose_json":
      return jsonReply({
        task: "transcribe",
        language: "english",
        duration: seconds - 0.5,
        text,
        segments: [
          {
            id: 0,
            seek: 0,
            start: 0,
            end: 1,
            text,
            tokens: [1],
            temperature: 0,
            avg_logprob: -0.2,
            compression_ratio: 1.2,
            no_speech_prob: 0.01,
          },
        ],
        ...told,
      });
    case "diarized_json":
      return jsonReply({
        task: "transcribe",
        duration: seconds,
        text,
        segments: [{ type: "transcript.text.segment", id: "seg_001", start: 0, end: 1, text, speaker: "A" }],
        ...told,
      });
    default:
      return jsonReply({ text, ...told });
  }
}

const plain = (body: string): ServiceReply => ({ contentType: "text/plain; charset=utf-8", body });

function streamed(heard: Heard): ServiceReply {
  const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
  const deltas = heard.text.split(/(?= )/).map((delta) => event({ type: "transcript.text.delta", delta }));
  const done = event({ type: "transcript.text.done", text: heard.text, usage: tokenUsage(heard) });
  return { contentType: "text/event-stream; charset=utf-8", body: [...deltas, done] };
}
