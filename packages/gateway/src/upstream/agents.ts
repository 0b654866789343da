import { type Clouds, createClouds } from "./auth/clouds.ts";
import { createPools, type Pools } from "./pools.ts";

/** By what requests get to upstreams, and are let in there. */
export interface Agents extends Pools {
  readonly clouds: Clouds;
}

export function createAgents(): Agents {
  const pools = createPools();
  return { ...pools, clouds: createClouds({ pools }) };
}
