import type { FormPart } from "../forms/form.ts";

/**
 * The length of a WAV file in seconds, from its first bytes; undefined where it is another format, or does not say. A file that was
 * written while its length was not known says a length that is none: then its own size tells.
 */
export function wavSeconds(head: Buffer, size: number): number | undefined {
  if (head.length < 12 || head.toString("latin1", 0, 4) !== "RIFF" || head.toString("latin1", 8, 12) !== "WAVE") {
    return undefined;
  }
  let bytesPerSecond = 0;
  for (let at = 12; at + 8 <= head.length; ) {
    const id = head.toString("latin1", at, at + 4);
    const length = head.readUInt32LE(at + 4);
    if (id === "fmt " && at + 20 <= head.length) bytesPerSecond = head.readUInt32LE(at + 16);
    if (id === "data") {
      const bytes = Math.min(length, Math.max(0, size - at - 8));
      return bytesPerSecond > 0 ? bytes / bytesPerSecond : undefined;
    }
    // Chunks begin at even offsets.
    at += 8 + length + (length % 2);
  }
  return undefined;
}

/** The whole seconds of a file that has come; undefined where only a decoder could tell. */
export function secondsOf({ content }: FormPart): number | undefined {
  if (!content.isComplete) return undefined;
  const seconds = wavSeconds(content.head(), content.size);
  return seconds === undefined ? undefined : Math.ceil(seconds);
}

/**
 * The fewest bytes of a second that are likely: telephone sound in a WAV file, half of that in a lossless one, 32 kbit in what music is
 * packed in too, and else what a messenger's voice notes have.
 */
const LEAST_BYTES: ReadonlyMap<string, number> = new Map([
  ["wav", 16_000],
  ["flac", 8_000],
  ...["mp3", "mp4", "m4a", "mpeg", "mpga"].map((extension) => [extension, 4_000] as const),
]);
const LEAST_OF_ALL = 2_000;

/** How long so many bytes are at most, as far as a file's name tells. */
export function mostSeconds(bytes: number, filename: string): number {
  const [, extension = ""] = /\.(\w+)$/.exec(filename.toLowerCase()) ?? [];
  return Math.ceil(bytes / (LEAST_BYTES.get(extension) ?? LEAST_OF_ALL));
}
