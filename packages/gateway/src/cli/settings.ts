import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { buildSnapshot, type Snapshot } from "../catalogue/snapshot.ts";
import { fromEnvironment, type LoadedConfig, loadConfig } from "../config/load.ts";
import type { Environment } from "../config/secret.ts";
import type { ClientKey } from "../config/settings.ts";
import { checkRouter } from "../routing/check-router.ts";
import type { StartOptions } from "./arguments.ts";

const defaultFile = "signalbox.yaml";

/** The file that is read, or none: then the environment says what there is. */
export function configFile(options: StartOptions): string | undefined {
  if (options.config !== undefined) return options.config;
  return existsSync(defaultFile) ? defaultFile : undefined;
}

/** What the file or the environment says, with the command line's word over it. */
export function loadSettings(options: StartOptions, environment: Environment): LoadedConfig {
  const file = configFile(options);
  const loaded = file === undefined ? fromEnvironment(process.cwd(), environment) : loadConfig(file, environment);
  const { config } = loaded;
  return {
    ...loaded,
    config: {
      ...config,
      server: { ...config.server, host: options.host ?? config.server.host, port: options.port ?? config.server.port },
      data: options.data === undefined ? config.data : resolve(options.data),
    },
  };
}

export interface SnapshotInputs {
  readonly options: StartOptions;
  readonly environment: Environment;
  readonly keys: (dataFolder: string) => readonly ClientKey[];
}

export function loadSnapshot({ options, environment, keys }: SnapshotInputs): Snapshot {
  const loaded = loadSettings(options, environment);
  const snapshot = buildSnapshot(loaded, { environment, keys: keys(loaded.config.data) });
  checkRouters(loaded, snapshot);
  return snapshot;
}

/** Conditions, templates and the routers that routers name: what the file's shape alone does not tell. Throws ConfigError. */
function checkRouters({ config, problems }: LoadedConfig, { routers }: Snapshot): void {
  for (const { router, written } of config.routers) {
    for (const { path, message } of checkRouter(router, routers)) problems.add(written(path), message);
  }
  problems.check();
}
