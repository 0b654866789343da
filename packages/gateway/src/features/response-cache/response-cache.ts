import type { Put, StoreSize, ValueStore } from "../../store/shared-state/values.ts";
import { createFlights, type Flights } from "./flights.ts";
import { type KeptAnswer, readKept, writeKept } from "./kept-answer.ts";

/** The answers that are kept, and who is on the way to one. */
export interface ResponseCache {
  /** Of this gateway: another one may read and write answers in another way. */
  readonly version: string;
  readonly flights: Flights;
  /** `routers`: on the way to the answer, each of which may be purged. Never rejects. */
  readonly find: (id: string, routers: readonly string[]) => Found | Promise<Found>;
  /** An answer is on its way, until what is returned is called. */
  readonly begin: (id: string, tenant: string) => () => void;
  /** `purged`: it may be given to nobody else. `lost`: it is too large, or the store is full or away. Never rejects. */
  readonly keep: (id: string, kept: KeptAnswer, place: Place) => Put | Promise<Put>;
  /** Of one entry, while it is there or on its way in this process. Rejects with StoreError `unavailable`. */
  readonly tenantOf: (id: string) => Promise<string | undefined>;
  /** What is on its way is not kept either, in no process. Resolves to whether it was there, or on its way in this one. */
  readonly drop: (id: string) => Promise<boolean>;
  /** Forgets what has gone by this router, or all. */
  readonly purge: (router?: string) => Promise<void>;
  readonly counts: CacheCounts;
  readonly kind: ValueStore["kind"];
  readonly size: () => StoreSize | undefined;
  readonly close: () => void;
}

export interface Found {
  readonly kept?: KeptAnswer;
  /** For `keep`; absent: nothing can be kept now. */
  readonly stamp?: string;
}

export interface Place {
  readonly routers: readonly string[];
  readonly stamp: string;
  readonly limitBytes: number;
}

/** Of this process, since it was started. */
export interface CacheCounts {
  hits: number;
  misses: number;
  bypasses: number;
  kept: number;
  /** Hits of requests that had waited for their twin. */
  shared: number;
}

/** An entry is told to clients by this, and found by it: there is nothing in it that could be read. */
export const idOf = (digest: string): string => `cch_${digest}`;

export const isCacheId = (id: string): boolean => /^cch_[A-Za-z0-9_-]{43}$/.test(id);

export function createResponseCache(store: ValueStore, version: string): ResponseCache {
  const counts: CacheCounts = { hits: 0, misses: 0, bypasses: 0, kept: 0, shared: 0 };
  const foundIn = ({ value, stamp }: { readonly value?: string; readonly stamp?: string }): Found => {
    const kept = value === undefined ? undefined : readKept(value);
    return { ...(kept === undefined ? {} : { kept }), ...(stamp === undefined ? {} : { stamp }) };
  };
  const counted = (put: Put): Put => {
    if (put === "kept") counts.kept++;
    return put;
  };
  const underway = createUnderway();
  return {
    version,
    flights: createFlights(),
    counts,
    kind: store.kind,
    find(id, routers) {
      const looked = store.get(id, routers.map(markOf));
      return looked instanceof Promise ? looked.then(foundIn) : foundIn(looked);
    },
    keep(id, kept, { routers, stamp, limitBytes }) {
      const text = writeKept(kept);
      if (Buffer.byteLength(text) > limitBytes) return "lost";
      const put = store.put(id, text, { marks: routers.map(markOf), stamp, ttlMs: kept.ttlSeconds * 1000 });
      return put instanceof Promise ? put.then(counted) : counted(put);
    },
    begin: underway.begin,
    tenantOf: async (id) => {
      const text = await store.peek(id);
      return (text === undefined ? undefined : readKept(text)?.tenant) ?? underway.tenantOf(id);
    },
    drop: async (id) => {
      const isUnderway = underway.tenantOf(id) !== undefined;
      return (await store.drop(id)) || isUnderway;
    },
    purge: (router) => store.renew(router === undefined ? undefined : markOf(router)),
    size: store.size,
    close: store.close,
  };
}

const markOf = (router: string): string => `router:${router}`;

/** Of the answers that are on their way in this process, whose they are. */
function createUnderway() {
  const all = new Map<string, { readonly tenant: string; count: number }>();
  return {
    tenantOf: (id: string): string | undefined => all.get(id)?.tenant,
    begin(id: string, tenant: string): () => void {
      const entry = all.get(id) ?? { tenant, count: 0 };
      entry.count += 1;
      all.set(id, entry);
      return () => {
        entry.count -= 1;
        if (entry.count === 0) all.delete(id);
      };
    },
  };
}
