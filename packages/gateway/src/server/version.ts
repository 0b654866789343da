import { readFileSync } from "node:fs";

/** Of the package, as it is told to clients that ask. */
export const VERSION = readVersion(new URL("../../package.json", import.meta.url));

function readVersion(file: URL): string {
  return /"version": *"([^"]+)"/.exec(readFileSync(file, "utf8"))?.[1] ?? "unknown";
}
