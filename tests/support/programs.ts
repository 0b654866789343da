import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export function pathFolders(): readonly string[] {
  return (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** The full path of the first of these programs that is in the PATH. */
export function findProgram(...names: readonly string[]): string | undefined {
  const paths = names.flatMap((name) => pathFolders().map((folder) => join(folder, name)));
  return paths.find((path) => existsSync(path));
}

/** Waits until a server says on this output that it is ready; rejects with all that it said when it ends before. */
export function saysReady(server: ChildProcess, output: "stdout" | "stderr", words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    server[output]?.setEncoding("utf8").on("data", (text: string) => {
      if (log.length < 100_000) log += text;
      if (log.includes(words)) resolve();
    });
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`${server.spawnfile} did not start:\n${log}`)));
  });
}
