import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { sharedServer } from "./shared-servers.ts";

/**
 * The URL of a PostgreSQL for this run: the one of SIGNALBOX_TEST_POSTGRES, or a throw-away server that all files of the
 * run share. Undefined where there is none, and then tests are skipped, but not where `CI=true`.
 */
export function testPostgres(): Promise<string | undefined> {
  return sharedServer({ name: "PostgreSQL", variable: "SIGNALBOX_TEST_POSTGRES", socket: inject("postgresSocket") });
}

export interface TestDatabase {
  readonly url: string;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** A database of its own on that server. */
export async function makeDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `signalbox_test_${randomUUID().replaceAll("-", "")}`;
  await run(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (sql) => run(url.href, sql),
    drop: async () => {
      await run(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

async function run(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
