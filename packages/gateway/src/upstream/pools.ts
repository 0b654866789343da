import { Agent, type Dispatcher } from "undici";
import { publicOnlyLookup } from "./address-policy.ts";

export interface PoolPolicy {
  readonly connectMs: number;
  readonly privateAllowed: boolean;
}

export interface Pools {
  readonly get: (policy: PoolPolicy) => Dispatcher;
  readonly close: () => Promise<void>;
}

/**
 * Connection pools, one for each policy that is in use. undici's own timeouts are off but for connecting: an attempt's
 * watchdog knows the difference between a slow first token and a dead stream, a socket timer does not.
 */
export function createPools(): Pools {
  const pools = new Map<string, Agent>();
  return {
    get(policy) {
      const name = `${policy.connectMs}/${policy.privateAllowed}`;
      const known = pools.get(name);
      if (known !== undefined) return known;
      const agent = new Agent({
        connect: { timeout: policy.connectMs, ...(policy.privateAllowed ? {} : { lookup: publicOnlyLookup }) },
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: 30_000,
        keepAliveMaxTimeout: 300_000,
        pipelining: 1,
      });
      pools.set(name, agent);
      return agent;
    },
    close: async () => {
      await Promise.all([...pools.values()].map((agent) => agent.destroy()));
    },
  };
}
