import type { SnapshotHolder } from "../catalogue/snapshot-holder.ts";
import { createLogger, type Logger } from "../observe/log.ts";
import { createAgents } from "../upstream/agents.ts";
import { createApp } from "./app.ts";
import { isLoopback } from "./loopback.ts";

export interface GatewayOptions {
  readonly snapshots: SnapshotHolder;
  /** Where request lines go; by default JSON on stderr at the configured level. */
  readonly log?: Logger;
}

export interface Gateway {
  readonly url: string;
  /** Stops accepting, lets what is under way end, and closes the pools. */
  readonly close: () => Promise<void>;
}

/** Listens at the configured address; port 0 takes a free one. Rejects when it cannot listen. */
export async function startGateway({ snapshots, log }: GatewayOptions): Promise<Gateway> {
  const { server, logLevel } = snapshots.current();
  const agents = createAgents();
  const services = { agents, log: log ?? createLogger(logLevel) };
  const app = createApp({ snapshots, services, loopback: isLoopback(server.host) });
  const url = await app.listen({ host: server.host, port: server.port });
  return {
    url,
    close: async () => {
      await app.close();
      await agents.close();
    },
  };
}
