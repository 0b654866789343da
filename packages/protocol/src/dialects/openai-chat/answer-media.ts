import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { MediaPart, Part } from "../../ir/parts.ts";
import { compact, numberOf } from "../../json/read.ts";
import type { AnswerContext } from "../dialect.ts";
import { formatDataUrl } from "../shared/data-url.ts";
import { type Carried, sealEnvelope } from "../shared/envelope.ts";
import { base64Joiner, isPcm, withWavHeader } from "../shared/sound.ts";
import { IMAGE_VALUES, isOwn, MADE_AUDIO_ID } from "./wire.ts";

/**
 * An entry of `images`. https://openrouter.ai/docs/guides/overview/multimodal/image-generation
 * `before`: values of the text before it, which nothing else in such an answer can carry.
 */
export function imageOf(part: MediaPart, before: readonly Carried[], losses: LossRecorder): readonly JsonObject[] {
  const { source, opaque } = part;
  const url =
    source.type === "base64"
      ? formatDataUrl(part.mediaType ?? "image/png", source.data)
      : source.type === "url" && source.url;
  if (part.kind !== "image" || typeof url !== "string") {
    losses.drop(`${part.kind}-output`, `An answer in chat completions cannot hold this ${part.kind}.`);
    return [];
  }
  const own: readonly Carried[] = opaque === undefined || isOwn(opaque) ? [] : [{ of: "media", opaque }];
  const values = [...before, ...own];
  const sealed = values.length === 0 ? {} : { [IMAGE_VALUES]: sealEnvelope(values) };
  return [{ type: "image_url", image_url: { url }, ...sealed }];
}

type Sound = MediaPart & { readonly kind: "audio"; readonly source: { readonly type: "base64" } };

export const isSound = (part: Part): part is Sound =>
  part.type === "media" && part.kind === "audio" && part.source.type === "base64";

/** Until when its vendor keeps it; nobody does where the id was made here. */
export const expiry = (kept: JsonObject | undefined, { now }: AnswerContext): number =>
  numberOf(kept?.["expires_at"]) ?? now;

export const soundId = ({ id }: MediaPart, { uniqueId }: AnswerContext): string => id ?? `${MADE_AUDIO_ID}${uniqueId}`;

/** The whole of `audio`, from the one sound of an answer, or from several that are samples. */
export function audioOf(
  sounds: readonly Sound[],
  kept: JsonObject | undefined,
  context: AnswerContext,
): JsonObject | undefined {
  const [first, ...more] = sounds;
  if (first === undefined) return undefined;
  const fits = (other: Sound) => isPcm(first.mediaType) && other.mediaType === first.mediaType;
  if (!more.every(fits)) context.losses.drop("audio-output", "An answer in chat completions holds one sound.");
  const joined = [first, ...more.filter(fits)];
  return {
    ...kept,
    id: soundId(first, context),
    data: inAskedFormat(first, joinedData(joined), context),
    expires_at: expiry(kept, context),
    transcript: joined.map(({ transcript = "" }) => transcript).join(""),
  };
}

function joinedData(sounds: readonly Sound[]): string {
  const [only, ...more] = sounds;
  if (only !== undefined && more.length === 0) return only.source.data;
  const joiner = base64Joiner();
  return `${sounds.map(({ source }) => joiner.push(source.data)).join("")}${joiner.end()}`;
}

/** Samples get the header of a file where a file was asked for; nothing here makes one kind of file into another. */
function inAskedFormat({ mediaType }: MediaPart, data: string, { request, losses }: AnswerContext): string {
  const asked = request.audioOutput?.format;
  if (asked === undefined) return data;
  if (!isPcm(mediaType)) {
    reportFormat(mediaType, asked, losses);
    return data;
  }
  if (asked === "pcm16") return data;
  if (asked !== "wav") losses.adapt("audio-format", `The sound was sent as 'wav' in place of '${asked}'.`);
  return withWavHeader(data, mediaType);
}

const TYPES: Readonly<Record<string, string>> = {
  wav: "audio/wav",
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  flac: "audio/flac",
  aac: "audio/aac",
};

function reportFormat(mediaType: string | undefined, asked: string, losses: LossRecorder): void {
  if (mediaType === undefined || TYPES[asked] === mediaType) return;
  losses.adapt("audio-format", `The sound was sent as '${mediaType}' in place of '${asked}'.`);
}

/** What a stream says when a sound begins. OpenAI's streams hold samples and nothing else. */
export function soundStart(part: Sound, isFirst: boolean, context: AnswerContext): JsonObject {
  const asked = context.request.audioOutput?.format ?? "pcm16";
  if (!isPcm(part.mediaType)) reportFormat(part.mediaType, asked, context.losses);
  else if (asked !== "pcm16") {
    context.losses.adapt("audio-format", `The sound was sent as samples ('pcm16') in place of '${asked}'.`);
  }
  const { data } = part.source;
  return compact({
    id: isFirst ? soundId(part, context) : undefined,
    transcript: part.transcript ?? (isFirst ? "" : undefined),
    data: data === "" ? undefined : data,
  });
}
