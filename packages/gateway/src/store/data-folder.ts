import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../config/secret.ts";
import { DataFolderError } from "./errors.ts";

/** Makes the folder, for its owner only, where there is none. One that exists keeps its mode: it may be a mounted volume. */
export function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

/**
 * Makes an empty file that only its owner reads, or takes the rights of others from the one that is there.
 * It never opens a file that exists: closing it again would drop every lock that this process holds on it
 * (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export function makePrivateFile(folder: string, path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw cannotWrite(folder, error);
    chmodSync(path, 0o600);
  }
}

/** Written beside, synced and renamed, for its owner only: a reader sees the old text or the new one, never half of one. */
export function writePrivateFile(folder: string, name: string, text: string): void {
  makeDataFolder(folder);
  try {
    const temporary = join(folder, `.${name}.${process.pid}`);
    writeAndSync(temporary, text);
    renameSync(temporary, join(folder, name));
    syncFolder(folder);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

function writeAndSync(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The new name outlives a loss of power too. Windows cannot open folders. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const opened = openSync(folder, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

export function cannotWrite(folder: string, error: unknown): DataFolderError {
  return new DataFolderError(
    `The data folder ${folder} cannot be written (${errorCode(error)}). Choose one with --data.`,
  );
}
