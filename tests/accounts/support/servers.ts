import { type PostgresServer, startPostgres } from "../../support/postgres-server.ts";
import { type RedisServer, startRedis } from "../../support/redis-server.ts";

export interface OwnServers {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
}

/** For one test alone, which may stop them. They are ended with it. */
export async function withOwnServers(use: (servers: OwnServers) => Promise<void>): Promise<void> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  try {
    if (postgres === undefined || redis === undefined) throw new Error("PostgreSQL and Redis are not installed.");
    await use({ postgres, redis });
  } finally {
    await postgres?.stop();
    await redis?.stop();
  }
}
