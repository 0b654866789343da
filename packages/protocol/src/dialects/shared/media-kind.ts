import type { MediaKind } from "../../ir/parts.ts";

/** The kind of media that a media type names; everything that is not image, audio or video is a document. */
export function mediaKindOf(mediaType: string | undefined): MediaKind {
  const family = mediaType?.split("/")[0];
  return family === "image" || family === "audio" || family === "video" ? family : "document";
}
