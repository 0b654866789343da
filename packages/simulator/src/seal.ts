import { hash } from "node:crypto";

/**
 * Opaque values that only this simulator can have made: thinking signatures, encrypted reasoning, thought signatures.
 * A seal is `salt + checksum(scope, salt, content)`, so a forged, foreign or re-serialised one is recognised without
 * remembering any. `scope` names what the value is bound to (the dialect, and the model where the vendor binds it).
 */
const SECRET = "signalbox-simulator-seal-1";
const SALT_LENGTH = 16;
const DIGEST_LENGTH = 48;

export interface Sealed {
  readonly scope: string;
  readonly content: string;
}

const checksum = (scope: string, salt: string, content: string): string =>
  hash("sha256", JSON.stringify([SECRET, scope, salt, content]), "hex").slice(0, DIGEST_LENGTH);

/** Standard base64 (Anthropic, Gemini). `seed` only varies the salt. */
export function seal({ scope, content }: Sealed, seed: string): string {
  const salt = hash("sha256", seed, "hex").slice(0, SALT_LENGTH);
  return Buffer.from(`${salt}${checksum(scope, salt, content)}`, "latin1").toString("base64");
}

export function isSealed({ scope, content }: Sealed, value: string): boolean {
  if (!isBase64(value)) return false;
  const opened = Buffer.from(value, "base64").toString("latin1");
  const salt = opened.slice(0, SALT_LENGTH);
  return opened.length === SALT_LENGTH + DIGEST_LENGTH && opened.slice(SALT_LENGTH) === checksum(scope, salt, content);
}

export const isBase64 = (value: string): boolean => value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
