import type { KeyDirectory } from "../access/key-directory.ts";
import type { SnapshotWriter } from "../catalogue/snapshot-holder.ts";
import { createLogger, type Logger } from "../observe/log.ts";
import { expireStored } from "../pipeline/expire-stored.ts";
import { createBodyKeeper } from "../pipeline/keep-bodies-queue.ts";
import { createLearnedFields } from "../pipeline/learned-fields.ts";
import { createHealth } from "../routing/health/health.ts";
import { createSessionMemory } from "../routing/stickiness.ts";
import type { AccountStore } from "../store/accounts/accounts.ts";
import type { BodyStore } from "../store/bodies/bodies.ts";
import type { IdempotencyStore } from "../store/idempotency/idempotency.ts";
import type { RouterStore } from "../store/routers.ts";
import { createAgents } from "../upstream/agents.ts";
import { accountRoutes } from "./admin/accounts/account-routes.ts";
import type { Spending } from "./admin/accounts/spending.ts";
import type { ApiRoute } from "./admin/api.ts";
import { openRouterRegistry } from "./admin/router-registry.ts";
import type { RouterAudit } from "./admin/router-service.ts";
import { bodyRoutes } from "./admin/usage/body-routes.ts";
import { createApp } from "./app.ts";
import { isLoopback } from "./loopback.ts";
import type { ServedRoute } from "./register.ts";
import { openStoredKeys } from "./stored-keys.ts";
import { unusedSockets } from "./unused-sockets.ts";

export interface GatewayOptions {
  readonly snapshots: SnapshotWriter;
  /** Where routers live that are made through the API. */
  readonly routers: RouterStore;
  /** Keys and whom they belong to. */
  readonly accounts?: AccountStore;
  /** What keys have spent. */
  readonly spending?: Spending;
  readonly idempotency?: IdempotencyStore;
  /** Requests and answers of owners who want them kept. */
  readonly bodies?: BodyStore;
  /** How often to look whether another replica has changed a router; absent: this process is alone. */
  readonly pollMs?: number;
  /** Where request lines go; by default JSON on stderr at the configured level. */
  readonly log?: Logger;
}

export interface Gateway {
  readonly url: string;
  /** What is served there, and what each route asks of a key. */
  readonly routes: readonly ServedRoute[];
  /** Stops accepting, lets what is under way end, and closes the pools. */
  readonly close: () => Promise<void>;
}

/** Listens at the configured address; port 0 takes a free one. Rejects when it cannot listen or its store cannot be read. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { snapshots, routers, accounts, pollMs, log } = options;
  const first = snapshots.current();
  const logger = log ?? createLogger(first.logLevel);
  const registry = await openRouterRegistry({ store: routers, snapshots, log: logger, pollMs });
  const agents = createAgents();
  const keys = openStoredKeys(accounts, { snapshots, log: logger });
  const health = createHealth(first);
  const forget = snapshots.subscribe(health.reconfigure);
  const kept = keeping(options, logger);
  const services = {
    ...kept.services,
    agents,
    keys,
    log: logger,
    health,
    sessions: createSessionMemory(),
    learned: createLearnedFields(),
  };
  const audit = auditor(accounts, logger);
  const { app, routes } = createApp({
    snapshots,
    services,
    registry,
    audit,
    accounts: [
      ...accountApi(options, keys),
      ...(options.bodies === undefined ? [] : bodyRoutes({ bodies: options.bodies, audit })),
    ],
    loopback: isLoopback(first.server.host),
  });
  const unused = unusedSockets(app.server);
  const url = await app.listen({ host: first.server.host, port: first.server.port });
  return {
    url,
    routes,
    close: async () => {
      const closed = app.close();
      unused.close();
      await closed;
      registry.close();
      await keys.close();
      forget();
      await kept.close();
      await agents.close();
    },
  };
}

/** What is kept of requests for a while, and removed when its time is over. */
function keeping({ idempotency, bodies }: GatewayOptions, log: Logger) {
  const keeper = bodies === undefined ? undefined : createBodyKeeper({ store: bodies, log });
  const stop = expireStored(
    [idempotency, bodies].filter((store) => store !== undefined),
    log,
  );
  return {
    services: {
      ...(idempotency === undefined ? {} : { idempotency }),
      ...(keeper === undefined ? {} : { bodies: keeper }),
    },
    close: async () => {
      stop();
      await keeper?.close();
    },
  };
}

function accountApi({ accounts, spending, snapshots }: GatewayOptions, directory: KeyDirectory): readonly ApiRoute[] {
  if (accounts === undefined || spending === undefined) return [];
  const hasProvider = (id: string) => snapshots.current().providers.has(id);
  return accountRoutes({ accounts, directory, spending, hasProvider, now: () => new Date() });
}

/** A change that was made and cannot be told of is reported where operators look. */
function auditor(accounts: AccountStore | undefined, log: Logger): RouterAudit {
  return async (entry, actor) => {
    try {
      await accounts?.audit.append(entry, actor);
    } catch (error) {
      log.error({ err: error, ...entry, actor }, "a change is not in the audit log");
    }
  };
}
