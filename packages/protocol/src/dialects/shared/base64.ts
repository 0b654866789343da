import { utf8Decoder, utf8Encoder } from "../../encoding.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/** UTF-8 text as standard base64 with padding. */
export function toBase64(text: string): string {
  const bytes = utf8Encoder.encode(text);
  let out = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const bits = (a << 16) | (b << 8) | c;
    const letters = [18, 12, 6, 0].map((shift) => ALPHABET[(bits >> shift) & 63] ?? "").join("");
    const present = Math.min(3, bytes.length - at);
    out += present === 3 ? letters : letters.slice(0, present + 1).padEnd(4, "=");
  }
  return out;
}

/** Base64 or base64url, padded or not, to UTF-8 text. Throws on a letter outside both alphabets or on invalid UTF-8. */
export function fromBase64(text: string): string {
  const letters = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((letters.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of letters) {
    const value = VALUES.get(letter);
    if (value === undefined) throw new SyntaxError("invalid base64");
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at] = (bits >> held) & 0xff;
    at += 1;
  }
  return utf8Decoder({ fatal: true }).decode(bytes);
}

export function toBase64Url(text: string): string {
  return toBase64(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export const fromBase64Url = fromBase64;
