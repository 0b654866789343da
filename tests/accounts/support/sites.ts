import { makeDatabase, testPostgres } from "../../support/postgres.ts";
import { type RedisServer, startRedis } from "../../support/redis-server.ts";
import { makeSite, type Site, type SiteOptions } from "./site.ts";

/** A kind of site that the same tests are run on. */
export interface SiteKind {
  readonly name: string;
  readonly replicas: number;
  readonly available: boolean;
  readonly make: (options: Omit<SiteOptions, "shared" | "replicas">) => Promise<SharingSite>;
}

export interface SharingSite extends Site {
  /** Its own; undefined where everything is counted in the process. */
  readonly redis: RedisServer | undefined;
}

/** One process with SQLite, and three with one PostgreSQL and one Redis; these are not available where there are none. */
export async function siteKinds(): Promise<readonly SiteKind[]> {
  const server = await testPostgres();
  // Servers of one's own are asked for only here: whether there is a Redis is known from one that is ended at once.
  const probe = server === undefined ? undefined : await startRedis();
  await probe?.stop();
  return [
    {
      name: "one process with SQLite",
      replicas: 1,
      available: true,
      make: async (options) => ({ ...(await makeSite(options)), redis: undefined }),
    },
    {
      name: "three replicas with one PostgreSQL and one Redis",
      replicas: 3,
      available: probe !== undefined,
      make: (options) => makeShared(server ?? "", options),
    },
  ];
}

async function makeShared(server: string, options: SiteOptions): Promise<SharingSite> {
  const [database, redis] = await Promise.all([makeDatabase(server), startRedis()]);
  if (redis === undefined) throw new Error("There is no Redis.");
  const site = await makeSite({ ...options, shared: { database, redis: redis.url }, replicas: 3 });
  return {
    ...site,
    redis,
    close: async () => {
      await site.close();
      await redis.stop();
      await database.drop();
    },
  };
}
