import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import type { TestDatabase } from "../../support/postgres.ts";
import { OWNER } from "./asking.ts";
import { type Child, type Start, startChild } from "./gateway-child.ts";

export type Row = Readonly<Record<string, unknown>>;

/** Where a gateway lives: SQLite in its folder and its own memory, or a database and a Redis that replicas share. */
export interface Site {
  readonly simulator: Simulator;
  /** One for each replica. */
  readonly folders: readonly string[];
  readonly start: (replica: number, extra?: Partial<Start>) => Child;
  readonly query: (sql: string) => Promise<readonly Row[]>;
  /** What all of them wrote: nothing, where nothing was wrong. */
  readonly said: () => string;
  /** Ends whatever was started here. */
  readonly close: () => Promise<void>;
}

export interface SiteOptions {
  readonly keys: readonly object[];
  /** Over what every site has. */
  readonly config?: object;
  /** Without Redis each process counts by itself. */
  readonly shared?: { readonly database: TestDatabase; readonly redis?: string };
  readonly replicas?: number;
}

/** US dollars per million tokens, another for each: what is billed at the wrong one shows. */
export const PRICES = {
  chat: { input: 0.25, output: 10 },
  responses: { input: 1.234567, output: 4.4 },
  messages: { input: 3, output: 15.000001 },
  "own-gemini": { input: 0.1, output: 0.700003 },
  /** Only what is written costs: the worst case is known to the token. */
  exact: { input: 0, output: 10 },
} as const;

export type Provider = keyof typeof PRICES;

function providers(url: string): Readonly<Record<Provider, object>> {
  const models = (name: Provider) => [{ id: "m", price: PRICES[name] }];
  const openai = { baseUrl: `${url}/v1` };
  const root = { baseUrl: url };
  const auth = "none";
  return {
    chat: { auth, models: models("chat"), endpoints: { "openai-chat": openai } },
    responses: { auth, models: models("responses"), endpoints: { "openai-responses": openai } },
    messages: { auth, models: models("messages"), endpoints: { "anthropic-messages": root } },
    "own-gemini": { auth, models: models("own-gemini"), endpoints: { gemini: root } },
    exact: {
      auth,
      models: models("exact"),
      endpoints: { "openai-chat": openai, "openai-responses": openai, "anthropic-messages": root, gemini: root },
    },
  };
}

export async function makeSite({ keys, config = {}, shared, replicas = 1 }: SiteOptions): Promise<Site> {
  const simulator = await startSimulator({ journalSize: 200_000 });
  const root = mkdtempSync(join(tmpdir(), "signalbox-accounts-"));
  const folders = Array.from({ length: replicas }, (_, index) => join(root, `replica-${index}`));
  const children: Child[] = [];
  const { database, redis } = shared ?? {};
  const places = {
    ...(database === undefined ? {} : { database: "env:TEST_DATABASE" }),
    ...(redis === undefined ? {} : { redis: "env:TEST_REDIS" }),
  };
  const secrets = { TEST_DATABASE: database?.url ?? "", TEST_REDIS: redis ?? "" };
  const written = {
    ...places,
    keys: [{ name: "owner", key: OWNER, role: "owner" }, ...keys],
    providers: providers(simulator.url),
    ...config,
  };
  return {
    simulator,
    folders,
    start: (replica, extra = {}) => {
      const environment = { ...secrets, ...extra.environment };
      const child = startChild({ config: written, ...extra, folder: folders[replica] ?? root, environment });
      children.push(child);
      return child;
    },
    query: database === undefined ? querySqlite(join(root, "replica-0", "data")) : queryShared(database),
    said: () => children.map(({ said }) => said()).join("\n"),
    close: async () => {
      await Promise.all(children.map((child) => child.end("SIGKILL")));
      await simulator.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

type Query = Site["query"];

const querySqlite =
  (folder: string): Query =>
  async (sql) => {
    const database = new DatabaseSync(join(folder, "signalbox.db"), { readOnly: true });
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  };

const queryShared =
  (database: TestDatabase): Query =>
  (sql) =>
    database.query(sql.replaceAll(/\b(from|join) (\w+)/g, "$1 signalbox.$2"));
