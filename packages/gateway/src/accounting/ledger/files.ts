import { close, closeSync, fdatasync, ftruncateSync, openSync, unlink, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";

/** What the spool asks of the file system; a test's may be full. */
export interface SpoolFiles {
  /** A new file, only for its owner, that is written at its end. */
  readonly open: (path: string) => number;
  /** May write less than it was given. */
  readonly write: (file: number, data: string | Uint8Array) => number;
  readonly truncate: (file: number, size: number) => void;
  /** Waits for the disk, on another thread. */
  readonly sync: (file: number) => Promise<void>;
  /** The names in it. Systems that cannot wait for a folder do not need it. */
  readonly syncFolder: (path: string) => Promise<void>;
  readonly close: (file: number) => Promise<void>;
  readonly closeNow: (file: number) => void;
  readonly remove: (path: string) => Promise<void>;
}

export const realFiles: SpoolFiles = {
  open: (path) => openSync(path, "ax", 0o600),
  write: (file, data) => (typeof data === "string" ? writeSync(file, data) : writeSync(file, data)),
  truncate: ftruncateSync,
  sync: promisify(fdatasync),
  syncFolder: async (path) => {
    try {
      const folder = await open(path, "r");
      await folder.sync().finally(() => folder.close());
    } catch {
      // Windows.
    }
  },
  close: promisify(close),
  closeNow: closeSync,
  remove: promisify(unlink),
};
