import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { plainKey } from "../config/client-key.ts";
import { makeKey } from "../config/key-secret.ts";
import { errorCode } from "../config/secret.ts";
import type { ClientKey } from "../config/settings.ts";
import { writePrivateFile } from "./data-folder.ts";
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
  const { shown, digest: hash } = makeKey();
  writePrivateFile(folder, fileName, `${JSON.stringify({ hash, created: now.toISOString() }, null, 2)}\n`);
  return { key: localKey(hash), shown };
}

/** Who has the data folder has the installation. */
const localKey = (hash: string): ClientKey => plainKey({ id: keyName, name: keyName, hash, role: "owner" });

export function clientKeyFile(folder: string): string {
  return join(folder, fileName);
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
