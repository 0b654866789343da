import { createCipheriv, createDecipheriv, hash, randomBytes, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode, type Secret } from "../config/secret.ts";
import { writePrivateFile } from "./data-folder.ts";
import { DataFolderError, StoreError } from "./errors.ts";
import type { StoreKind } from "./schema.ts";

/**
 * Encrypts what must be read again (AES-256-GCM). The context says where the result is kept (`table|row|column|version`): it opens
 * only there, so that nobody who can write to the database can move one row's secret into another.
 */
export interface Sealer {
  /** Throws StoreError `invalid` where no key is configured and none may be made. */
  readonly seal: (plain: Uint8Array, context: string) => Uint8Array;
  /** Throws StoreError `corrupt` when it was made with another key or for another context, or was changed. */
  readonly open: (sealed: Uint8Array, context: string) => Uint8Array;
}

export interface KeyedSealer extends Sealer {
  /** Of the key in use, 4 bytes; not secret. Undefined: there is none yet. */
  readonly keyId: () => Uint8Array | undefined;
}

export interface SealerOptions {
  readonly folder: string;
  readonly encryptionKey?: Secret | undefined;
  readonly kind: StoreKind;
}

/** Layout: version (1), key id (4), nonce (12), ciphertext, tag (16). */
const VERSION = 1;
export const KEY_ID_START = 1;
export const KEY_ID_LENGTH = 4;
const NONCE_START = KEY_ID_START + KEY_ID_LENGTH;
const TEXT_START = 17;
const TAG_LENGTH = 16;

const fileName = "encryption.key";

interface SealingKey {
  readonly bytes: Uint8Array;
  readonly id: Uint8Array;
}

/**
 * The configured key, or else, with SQLite, the one of the data folder, which is made when something is first sealed. Replicas on
 * PostgreSQL must all have the same key, so none is made there. Throws StoreError for a key that is too short.
 */
export function openSealer({ folder, encryptionKey, kind }: SealerOptions): KeyedSealer {
  const configured = encryptionKey === undefined ? undefined : asKey(readKey(encryptionKey.reveal()));
  let kept = configured ?? (kind === "sqlite" ? readKeyFile(folder) : undefined);
  const forSealing = (): SealingKey => {
    if (kept === undefined && kind === "sqlite") kept = makeKeyFile(folder);
    if (kept !== undefined) return kept;
    throw new StoreError(
      "invalid",
      'Secrets cannot be kept without a key to encrypt them with. Set "encryptionKey: env:NAME" in signalbox.yaml, on every ' +
        'replica the same; "openssl rand -hex 32" makes one.',
    );
  };
  return {
    seal: (plain, context) => seal(forSealing(), plain, context),
    open: (sealed, context) => open(kept, sealed, context),
    keyId: () => kept?.id,
  };
}

function seal({ bytes, id }: SealingKey, plain: Uint8Array, context: string): Uint8Array {
  const nonce = randomBytes(TEXT_START - NONCE_START);
  const cipher = createCipheriv("aes-256-gcm", bytes, nonce);
  cipher.setAAD(Buffer.from(context, "utf8"));
  const text = [cipher.update(plain), cipher.final()];
  return Buffer.concat([Buffer.of(VERSION), id, nonce, ...text, cipher.getAuthTag()]);
}

function open(key: SealingKey | undefined, sealed: Uint8Array, context: string): Uint8Array {
  if (sealed.length < TEXT_START + TAG_LENGTH || sealed[0] !== VERSION) {
    throw corrupt("It is not something that Signalbox has encrypted.");
  }
  if (key === undefined || !Buffer.from(key.id).equals(sealed.subarray(KEY_ID_START, NONCE_START))) {
    throw corrupt("It was encrypted with another key than the one in use.");
  }
  const end = sealed.length - TAG_LENGTH;
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, sealed.subarray(NONCE_START, TEXT_START));
  decipher.setAAD(Buffer.from(context, "utf8"));
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(TEXT_START, end)), decipher.final()]);
  } catch {
    throw corrupt("It was changed, or belongs to another row.");
  }
}

const corrupt = (why: string): StoreError => new StoreError("corrupt", `A stored secret cannot be decrypted. ${why}`);

const shortestPassphrase = 16;
const PASSPHRASE_SALT = "signalbox encryption key";

/**
 * 32 bytes in hex or base64 are the key. Any other text is a passphrase: scrypt makes guessing it slow (OWASP's parameters,
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt). Its salt is fixed: a random one would have
 * to be kept where every replica and every restored backup finds it, and there is one such key an installation.
 */
function readKey(text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, "base64");
  if (text.length < shortestPassphrase) {
    throw new StoreError(
      "invalid",
      `encryptionKey is too short: it needs 32 bytes in hex or base64, or a passphrase of ${shortestPassphrase} characters.`,
    );
  }
  return scryptSync(text, PASSPHRASE_SALT, 32, { N: 2 ** 16, r: 8, p: 2, maxmem: 128 * 1024 * 1024 });
}

function asKey(bytes: Uint8Array): SealingKey {
  return { bytes, id: hash("sha256", bytes, "buffer").subarray(0, KEY_ID_LENGTH) };
}

export function encryptionKeyFile(folder: string): string {
  return join(folder, fileName);
}

function readKeyFile(folder: string): SealingKey | undefined {
  const path = encryptionKeyFile(folder);
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new DataFolderError(`Cannot read ${path} (${errorCode(error)}).`);
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new DataFolderError(
      `${path} is not an encryption key. Put the right one back: what it has encrypted needs it.`,
    );
  }
  return asKey(Buffer.from(text, "hex"));
}

function makeKeyFile(folder: string): SealingKey {
  const bytes = randomBytes(32);
  writePrivateFile(folder, fileName, `${bytes.toString("hex")}\n`);
  return asKey(bytes);
}
