import { type FSWatcher, readFileSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";

export interface FileWatch {
  readonly close: () => void;
}

const settleMs = 150;

/**
 * Tells when a file's text has changed. It watches the folder, since editors and Kubernetes replace files rather than
 * write them, and waits until the folder has been quiet for a moment, so that a half-written file is not read.
 */
export function watchFile(file: string, changed: () => void): FileWatch {
  const path = resolve(file);
  let known = textOf(path);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const text = textOf(path);
    if (text === known) return;
    known = text;
    if (text !== undefined) changed();
  };
  const watcher = watchFolder(dirname(path), basename(path), () => {
    clearTimeout(timer);
    timer = setTimeout(look, settleMs);
    timer.unref();
  });
  return {
    close: () => {
      clearTimeout(timer);
      watcher?.close();
    },
  };
}

function watchFolder(folder: string, name: string, event: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_type, changedName) => {
      // A mounted ConfigMap changes by its `..data` link; the file itself is never named.
      if (changedName === null || changedName === name || changedName.startsWith("..")) event();
    });
    // The folder was removed, or the system has no watches left: what is loaded stays.
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
