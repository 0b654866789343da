import { type PostgresServer, startPostgres } from "../../support/postgres-server.ts";

/** For one test alone, which may stop it. It is ended with the test. */
export async function withOwnPostgres(use: (postgres: PostgresServer) => Promise<void>): Promise<void> {
  const postgres = await startPostgres();
  if (postgres === undefined) throw new Error("PostgreSQL is not installed.");
  try {
    await use(postgres);
  } finally {
    await postgres.stop();
  }
}
