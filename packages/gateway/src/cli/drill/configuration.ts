import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { withSimulator } from "../../catalogue/simulator.ts";
import { buildSnapshot, type Snapshot } from "../../catalogue/snapshot.ts";
import { ConfigError } from "../../config/issues.ts";
import { fromEnvironment, type LoadedConfig, parseConfig } from "../../config/load.ts";
import { type Environment, whyUnreadable } from "../../config/secret.ts";

/**
 * The caller's configuration as it would run, but that no secret of it is read: a drill needs none, and runs where there are none.
 * Without a file the environment says which providers there are, and without any the built-in simulator is drilled.
 */
export function drillSnapshot(file: string | undefined, environment: Environment): Snapshot {
  const loaded = file === undefined ? fromEnvironment(process.cwd(), environment) : readConfig(file);
  const written = loaded.config.providers !== undefined;
  const snapshot = buildSnapshot(loaded, { environment: written ? standIns : environment, keys: [] });
  // Its address is replaced like every other.
  return snapshot.simulator ? withSimulator(snapshot, "http://127.0.0.1:1") : snapshot;
}

/** Every variable has a value, and each its own: some must not be the same. */
const standIns: Environment = new Proxy<Record<string, string>>(
  {},
  { get: (_, name) => (typeof name === "string" ? `stand-in-for-${name}` : undefined) },
);

function readConfig(file: string): LoadedConfig {
  const readFile = (path: string) => `stand-in-for-the-file-${path}`;
  const sources = { environment: standIns, readFile, standIns: true } as const;
  return parseConfig(readText(file), { name: file, folder: dirname(resolve(file)), sources });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const issue = { path: "", message: `cannot read the file: ${whyUnreadable(error)}`, position: undefined };
    throw new ConfigError(file, [issue]);
  }
}
