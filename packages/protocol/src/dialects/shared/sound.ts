import { bytesFromBase64, bytesToBase64 } from "./base64.ts";

/**
 * Samples of 16 bits, little-endian and without a header, 24,000 a second: what Gemini speaks, by its own name for them, and what
 * OpenAI calls `pcm16`. https://ai.google.dev/gemini-api/docs/speech-generation
 */
export const PCM_TYPE = "audio/L16;codec=pcm;rate=24000";

const RATE = 24_000;

export const isPcm = (mediaType: string | undefined): boolean => /^audio\/(l16|pcm)\b/i.test(mediaType ?? "");

const rateOf = (mediaType: string | undefined): number =>
  Number(/;\s*rate=(\d{1,6})/i.exec(mediaType ?? "")?.[1] ?? RATE);

/** By the first base64 letters: RIFF, Ogg, ID3 or a frame of MP3, fLaC, a frame of AAC. */
const SOUND_MARKS = [
  [/^UklGR/, "audio/wav"],
  [/^T2dnUw/, "audio/ogg"],
  [/^(SUQz|\/\/[sMN])/, "audio/mpeg"],
  [/^ZkxhQw/, "audio/flac"],
  [/^\/\/[Ek]/, "audio/aac"],
] as const;

/** The type of a sound on a wire that does not tell it; what has no header is taken for samples. */
export function soundTypeOf(data: string): string {
  return SOUND_MARKS.find(([mark]) => mark.test(data))?.[1] ?? PCM_TYPE;
}

/** Samples as a WAV file, whose header says what they are. Both in base64; what is none comes back as it is. */
export function withWavHeader(pcm: string, mediaType: string | undefined): string {
  const samples = bytesOr(pcm);
  if (samples === undefined) return pcm;
  const rate = rateOf(mediaType);
  const file = new Uint8Array(44 + samples.length);
  let at = 0;
  const word = (text: string) => {
    for (const letter of text) file[at++] = letter.charCodeAt(0);
  };
  const number = (value: number, bytes: 2 | 4) => {
    for (let byte = 0; byte < bytes; byte += 1) file[at++] = (value >>> (8 * byte)) & 0xff;
  };
  word("RIFF");
  number(36 + samples.length, 4);
  word("WAVEfmt ");
  number(16, 4);
  number(1, 2);
  number(1, 2);
  number(rate, 4);
  number(2 * rate, 4);
  number(2, 2);
  number(16, 2);
  word("data");
  number(samples.length, 4);
  file.set(samples, at);
  return bytesToBase64(file);
}

function bytesOr(base64: string): Uint8Array | undefined {
  try {
    return bytesFromBase64(base64);
  } catch {
    return undefined;
  }
}

/** Pieces of base64, each with padding of its own, as pieces that can be joined: see the delta `data`. */
export interface Base64Joiner {
  readonly push: (piece: string) => string;
  readonly end: () => string;
}

const UNIT = 6;

export function base64Joiner(): Base64Joiner {
  let held = new Uint8Array(0);
  return {
    push(piece) {
      // Eight letters are six bytes: most pieces that end there can stay as they are.
      if (held.length === 0 && piece.length % 8 === 0 && !piece.endsWith("=")) return piece;
      const more = bytesOr(piece);
      if (more === undefined) return piece;
      const bytes = new Uint8Array(held.length + more.length);
      bytes.set(held);
      bytes.set(more, held.length);
      const whole = bytes.length - (bytes.length % UNIT);
      held = bytes.slice(whole);
      return bytesToBase64(bytes.subarray(0, whole));
    },
    end() {
      const rest = bytesToBase64(held);
      held = new Uint8Array(0);
      return rest;
    },
  };
}
