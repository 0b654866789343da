import type { MediaPart } from "../../ir/parts.ts";
import { parseDataUrl } from "./data-url.ts";

/** Media that came as a data URL, as inline bytes; all else as it is. */
export function fromDataUrl(part: MediaPart): MediaPart {
  const parsed = part.source.type === "url" ? parseDataUrl(part.source.url) : undefined;
  return parsed === undefined
    ? part
    : { ...part, mediaType: parsed.mediaType, source: { type: "base64", data: parsed.data } };
}

const IMAGE_MARKS = [
  ["iVBOR", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lG", "image/gif"],
  ["UklG", "image/webp"],
] as const;

/** The type of an image by its first base64 letters, for wires that do not say which one they send. */
export function imageTypeOf(data: string): string | undefined {
  return IMAGE_MARKS.find(([mark]) => data.startsWith(mark))?.[1];
}
