import type { ClientKey } from "./settings.ts";

/** A key that nothing is said of but this: it belongs to nobody, and nothing limits it. */
export function plainKey(known: Pick<ClientKey, "id" | "name" | "hash"> & Partial<ClientKey>): ClientKey {
  return { policies: [], credentials: [], metadata: {}, disabled: false, ...known };
}
