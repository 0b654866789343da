import type { SnapshotWriter } from "../catalogue/snapshot-holder.ts";
import type { Secret } from "../config/secret.ts";
import { createLogger, type Logger } from "../observe/log.ts";
import type { AccountStore } from "../store/accounts/accounts.ts";
import { forgetKey } from "../store/forget-key.ts";
import type { Store } from "../store/open.ts";
import { accountRoutes } from "./admin/accounts/account-routes.ts";
import type { ApiRoute } from "./admin/api.ts";
import { openRouterRegistry } from "./admin/router-registry.ts";
import type { RouterAudit } from "./admin/router-service.ts";
import { bodyRoutes } from "./admin/usage/body-routes.ts";
import { usageRoutes } from "./admin/usage/usage-routes.ts";
import { createApp } from "./app.ts";
import { isLoopback } from "./loopback.ts";
import type { ServedRoute } from "./register.ts";
import { type OpenServices, openServices } from "./services.ts";
import { unusedSockets } from "./unused-sockets.ts";

export interface GatewayOptions {
  readonly snapshots: SnapshotWriter;
  /** Open, and closed by whoever opened it, after the gateway. */
  readonly store: Store;
  /** Where limits and budgets are counted; absent: in this process. */
  readonly redis?: Secret | undefined;
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
  const { snapshots, store, redis, pollMs } = options;
  const { server, logLevel } = snapshots.current();
  const log = options.log ?? createLogger(logLevel);
  const registry = await openRouterRegistry({ store: store.routers, snapshots, log, pollMs });
  const opened = await openServices({ snapshots, store, redis, log });
  const closeAll = async () => {
    registry.close();
    await opened.close();
  };
  const audit = auditor(store.accounts, log);
  const { app, routes, webSockets } = createApp({
    snapshots,
    services: opened.services,
    registry,
    audit,
    accounts: apiRoutes(options, opened, audit),
    loopback: isLoopback(server.host),
  });
  const unused = unusedSockets(app.server);
  const url = await app.listen({ host: server.host, port: server.port }).catch(async (error: unknown) => {
    await closeAll();
    throw error;
  });
  return {
    url,
    routes,
    close: async () => {
      webSockets.close();
      const closed = app.close();
      unused.close();
      await closed;
      await closeAll();
    },
  };
}

/** Keys and whom they belong to, what was used, what is kept of requests. */
function apiRoutes(
  { snapshots, store }: GatewayOptions,
  { keys, ledger, spending }: OpenServices,
  audit: RouterAudit,
): readonly ApiRoute[] {
  const hasProvider = (id: string) => snapshots.current().providers.has(id);
  return [
    ...accountRoutes({
      accounts: store.accounts,
      directory: keys,
      spending,
      forget: (keyId) => forgetKey(store, keyId),
      hasProvider,
      now: () => new Date(),
    }),
    ...usageRoutes({ usage: store.usage, flush: ledger.flush }),
    ...bodyRoutes({ bodies: store.bodies, audit }),
  ];
}

/** A change that was made and cannot be told of is reported where operators look. */
function auditor(accounts: AccountStore, log: Logger): RouterAudit {
  return async (entry, actor) => {
    try {
      await accounts.audit.append(entry, actor);
    } catch (error) {
      log.error({ err: error, ...entry, actor }, "a change is not in the audit log");
    }
  };
}
