import { utf8Decoder, utf8Encoder } from "../../encoding.ts";

// RFC 4648. Envelopes carry encrypted reasoning of many kilobytes, hence tables and bytes instead of strings.
const ALPHABET = utf8Encoder.encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const URL_ALPHABET = utf8Encoder.encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
const PADDING = "=";
const NONE = 255;

const VALUES = new Uint8Array(128).fill(NONE);
for (const alphabet of [ALPHABET, URL_ALPHABET]) {
  for (const [value, letter] of alphabet.entries()) VALUES[letter] = value;
}

/** UTF-8 text as standard base64 with padding. */
export function toBase64(text: string): string {
  const letters = encode(text, ALPHABET);
  return letters.padEnd(Math.ceil(letters.length / 4) * 4, PADDING);
}

/** UTF-8 text as base64url without padding. */
export function toBase64Url(text: string): string {
  return encode(text, URL_ALPHABET);
}

/** Bytes as standard base64 with padding. */
export function bytesToBase64(bytes: Uint8Array): string {
  const letters = encodeBytes(bytes, ALPHABET);
  return letters.padEnd(Math.ceil(letters.length / 4) * 4, PADDING);
}

function encode(text: string, alphabet: Uint8Array): string {
  return encodeBytes(utf8Encoder.encode(text), alphabet);
}

function encodeBytes(bytes: Uint8Array, alphabet: Uint8Array): string {
  const letters = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  const letterOf = (bits: number) => alphabet[bits & 63] ?? 0;
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const bits = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    // The last group may be short: what a typed array is told to write beyond its end is lost.
    letters[to] = letterOf(bits >> 18);
    letters[to + 1] = letterOf(bits >> 12);
    letters[to + 2] = letterOf(bits >> 6);
    letters[to + 3] = letterOf(bits);
  }
  return utf8Decoder({ fatal: true }).decode(letters);
}

/**
 * Base64 or base64url, padded or not, to UTF-8 text. A leading byte order mark is
 * skipped. Throws on a letter outside both alphabets or on invalid UTF-8.
 */
export function fromBase64(text: string): string {
  return utf8Decoder({ fatal: true }).decode(bytesFromBase64(text));
}

/** Base64 or base64url, padded or not, to bytes. Throws on a letter outside both alphabets. */
export function bytesFromBase64(text: string): Uint8Array {
  const length = unpaddedLength(text);
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < length; index += 1) {
    const value = VALUES[text.charCodeAt(index)] ?? NONE;
    if (value === NONE) throw new SyntaxError("invalid base64");
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at] = (bits >> held) & 0xff;
    at += 1;
  }
  return bytes;
}

export const fromBase64Url = fromBase64;

function unpaddedLength(text: string): number {
  let length = text.length;
  while (length > 0 && text[length - 1] === PADDING) length -= 1;
  return length;
}
