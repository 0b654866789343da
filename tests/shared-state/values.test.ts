import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:net";
import { createClient } from "@redis/client";
import { afterEach, describe, expect, test } from "vitest";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import { createLogger } from "../../packages/gateway/src/observe/log.ts";
import { openSealer, type Sealer } from "../../packages/gateway/src/store/seal.ts";
import { MemoryValues } from "../../packages/gateway/src/store/shared-state/memory-values.ts";
import { RedisValues } from "../../packages/gateway/src/store/shared-state/redis-values.ts";
import type { Put, ValueStore } from "../../packages/gateway/src/store/shared-state/values.ts";
import { testRedis } from "../support/redis.ts";

const url = await testRedis();
const log = createLogger("silent");
const open: ValueStore[] = [];

afterEach(() => {
  for (const store of open.splice(0)) store.close();
});

const sealerOf = (): Sealer =>
  openSealer({ folder: "", encryptionKey: secret(randomBytes(32).toString("hex")), kind: "postgres" });

async function redis(options: { readonly prefix?: string; readonly sealer?: Sealer } = {}): Promise<RedisValues> {
  const store = new RedisValues({
    url: secret(url ?? ""),
    log,
    prefix: `test-${randomUUID()}:`,
    patienceMs: 5_000,
    ...options,
  });
  open.push(store);
  await store.firstTry;
  return store;
}

const kinds: readonly {
  readonly kind: string;
  readonly available: boolean;
  readonly make: () => Promise<ValueStore>;
}[] = [
  { kind: "memory", available: true, make: async () => new MemoryValues({ limitBytes: () => 1_000_000 }) },
  { kind: "redis", available: url !== undefined, make: () => redis() },
  { kind: "redis, sealed", available: url !== undefined, make: () => redis({ sealer: sealerOf() }) },
];

const HOUR = 3_600_000;

type Named = readonly [name: string, value: string, marks?: readonly string[]];

async function put(store: ValueStore, ...[name, value, marks = []]: Named): Promise<Put> {
  const { stamp = "" } = await store.get(name, marks);
  return store.put(name, value, { marks, stamp, ttlMs: HOUR });
}

for (const { kind, available, make } of kinds) {
  describe.skipIf(!available)(`values in ${kind}`, () => {
    test("are found under their names, whatever is in them", async () => {
      const store = await make();
      const value = '{"text":"naïve \u{1F600}\\n\n€"}';
      expect(await store.get("a", [])).not.toHaveProperty("value");
      expect(await put(store, "a", value)).toBe("kept");
      expect((await store.get("a", [])).value).toBe(value);
      expect(await store.peek("a")).toBe(value);
      expect(await store.get("b", [])).not.toHaveProperty("value");
      expect(await store.peek("b")).toBeUndefined();
    });

    test("are replaced and dropped one by one", async () => {
      const store = await make();
      await put(store, "a", "1");
      await put(store, "a", "2");
      await put(store, "b", "3");
      expect((await store.get("a", [])).value).toBe("2");
      expect(await store.drop("a")).toBe(true);
      expect(await store.drop("a")).toBe(false);
      expect(await store.get("a", [])).not.toHaveProperty("value");
      expect((await store.get("b", [])).value).toBe("3");
    });

    test("end with their time", async () => {
      const store = await make();
      const { stamp = "" } = await store.get("a", []);
      await store.put("a", "1", { marks: [], stamp, ttlMs: 20 });
      await expect.poll(async () => (await store.get("a", [])).value, { timeout: 5_000 }).toBeUndefined();
      expect(await store.peek("a")).toBeUndefined();
    });

    test("are forgotten with any of their marks, and others are not", async () => {
      const store = await make();
      await put(store, "a", "1", ["support", 'odd "name"\n']);
      await put(store, "b", "2", ["sales"]);
      await put(store, "c", "3");
      await store.renew('odd "name"\n');
      expect(await store.get("a", ["support", 'odd "name"\n'])).not.toHaveProperty("value");
      expect(await store.peek("a")).toBeUndefined();
      expect((await store.get("b", ["sales"])).value).toBe("2");
      expect((await store.get("c", [])).value).toBe("3");
      await store.renew();
      expect(await store.get("b", ["sales"])).not.toHaveProperty("value");
      expect(await store.get("c", [])).not.toHaveProperty("value");
      expect(await put(store, "c", "4")).toBe("kept");
      expect((await store.get("c", [])).value).toBe("4");
    });

    test("that were begun before a mark was renewed are not found when they come", async () => {
      const store = await make();
      const { stamp: before = "" } = await store.get("a", ["support"]);
      await store.renew("support");
      const terms = { marks: ["support"], ttlMs: HOUR };
      expect(await store.put("a", "old", { ...terms, stamp: before })).toBe("purged");
      expect(await store.get("a", ["support"])).not.toHaveProperty("value");
      const { stamp: all = "" } = await store.get("a", ["support"]);
      await store.renew();
      expect(await store.put("a", "old", { ...terms, stamp: all })).toBe("purged");
      expect(await store.get("a", ["support"])).not.toHaveProperty("value");
    });

    test("that were begun before their name was dropped are not put, and others are", async () => {
      const store = await make();
      const stampOf = async (name: string) => (await store.get(name, ["support"])).stamp ?? "";
      const begin = async (name: string) => {
        const stamp = await stampOf(name);
        return () => store.put(name, "old", { marks: ["support"], stamp, ttlMs: HOUR });
      };
      const [late, other] = [await begin("a"), await begin("b")];
      await put(store, "b", "2", ["support"]);
      const before = await stampOf("a");
      expect(await store.drop("a")).toBe(false);
      expect(await stampOf("a")).not.toBe(before);
      expect(await late()).toBe("purged");
      expect(await store.get("a", ["support"])).not.toHaveProperty("value");
      expect((await store.get("b", ["support"])).value).toBe("2");
      expect(await other()).toBe("kept");
      expect(await put(store, "a", "new", ["support"])).toBe("kept");
      expect((await store.get("a", ["support"])).value).toBe("new");
      expect(await store.drop("a")).toBe(true);
      expect(await store.get("a", ["support"])).not.toHaveProperty("value");
    });
  });
}

