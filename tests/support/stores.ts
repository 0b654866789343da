import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import type { StoreOptions } from "../../packages/gateway/src/store/open.ts";
import { databaseFile } from "../../packages/gateway/src/store/sqlite.ts";
import { makeDatabase, testPostgres } from "./postgres.ts";

/** A place for a store that nothing else uses. Stores that were opened there are closed by whoever opened them. */
export interface TestPlace {
  readonly options: StoreOptions;
  /** Behind the store's back. */
  execute(sql: string): Promise<void>;
  /** The same, for what is asked; whole numbers come as either database's driver reads them. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  remove(): Promise<void>;
}

export interface TestStores {
  readonly kind: "sqlite" | "postgres";
  readonly available: boolean;
  makePlace(): Promise<TestPlace>;
}

/** One entry for each kind of store, to run the same tests on each; PostgreSQL's is not available where there is none. */
export async function testStores(): Promise<readonly TestStores[]> {
  const server = await testPostgres();
  return [
    { kind: "sqlite", available: true, makePlace: async () => sqlitePlace() },
    { kind: "postgres", available: server !== undefined, makePlace: () => postgresPlace(server ?? "") },
  ];
}

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "signalbox-store-"));
}

function sqlitePlace(): TestPlace {
  const folder = makeFolder();
  return {
    options: { folder },
    execute: async (sql) => {
      const database = new DatabaseSync(databaseFile(folder));
      database.exec(sql);
      database.close();
    },
    query: async (sql) => {
      const database = new DatabaseSync(databaseFile(folder), { readOnly: true });
      const rows = database.prepare(sql).all();
      database.close();
      return rows;
    },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function postgresPlace(server: string): Promise<TestPlace> {
  const folder = makeFolder();
  const database = await makeDatabase(server);
  return {
    options: { folder, databaseUrl: secret(database.url) },
    execute: async (sql) => {
      await database.query(`set search_path to signalbox; ${sql}`);
    },
    query: (sql) => database.query(sql.replaceAll(/\b(from|join) (\w+)/g, "$1 signalbox.$2")),
    remove: async () => {
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
