import { createHash, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { plainKey } from "../config/client-key.ts";
import { errorCode } from "../config/secret.ts";
import type { ClientKey } from "../config/settings.ts";
import { cannotWrite, makeDataFolder } from "./data-folder.ts";
import { DataFolderError } from "./errors.ts";

const fileName = "client-key.json";
const keyName = "local";

const stored = z.object({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  created: z.string(),
});

export interface LocalKey {
  readonly key: ClientKey;
  /** The key itself, on the one occasion on which it exists: when it has just been made. */
  readonly shown: string | undefined;
}

/** The data folder's own client key; made when there is none yet. Only its digest is kept. */
export function ensureClientKey(folder: string, now: Date): LocalKey {
  const key = readClientKey(folder);
  return key === undefined ? makeClientKey(folder, now) : { key, shown: undefined };
}

export function readClientKey(folder: string): ClientKey | undefined {
  const path = clientKeyFile(folder);
  const text = readText(path);
  if (text === undefined) return undefined;
  const result = stored.safeParse(parseJson(text));
  if (!result.success) {
    throw new DataFolderError(`${path} is not a key file. Remove it, and a new key is made at the next start.`);
  }
  return localKey(result.data.hash);
}

/** Makes a key in the place of the one before, which no longer works. */
export function makeClientKey(folder: string, now: Date): LocalKey & { readonly shown: string } {
  const shown = newKey(randomBytes(32));
  const hash = createHash("sha256").update(shown, "utf8").digest("hex");
  writeAtomically(folder, `${JSON.stringify({ hash, created: now.toISOString() }, null, 2)}\n`);
  return { key: localKey(hash), shown };
}

/** Who has the data folder has the installation. */
const localKey = (hash: string): ClientKey => plainKey({ id: keyName, name: keyName, hash, role: "owner" });

export function clientKeyFile(folder: string): string {
  return join(folder, fileName);
}

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `sb_`, 256 random bits in base 62, and six digits of checksum by which secret scanners know a real key. */
export function newKey(random: Uint8Array): string {
  const secret = base62(BigInt(`0x${Buffer.from(random).toString("hex")}`), 43);
  return `sb_${secret}${base62(BigInt(crc32(secret)), 6)}`;
}

function base62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; rest > 0n; rest /= 62n) text = `${digits[Number(rest % 62n)]}${text}`;
  return text.padStart(length, "0");
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new DataFolderError(`Cannot read ${path} (${errorCode(error)}).`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Written beside, synced and renamed: a reader sees the old key or the new one, never half of one. */
function writeAtomically(folder: string, text: string): void {
  const temporary = join(folder, `.${fileName}.${process.pid}`);
  makeDataFolder(folder);
  try {
    writeAndRename(temporary, clientKeyFile(folder), text);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

function writeAndRename(temporary: string, path: string, text: string): void {
  const file = openSync(temporary, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
