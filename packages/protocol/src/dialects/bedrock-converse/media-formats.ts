import type { MediaKind } from "../../ir/parts.ts";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html and its neighbours. */
const FORMATS: Readonly<Record<MediaKind, ReadonlyMap<string, string>>> = {
  image: new Map([
    ["image/png", "png"],
    ["image/jpeg", "jpeg"],
    ["image/jpg", "jpeg"],
    ["image/gif", "gif"],
    ["image/webp", "webp"],
  ]),
  document: new Map([
    ["application/pdf", "pdf"],
    ["text/csv", "csv"],
    ["application/msword", "doc"],
    ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"],
    ["application/vnd.ms-excel", "xls"],
    ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"],
    ["text/html", "html"],
    ["text/markdown", "md"],
  ]),
  video: new Map([
    ["video/mp4", "mp4"],
    ["video/quicktime", "mov"],
    ["video/x-matroska", "mkv"],
    ["video/webm", "webm"],
    ["video/x-flv", "flv"],
    ["video/mpeg", "mpeg"],
    ["video/x-ms-wmv", "wmv"],
    ["video/3gpp", "three_gp"],
  ]),
  audio: new Map([
    ["audio/mpeg", "mp3"],
    ["audio/mp3", "mp3"],
    ["audio/wav", "wav"],
    ["audio/x-wav", "wav"],
    ["audio/wave", "wav"],
    ["audio/flac", "flac"],
    ["audio/x-flac", "flac"],
    ["audio/ogg", "ogg"],
    ["audio/opus", "opus"],
    ["audio/aac", "aac"],
    ["audio/x-aac", "x-aac"],
    ["audio/m4a", "m4a"],
    ["audio/x-m4a", "m4a"],
    ["audio/mp4", "mp4"],
    ["audio/webm", "webm"],
    ["audio/pcm", "pcm"],
    ["audio/x-matroska", "mka"],
  ]),
};

/** The wire's word for a media type, or undefined where the API does not take it. */
export function formatOf(kind: MediaKind, mediaType: string): string | undefined {
  const type = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  const known = FORMATS[kind].get(type);
  if (known !== undefined || kind !== "document") return known;
  return /^text\/|^application\/(json|xml|yaml|x-yaml|javascript)$/.test(type) ? "txt" : undefined;
}

/** The media type of an image that an answer holds. */
export const imageTypeOfFormat = (format: string): string => `image/${format}`;
