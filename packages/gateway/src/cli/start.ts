import { startSimulator } from "@signalbox/simulator";
import { withSimulator } from "../catalogue/simulator.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";
import { holdSnapshot, type SnapshotWriter } from "../catalogue/snapshot-holder.ts";
import type { Environment, Secret } from "../config/secret.ts";
import type { Config } from "../config/settings.ts";
import { watchFile } from "../config/watch.ts";
import { isLoopback } from "../server/loopback.ts";
import type { GatewayOptions } from "../server/start.ts";
import { clientKeyFile, ensureClientKey, readClientKey } from "../store/client-keys.ts";
import { openStore, type Store } from "../store/open.ts";
import type { StartOptions } from "./arguments.ts";
import { banner } from "./banner.ts";
import { listenError } from "./listen-error.ts";
import { configFile, loadSettings, loadSnapshot } from "./settings.ts";
import { CommandError, type Terminal } from "./terminal.ts";

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface StartDependencies {
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly startGateway: (parts: GatewayOptions) => Promise<RunningServer>;
  readonly startSimulator?: () => Promise<RunningServer>;
}

/** Starts everything and returns what stops it. Throws CommandError, ConfigError or StoreError when it cannot. */
export async function start(options: StartOptions, dependencies: StartDependencies): Promise<RunningServer> {
  const { environment } = dependencies;
  const { data, database, encryptionKey, redis } = check(options, environment);
  const store = await openStore({ folder: data, databaseUrl: database, encryptionKey });
  const simulator = lazySimulator(dependencies.startSimulator ?? startSimulator);
  const closeAll = async () => {
    await simulator.close();
    await store.close();
  };
  try {
    const first = prepare(options, environment);
    const snapshots = holdSnapshot(await complete(first.snapshot, simulator));
    return await serve(
      { options, dependencies, snapshots, simulator },
      { store, redis, shownKey: first.shownKey, closeAll },
    );
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface Opened {
  readonly store: Store;
  readonly redis: Secret | undefined;
  readonly shownKey: string | undefined;
  readonly closeAll: () => Promise<void>;
}

/** Other replicas share PostgreSQL and change routers too; SQLite's folder belongs to this process. */
const REPLICA_POLL_MS = 2000;

async function serve(watched: Watched, { store, redis, shownKey, closeAll }: Opened): Promise<RunningServer> {
  const { dependencies, snapshots } = watched;
  const { server } = snapshots.current();
  const gateway = await dependencies
    .startGateway({
      snapshots,
      store,
      redis,
      ...(store.kind === "postgres" ? { pollMs: REPLICA_POLL_MS } : {}),
    })
    .catch((error: unknown) => {
      throw listenError(error, server);
    });
  const stopWatching = watchForChanges(watched);
  dependencies.terminal.say(banner({ url: gateway.url, snapshot: snapshots.current(), key: shownKey }));
  return {
    url: gateway.url,
    close: async () => {
      stopWatching();
      await gateway.close();
      await closeAll();
    },
  };
}

interface Prepared {
  readonly snapshot: Snapshot;
  readonly shownKey: string | undefined;
}

/** The store is opened first: who may not have the data folder must not make a key in it either. */
function prepare(options: StartOptions, environment: Environment): Prepared {
  const { data } = loadSettings(options, environment).config;
  const { key, shown } = ensureClientKey(data, new Date());
  return { snapshot: loadSnapshot({ options, environment, keys: () => [key] }), shownKey: shown };
}

/** Throws before anything is made on disk. */
function check(options: StartOptions, environment: Environment): Config {
  const checked = loadSnapshot({ options, environment, keys: () => [] });
  const { host } = checked.server;
  if (!isLoopback(host) && checked.keys.size === 0 && readClientKey(checked.data) === undefined) {
    throw new CommandError(
      `Refusing to listen on ${host}, which other machines can reach, before there is a client key.\n` +
        `Make one with "signalbox keys new", or declare one under keys: in signalbox.yaml.`,
    );
  }
  return loadSettings(options, environment).config;
}

interface LazySimulator {
  readonly url: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Started when a snapshot first needs it, and kept: a reload may need it again. */
function lazySimulator(startOne: () => Promise<RunningServer>): LazySimulator {
  let running: Promise<RunningServer> | undefined;
  return {
    url: async () => {
      running ??= startOne();
      return (await running).url;
    },
    close: async () => {
      if (running !== undefined) await (await running).close();
    },
  };
}

async function complete(snapshot: Snapshot, simulator: LazySimulator): Promise<Snapshot> {
  return snapshot.simulator ? withSimulator(snapshot, await simulator.url()) : snapshot;
}

interface Watched {
  readonly options: StartOptions;
  readonly dependencies: StartDependencies;
  readonly snapshots: SnapshotWriter;
  readonly simulator: LazySimulator;
}

/** The configuration and the client key may change while requests are served. What is wrong is not taken. */
function watchForChanges(watched: Watched): () => void {
  const { options, dependencies, snapshots } = watched;
  const reload = (): void => {
    swap(watched).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      dependencies.terminal.complain(`The configuration was not reloaded; the one before stays in use.\n${why}`);
    });
  };
  const file = configFile(options);
  const files = [clientKeyFile(snapshots.current().data), ...(file === undefined ? [] : [file])];
  const watches = files.map((path) => watchFile(path, reload));
  return () => {
    for (const watch of watches) watch.close();
  };
}

async function swap({ options, dependencies, snapshots, simulator }: Watched): Promise<void> {
  const { environment, terminal } = dependencies;
  const before = snapshots.current();
  const keys = () => [readClientKey(before.data)].filter((key) => key !== undefined);
  const next = await complete(loadSnapshot({ options, environment, keys }), simulator);
  const moved =
    next.server.host !== before.server.host || next.server.port !== before.server.port || next.data !== before.data;
  // The socket and the data folder are those of the start, whatever the file says now.
  snapshots.swap({ ...next, server: before.server, data: before.data });
  terminal.say(
    `The configuration was reloaded.${moved ? " A new server address or data folder needs a restart." : ""}`,
  );
}
