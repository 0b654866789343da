import { hash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** A key on the one occasion on which all of it is known. */
export interface MadeKey {
  /** `sb_<id><secret><checksum>`: 12, 43 and 6 base-62 digits. */
  readonly shown: string;
  readonly id: string;
  /** SHA-256 of the whole, lower-case hex. */
  readonly digest: string;
  readonly lastFour: string;
}

const PREFIX = "sb_";
const ID_LENGTH = 12;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const ID_END = PREFIX.length + ID_LENGTH;
const CHECKSUM_START = ID_END + SECRET_LENGTH;
const LENGTH = CHECKSUM_START + CHECKSUM_LENGTH;

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 256 random bits behind an id that is no secret; by the checksum a secret scanner knows a real key. */
export function makeKey(random: (size: number) => Uint8Array = randomBytes): MadeKey {
  return withId(randomDigits(ID_LENGTH, random), random);
}

/** Another secret for the key of that id. */
export function withId(id: string, random: (size: number) => Uint8Array = randomBytes): MadeKey {
  const named = `${id}${base62(toInteger(random(32)), SECRET_LENGTH)}`;
  const shown = `${PREFIX}${named}${base62(BigInt(crc32(named)), CHECKSUM_LENGTH)}`;
  return { shown, id, digest: hash("sha256", shown, "hex"), lastFour: shown.slice(-4) };
}

/** The id of a text that has the shape and the checksum of a key, whoever made it. Looks at no more than a key's length. */
export function parseKey(text: string): { readonly id: string } | undefined {
  if (text.length !== LENGTH || !text.startsWith(PREFIX)) return undefined;
  for (let at = PREFIX.length; at < LENGTH; at += 1) {
    if (digitOf(text.charCodeAt(at)) < 0) return undefined;
  }
  let checksum = 0;
  for (let at = CHECKSUM_START; at < LENGTH; at += 1) checksum = checksum * 62 + digitOf(text.charCodeAt(at));
  if (crc32(text.slice(PREFIX.length, CHECKSUM_START)) !== checksum) return undefined;
  return { id: text.slice(PREFIX.length, ID_END) };
}

/** For ids, too: so many base-62 digits at random. */
export function randomDigits(length: number, random: (size: number) => Uint8Array = randomBytes): string {
  return base62(toInteger(random(length)) % 62n ** BigInt(length), length);
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 90) return code - 55;
  if (code >= 97 && code <= 122) return code - 61;
  return -1;
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function base62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; rest > 0n; rest /= 62n) text = `${DIGITS[Number(rest % 62n)]}${text}`;
  return text.padStart(length, "0");
}