describe("values in this process", () => {
  test("take no more than they may: what was used last stays", async () => {
    let limit = 100_000;
    const store = new MemoryValues({ limitBytes: () => limit });
    const value = "x".repeat(9_000);
    for (let count = 0; count < 100; count++) {
      await put(store, `v${count}`, value);
      expect(store.get("v0", []).value).toBe(value);
      expect(store.size().bytes).toBeLessThanOrEqual(limit);
    }
    expect(store.size().entries).toBe(10);
    expect(store.get("v50", []).value).toBeUndefined();
    expect(store.get("v99", []).value).toBe(value);
    expect(await put(store, "large", "x".repeat(100_001))).toBe("lost");
    expect(store.size().entries).toBe(10);
    limit = 20_000;
    await put(store, "one", value);
    expect(store.size().bytes).toBeLessThanOrEqual(limit);
    await store.renew();
    expect(store.size()).toEqual({ entries: 0, bytes: 0, limitBytes: limit });
  });

  test("count two bytes for each letter where one is beyond Latin-1", async () => {
    const store = new MemoryValues({ limitBytes: () => 10_000 });
    expect(await put(store, "latin", "ü".repeat(9_000))).toBe("kept");
    expect(await put(store, "greek", "λ".repeat(9_000))).toBe("lost");
  });
});

describe.skipIf(url === undefined)("values in Redis", () => {
  test("are shared and purged across replicas", async () => {
    const prefix = `test-${randomUUID()}:`;
    const sealer = sealerOf();
    const [one, other] = [await redis({ prefix, sealer }), await redis({ prefix, sealer })];
    await put(one, "a", "1", ["support"]);
    expect((await other.get("a", ["support"])).value).toBe("1");
    await other.renew("support");
    expect(await one.get("a", ["support"])).not.toHaveProperty("value");
  });

  test("that are put while older ones of their names are swept away stay", async () => {
    const store = await redis();
    const names = Array.from({ length: 200 }, (_, index) => `v${index}`);
    for (let round = 0; round < 5; round++) {
      await Promise.all(names.map((name) => put(store, name, `${round}`)));
      await store.renew();
      await Promise.all(names.map((name) => put(store, name, `new ${round}`)));
      await store.renew("nobody's");
      const found = await Promise.all(names.map(async (name) => (await store.get(name, [])).value));
      expect(found).toEqual(names.map(() => `new ${round}`));
    }
  });

  test("are not there for whoever has another key, nor readable", async () => {
    const prefix = `test-${randomUUID()}:`;
    const [one, other, plain] = [
      await redis({ prefix, sealer: sealerOf() }),
      await redis({ prefix, sealer: sealerOf() }),
      await redis({ prefix }),
    ];
    await put(one, "a", "the words of somebody");
    expect(await other.get("a", [])).not.toHaveProperty("value");
    expect((await plain.get("a", [])).value).not.toContain("words");
  });

  test("are not found anew when Redis has forgotten its marks", async () => {
    const prefix = `test-${randomUUID()}:`;
    const store = await redis({ prefix });
    await put(store, "a", "1", ["support"]);
    await store.renew("support");
    await put(store, "b", "2", ["support"]);
    // As an eviction would.
    const client = await createClient({ url: url ?? "" }).connect();
    expect(await client.del(`${prefix}{cache}:marks`)).toBe(1);
    client.destroy();
    expect(await store.get("a", ["support"])).not.toHaveProperty("value");
    expect(await store.get("b", ["support"])).not.toHaveProperty("value");
    await put(store, "b", "3", ["support"]);
    expect((await store.get("b", ["support"])).value).toBe("3");
  });
});

/** A server that takes connections and never answers. */
function silentServer(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer(() => {});
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({ port: typeof address === "object" && address !== null ? address.port : 0, server });
    }),
  );
}

test("a Redis that is away or silent knows nothing, and says so at once", async () => {
  const { port, server } = await silentServer();
  for (const at of ["127.0.0.1:9", `127.0.0.1:${port}`]) {
    const store = new RedisValues({ url: secret(`redis://${at}`), log });
    open.push(store);
    expect(await store.get("a", [])).toEqual({});
    expect(await store.put("a", "1", { marks: [], stamp: "", ttlMs: HOUR })).toBe("lost");
    await expect(store.drop("a")).rejects.toMatchObject({ code: "unavailable" });
    await expect(store.renew()).rejects.toMatchObject({ code: "unavailable" });
  }
  for (const store of open.splice(0)) store.close();
  server.close();
});
