import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A folder with a file system of its own, of a few MiB. */
export interface SmallDisk {
  /** Takes all the room that is left. */
  readonly fill: () => void;
  readonly free: () => void;
  readonly unmount: () => void;
}

/** Undefined where this user may not mount anything. */
export function mountSmallDisk(folder: string, mib: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m,mode=0700`, "tmpfs", folder]);
  if (mounted.status !== 0) return undefined;
  const ballast = join(folder, "ballast");
  const unmount = () => {
    spawnSync("umount", ["--lazy", folder]);
    process.off("exit", unmount);
  };
  process.once("exit", unmount);
  return { fill: () => fillUp(ballast), free: () => rmSync(ballast, { force: true }), unmount };
}

function fillUp(path: string): void {
  const file = openSync(path, "a");
  try {
    for (const size of [65_536, 4_096, 1]) writeUntilFull(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, bytes: Buffer): void {
  try {
    while (writeSync(file, bytes) === bytes.length);
  } catch {
    // It is full.
  }
}
