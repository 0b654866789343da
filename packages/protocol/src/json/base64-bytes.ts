const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LETTERS: readonly string[] = [...ALPHABET];
const VALUES: ReadonlyMap<number, number> = new Map(LETTERS.map((letter, value) => [letter.charCodeAt(0), value]));

/** Bytes as standard base64 with padding (RFC 4648). */
export function bytesToBase64(bytes: Uint8Array): string {
  let text = "";
  for (let from = 0; from < bytes.length; from += 3) {
    const left = bytes.length - from;
    const bits = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    text +=
      letter(bits >> 18) + letter(bits >> 12) + (left > 1 ? letter(bits >> 6) : "=") + (left > 2 ? letter(bits) : "=");
  }
  return text;
}

const letter = (bits: number): string => LETTERS[bits & 63] ?? "";

/** Standard base64, padded or not, as bytes; undefined where it is none. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  const length = text.replace(/=+$/, "").length;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < length; index += 1) {
    const value = VALUES.get(text.charCodeAt(index));
    if (value === undefined) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at] = (bits >> held) & 0xff;
    at += 1;
  }
  return bytes;
}
