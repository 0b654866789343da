import type { JsonObject } from "../../ir/json.ts";
import type { MediaPart } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import { toBase64 } from "../shared/base64.ts";
import { sameHouse } from "../shared/replay.ts";
import { isYouTube, mediaTypeOfName } from "./decode-parts.ts";
import type { EncodeScope } from "./encode-scope.ts";
import { isLevelModel } from "./model-family.ts";

/** What a blob without a media type most likely is. */
const LIKELY_TYPE: Readonly<Record<MediaPart["kind"], string>> = {
  image: "image/png",
  document: "application/pdf",
  audio: "audio/wav",
  video: "video/mp4",
};

/** The media as a wire part without its signature; undefined, and reported, where Gemini cannot be shown it. */
export function encodeMedia(part: MediaPart, scope: EncodeScope): JsonObject | undefined {
  reportMedia(part, scope);
  const data = mediaData(part, scope);
  return data === undefined ? undefined : { ...data, ...resolutionOf(part, scope) };
}

function mediaData(part: MediaPart, scope: EncodeScope): JsonObject | undefined {
  const { source, mediaType } = part;
  switch (source.type) {
    case "base64":
      return { inlineData: { mimeType: mediaType ?? LIKELY_TYPE[part.kind], data: source.data } };
    case "text":
      return { inlineData: { mimeType: mediaType ?? "text/plain", data: toBase64(source.text) } };
    case "url":
      return urlData(source.url, mediaType, scope);
    case "file":
      if (sameHouse(source.origin, scope.place))
        return { fileData: { ...compact({ mimeType: mediaType }), fileUri: source.id } };
      scope.losses.drop(
        "file-reference",
        `The file '${source.id}' is stored at ${source.origin.provider ?? source.origin.dialect}.`,
      );
      return undefined;
    case "parts":
      // Its parts are encoded one by one before this is asked.
      return undefined;
  }
}

function urlData(url: string, mediaType: string | undefined, { target, losses }: EncodeScope): JsonObject | undefined {
  if (target.quirks.urlMedia === false && !isYouTube(url)) {
    losses.drop("media-url", `${target.provider} does not fetch media from URLs.`);
    return undefined;
  }
  return { fileData: { ...compact({ mimeType: mediaType ?? mediaTypeOfName(url) }), fileUri: url } };
}

/** Per-part resolution came with Gemini 3. https://ai.google.dev/gemini-api/docs/media-resolution */
function resolutionOf({ detail, extension }: MediaPart, { target, losses }: EncodeScope): JsonObject {
  if (detail === undefined || detail === "auto") return {};
  if (extension?.dialect === "gemini" && extension.fields["mediaResolution"] !== undefined) return {};
  if (detail === "original" || !isLevelModel(target)) {
    losses.drop("image-detail", `Detail '${detail}' cannot be asked of ${target.model}.`);
    return {};
  }
  return { mediaResolution: { level: detail === "low" ? "MEDIA_RESOLUTION_LOW" : "MEDIA_RESOLUTION_HIGH" } };
}

export function reportMedia(part: MediaPart, { losses }: EncodeScope): void {
  if (part.citations === true) losses.drop("document-citations", "Gemini does not cite documents on request.");
  if (part.context !== undefined) losses.drop("document-context", "Gemini takes no context beside a document.");
  const named = part.extension?.dialect === "gemini";
  if (part.name !== undefined && !named) losses.drop("media-name", "Gemini takes no name beside media.");
}
