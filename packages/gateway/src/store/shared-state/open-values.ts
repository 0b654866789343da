import type { Secret } from "../../config/secret.ts";
import type { Logger } from "../../observe/log.ts";
import type { KeyedSealer } from "../seal.ts";
import { MemoryValues } from "./memory-values.ts";
import type { ValueStore } from "./values.ts";

export interface ValuesOptions {
  /** `redis://…`; absent: values are kept in this process. */
  readonly redis?: Secret | undefined;
  /** Seals what goes to Redis, where there is a key to do it with. */
  readonly sealer: KeyedSealer;
  readonly log: Logger;
  /** Of what is kept in this process. */
  readonly limitBytes: () => number;
}

/** Starting does not wait for Redis: without it nothing is found. Throws StoreError `invalid` for a wrong URL. */
export async function openValues({ redis, sealer, log, limitBytes }: ValuesOptions): Promise<ValueStore> {
  if (redis === undefined) return new MemoryValues({ limitBytes });
  // Only who uses Redis pays for loading its driver.
  const { RedisValues } = await import("./redis-values.ts");
  // Replicas that have no key in common could not read what the others have sealed with keys of their own.
  return new RedisValues({ url: redis, log, sealer: sealer.keyId() === undefined ? undefined : sealer });
}
