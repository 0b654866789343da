import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of an installed package. */
export const installed = (path: string): string => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));

/** As npm names the packages that hold a program for one platform. */
export const platform = `${process.platform}-${process.arch}`;

export function writeSettings(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
