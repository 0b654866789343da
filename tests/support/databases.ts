import { makeDataFolder } from "../../packages/gateway/src/store/data-folder.ts";
import { migrate } from "../../packages/gateway/src/store/migrate.ts";
import { openPostgres } from "../../packages/gateway/src/store/postgres.ts";
import type { Database } from "../../packages/gateway/src/store/schema.ts";
import { openSqlite } from "../../packages/gateway/src/store/sqlite.ts";
import type { TestPlace } from "./stores.ts";

/** The tables of that place, for tests of what stands on them. */
export async function openDatabase({ options }: TestPlace): Promise<Database> {
  if (options.databaseUrl !== undefined) return openPostgres(options.databaseUrl);
  makeDataFolder(options.folder);
  const database = openSqlite(options.folder);
  await migrate(database);
  return database;
}
