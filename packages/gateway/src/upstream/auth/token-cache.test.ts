import { GatewayError } from "@signalbox/protocol";
import { beforeEach, expect, test } from "vitest";
import { createTokenCache, type Lease, type TokenCache } from "./token-cache.ts";

let now: number;
let minted: number;
let cache: TokenCache<string>;

beforeEach(() => {
  now = 1_000_000;
  minted = 0;
  cache = createTokenCache<string>({ now: () => now, size: 2 });
});

const HOUR = 3_600_000;
const mint = async (): Promise<Lease<string>> => ({ value: `t${++minted}`, expiresAt: now + HOUR });
const failing = (): Promise<Lease<string>> => {
  minted++;
  return Promise.reject(new GatewayError("upstream_unreachable", "The upstream cannot be reached."));
};
const value = async (id = "a") => (await cache.get(id, mint)).value;

test("mints once for all who ask at the same time, and keeps what was minted", async () => {
  const all = await Promise.all(Array.from({ length: 50 }, () => value()));
  expect(new Set(all)).toEqual(new Set(["t1"]));
  now += HOUR - 301_000;
  expect(await value()).toBe("t1");
  expect(minted).toBe(1);
});

test("renews five minutes ahead, and hands out the old one meanwhile", async () => {
  await value();
  now += HOUR - 299_000;
  expect(await value()).toBe("t1");
  expect(await value()).toBe("t2");
  expect(minted).toBe(2);
});

test("a renewal ahead that fails leaves the old one as long as it is good", async () => {
  await value();
  now += HOUR - 299_000;
  expect((await cache.get("a", failing)).value).toBe("t1");
  await Promise.resolve();
  now += 200_000;
  expect((await cache.get("a", failing)).value).toBe("t1");
  now += 95_000;
  await expect(cache.get("a", failing)).rejects.toMatchObject({ code: "upstream_auth" });
});

test("waits for another one in the last seconds of the old one", async () => {
  await value();
  now += HOUR - 9_000;
  expect(await value()).toBe("t2");
});

test("short-lived tokens are renewed in their last quarter", async () => {
  const short = async () => ({ value: `s${++minted}`, expiresAt: now + 60_000 });
  await cache.get("a", short);
  now += 44_000;
  await cache.get("a", short);
  expect(minted).toBe(1);
  now += 2_000;
  await cache.get("a", short);
  expect(minted).toBe(2);
});

test("a failure is everybody's, is upstream_auth, and is not asked for again before a wait that doubles", async () => {
  const asked = await Promise.allSettled(Array.from({ length: 20 }, () => cache.get("a", failing)));
  expect(asked.every(({ status }) => status === "rejected")).toBe(true);
  expect(minted).toBe(1);
  await expect(cache.get("a", failing)).rejects.toMatchObject({ code: "upstream_auth" });
  expect(minted).toBe(1);
  now += 1_000;
  await expect(cache.get("a", failing)).rejects.toThrow("No access token could be had");
  expect(minted).toBe(2);
  now += 1_000;
  await expect(cache.get("a", failing)).rejects.toThrow();
  expect(minted).toBe(2);
  now += 1_000;
  expect(await value()).toBe("t3");
});

test("drops a lease that is refused, and not the one that came after it", async () => {
  const first = await cache.get("a", mint);
  cache.drop("a", first);
  expect(await value()).toBe("t2");
  cache.drop("a", first);
  expect(await value()).toBe("t2");
});

test("is bounded: who has not asked for long is forgotten first", async () => {
  await value("a");
  await value("b");
  await value("a");
  await value("c");
  expect(minted).toBe(3);
  await value("a");
  expect(minted).toBe(3);
  await value("b");
  expect(minted).toBe(4);
});
