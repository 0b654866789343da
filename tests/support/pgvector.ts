import pg from "pg";
import { testPostgres } from "./postgres.ts";

/** Whether the tests' PostgreSQL has pgvector. Throws where it has not with `CI=true`, which needs it. */
export async function hasPgvector(): Promise<boolean> {
  const url = await testPostgres();
  if (url === undefined) return false;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_available_extensions where name = 'vector'");
    if (rowCount === 1) return true;
  } finally {
    await client.end();
  }
  if (process.env["CI"] === "true") throw new Error("pgvector is not installed (.ci/pgvector), and CI=true needs it.");
  return false;
}
