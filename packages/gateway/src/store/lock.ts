import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { errorCode } from "../config/secret.ts";
import { makePrivateFile } from "./data-folder.ts";
import { DataFolderError, explainFailure } from "./errors.ts";

/** Held until released, or until the process ends, however it ends. */
export interface FileLock {
  release(): void;
}

/**
 * Takes the data folder for this process alone. The lock is the operating system's, on a file that stays empty. Throws
 * DataFolderError when another process holds it.
 */
export function lockDataFolder(folder: string): FileLock {
  const lock = lockFile(folder, "signalbox.lock");
  if (lock === undefined) throw inUse(folder);
  noteHolder(folder);
  return {
    release: () => {
      // First the note: a process that takes the lock next writes its own.
      rmSync(holderFile(folder), { force: true });
      lock.release();
    },
  };
}

/**
 * Locks a file of the folder, which is made where there is none and stays empty. SQLite takes the lock, because Node has no other
 * way to. Undefined: somebody else holds it. Throws DataFolderError where the file cannot be made or locked.
 */
export function lockFile(folder: string, name: string): FileLock | undefined {
  const path = join(folder, name);
  makePrivateFile(folder, path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec("BEGIN EXCLUSIVE");
    return { release: () => database?.close() };
  } catch (error) {
    database?.close();
    if (isBusy(error)) return undefined;
    throw new DataFolderError(`Cannot lock ${path}: ${explainFailure(error)}.`);
  }
}

const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
}

function inUse(folder: string): DataFolderError {
  const holder = readHolder(folder);
  return new DataFolderError(
    `The data folder ${folder} is in use by another Signalbox${holder === undefined ? "" : ` (${holder})`}.\n` +
      `Stop that one, choose another folder with --data, or keep the data in PostgreSQL ("database:" in ` +
      "signalbox.yaml), which several may share.",
  );
}

function holderFile(folder: string): string {
  return join(folder, "signalbox.pid");
}

/** Only for the message above: nothing depends on what this file says, or whether it is there. */
function noteHolder(folder: string): void {
  try {
    writeFileSync(holderFile(folder), `${process.pid}\n${hostname()}\n`, { mode: 0o600 });
  } catch {
    // The lock holds without it.
  }
}

function readHolder(folder: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(holderFile(folder), "utf8");
  } catch {
    return undefined;
  }
  const [pid, host] = text.split("\n");
  if (pid === undefined || host === undefined || !/^[1-9][0-9]{0,9}$/.test(pid)) return undefined;
  // Ids of another machine, or of another container, say nothing here.
  if (host !== hostname()) return `process ${pid} on ${host}`;
  return isRunning(Number(pid)) ? `process ${pid}` : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
