import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testRedis } from "../support/redis.ts";
import {
  type Asked,
  asking,
  callOf,
  calls,
  freshText,
  pricedProviders,
  statusOf,
  textOf,
} from "./response-cache-support.ts";
import { admin, createRouter, only } from "./routing-support.ts";
import { type Answer, KEY, type Rig, send, startRig } from "./support.ts";

const OTHER = "another-key-for-the-gateway-tests";
const redis = await testRedis();

let rig: Rig;
let asked: (asked: Asked) => Promise<Answer>;
beforeAll(async () => {
  rig = await startRig({
    cache: { enabled: true },
    moreProviders: pricedProviders,
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "other", key: OTHER },
    ],
  });
  asked = asking(rig);
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

describe("concurrent twins", () => {
  const many = (ask: Asked, count = 50) => Promise.all(Array.from({ length: count }, () => asked(ask)));
  const countOf = (answers: readonly Answer[], status: string) =>
    answers.filter((answer) => statusOf(answer) === status).length;

  test.each([false, true])("make one call (stream: %s)", async (stream) => {
    const answers = await many({ text: `${freshText()}[[fault latency=300]]`, stream });
    expect(calls(rig)).toBe(1);
    expect(countOf(answers, "MISS")).toBe(1);
    expect(countOf(answers, "HIT-exact")).toBe(49);
    expect(new Set(answers.map(textOf)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers["x-signalbox-generation-id"])).size).toBe(50);
  });

  test("wait for the next one when the first fails", async () => {
    const text = freshText();
    rig.simulator.faults.push("latency=200;status=400;times=1");
    const answers = await many({ text }, 5);
    expect(calls(rig)).toBe(2);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(1);
    expect(countOf(answers, "HIT-exact")).toBe(3);
  });

  test("wait for the next one when the first one's client goes away", async () => {
    const text = `${freshText()}[[fault latency=300]]`;
    const gone = new AbortController();
    const first = send(rig.gateway.url, { ...callOf({ text }), signal: gone.signal }).catch(() => "gone");
    await expect.poll(() => calls(rig)).toBe(1);
    const others = many({ text }, 5);
    await expect.poll(async () => (await admin(rig, "GET /v1/cache")).body["waiting"]).toBe(5);
    gone.abort();
    expect(await first).toBe("gone");
    expect(countOf(await others, "HIT-exact")).toBe(4);
    expect(calls(rig)).toBe(2);
  });

  test.each(["of all", "of their router"])(
    "that come after a purge %s do not wait for one that went before it",
    async (what) => {
      const name = what.replaceAll(" ", "-");
      const own = { model: `inworld/${name}`, text: `${freshText()}[[fault latency=500]]` };
      await createRouter(rig, { name: `routers/${name}`, default_route: { variants: only("priced-chat/m") } });
      const first = asked(own);
      await expect.poll(() => calls(rig)).toBe(1);
      expect(
        (await admin(rig, what === "of all" ? "DELETE /v1/cache" : `DELETE /v1/cache?router=${name}`)).status,
      ).toBe(200);
      expect(statusOf(await asked(own))).toBe("MISS");
      expect(statusOf(await first)).toBe("MISS");
      expect(calls(rig)).toBe(2);
    },
  );

  test("do not wait for one another where no answer is kept", async () => {
    const answers = await many({ text: "[[refuse]][[fault latency=200]]" }, 5);
    expect(countOf(answers, "MISS")).toBe(5);
    expect(calls(rig)).toBe(5);
  });

  test("do not wait for one another where the answer is longer than may be kept", async () => {
    const own = await startRig({ cache: { enabled: true, entryBytes: 8_192 } });
    const ask = { model: "chat/m", text: "[[text 3000]][[fault latency=1000]]", stream: true };
    const first = asking(own)(ask);
    await expect.poll(() => calls(own)).toBe(1);
    let answered = 0;
    const others = [1, 2].map(() => asking(own)(ask).finally(() => answered++));
    await expect.poll(async () => (await admin(own, "GET /v1/cache")).body["waiting"]).toBe(2);
    expect(statusOf(await first)).toBe("MISS");
    await expect.poll(() => calls(own), { timeout: 5_000 }).toBe(3);
    expect(answered).toBe(0);
    expect((await Promise.all(others)).map(statusOf)).toEqual(["MISS", "MISS"]);
    await own.close();
  });

  test("that wait are kept alive, and leave when their client does", async () => {
    const own = await startRig({ cache: { enabled: true }, keepAlive: { afterMs: 20, everyMs: 20 } });
    const ask = { model: "chat/m", text: "[[say late]][[fault latency=400]]", stream: true };
    const first = asking(own)(ask);
    await expect.poll(() => calls(own)).toBe(1);
    const waiting = async () => (await admin(own, "GET /v1/cache")).body["waiting"];
    const gone = new AbortController();
    const leaving = send(own.gateway.url, { ...callOf(ask), signal: gone.signal }).catch(() => "gone");
    const staying = asking(own)(ask);
    await expect.poll(waiting).toBe(2);
    gone.abort();
    await expect.poll(waiting).toBe(1);
    await leaving;
    expect((await staying).text).toMatch(/^: /m);
    expect(textOf(await staying)).toBe(textOf(await first));
    await own.close();
  });
});

describe("entries are purged", () => {
  const purge = (path: string, key = KEY) =>
    send(rig.gateway.url, { method: "DELETE", path, headers: { authorization: `Bearer ${key}` } });

  test("by their id, by whose they are and by who runs the gateway", async () => {
    const [mine, others] = [freshText(), freshText()];
    const id = String((await asked({ text: mine })).headers["x-cache-id"]);
    const otherId = String((await asked({ text: others, key: OTHER })).headers["x-cache-id"]);
    expect((await purge(`/v1/cache/${id}`, OTHER)).status).toBe(404);
    expect(statusOf(await asked({ text: mine }))).toBe("HIT-exact");
    expect((await purge(`/v1/cache/${otherId}`, OTHER)).status).toBe(200);
    expect((await purge(`/v1/cache/${otherId}`, OTHER)).status).toBe(404);
    expect(statusOf(await asked({ text: others, key: OTHER }))).toBe("MISS");
    expect((await purge(`/v1/cache/${otherId}`)).status).toBe(200);
    expect((await purge(`/v1/cache/${id}`)).status).toBe(200);
    expect(statusOf(await asked({ text: mine }))).toBe("MISS");
  });

  test("by a router on their way, and all at once", async () => {
    for (const [name, model] of [
      ["inner", "priced-chat/m"],
      ["outer", "inworld/inner"],
      ["third", "priced-chat/m"],
    ]) {
      await createRouter(rig, { name: `routers/${name}`, default_route: { variants: only(model ?? "") } });
    }
    const text = freshText();
    const through = (name: string) => asked({ model: `inworld/${name}`, text });
    const statuses = async () => [statusOf(await through("outer")), statusOf(await through("third"))];
    await statuses();
    expect(await statuses()).toEqual(["HIT-exact", "HIT-exact"]);
    expect((await purge("/v1/cache?router=inner")).status).toBe(200);
    expect(await statuses()).toEqual(["MISS", "HIT-exact"]);
    expect((await purge("/v1/cache?routers=inner")).status).toBe(400);
    expect((await purge("/v1/cache?router=outer", OTHER)).status).toBe(403);
    expect((await purge("/v1/cache")).status).toBe(200);
    expect(await statuses()).toEqual(["MISS", "MISS"]);
  });
});

describe("an answer that is deleted while it is on its way", () => {
  const remove = (id: unknown, key = KEY) =>
    send(rig.gateway.url, {
      method: "DELETE",
      path: `/v1/cache/${String(id)}`,
      headers: { authorization: `Bearer ${key}` },
    });
  /** What this question is kept under. */
  const idOf = async (ask: Asked) => {
    const { headers } = await asked({ ...ask, headers: { "cache-control": "no-cache" } });
    await remove(headers["x-cache-id"]);
    rig.simulator.journal.clear();
    return headers["x-cache-id"];
  };

  test.each(["wait already", "come later"])("is not kept, nor given to twins that %s", async (twins) => {
    const ask = { text: `${freshText()}[[fault latency=300]]`, key: OTHER };
    const others = await idOf({ ...ask, key: KEY });
    const id = await idOf(ask);
    const first = asked(ask);
    await expect.poll(() => calls(rig)).toBe(1);
    const two = () => [asked(ask), asked(ask)];
    const before = twins === "wait already" ? two() : [];
    await expect.poll(async () => (await admin(rig, "GET /v1/cache")).body["waiting"]).toBe(before.length);
    expect((await remove(others, OTHER)).status).toBe(404);
    expect((await remove(id, OTHER)).status).toBe(200);
    const after = await Promise.all(before.length === 0 ? two() : before);
    expect(statusOf(await first)).toBe("MISS");
    // One of them has asked for both.
    expect(after.map(statusOf).sort()).toEqual(["HIT-exact", "MISS"]);
    expect(calls(rig)).toBe(2);
    expect(statusOf(await asked(ask))).toBe("HIT-exact");
  });

  test("is none that is there once it is over", async () => {
    const ask = { text: "[[refuse]]", key: OTHER };
    const { headers } = await asked(ask);
    expect((await remove(headers["x-cache-id"], OTHER)).status).toBe(404);
  });
});

test("what is kept takes no more than it may, and an answer that is too long is not kept", async () => {
  const own = await startRig({ cache: { enabled: true, memoryBytes: 65_536, entryBytes: 8_192 } });
  for (let at = 0; at < 60; at++) await asking(own)({ model: "chat/m", text: `[[text 300]] ${at}` });
  const { body } = await admin(own, "GET /v1/cache");
  expect(body).toMatchObject({ object: "cache", store: "memory", misses: 60, kept: 60, limit_bytes: 65_536 });
  expect(Number(body["bytes"])).toBeLessThanOrEqual(65_536);
  expect(Number(body["entries"])).toBeGreaterThan(5);
  expect(Number(body["entries"])).toBeLessThan(60);
  for (const stream of [false, true]) {
    const long = { model: "chat/m", text: "[[text 3000]]", stream };
    await asking(own)(long);
    expect(statusOf(await asking(own)(long))).toBe("MISS");
  }
  await own.close();
});

describe.skipIf(redis === undefined)("with Redis", () => {
  const start = () => startRig({ cache: { enabled: true }, ...(redis === undefined ? {} : { redis }) });

  test("replicas have one another's answers, and purge them for one another", async () => {
    const [one, other] = [await start(), await start()];
    // The server is shared with other tests: only their own words are theirs.
    const ask = { model: "chat/m", text: `[[say ${randomUUID()}]]` };
    const first = await asking(one)(ask);
    expect(statusOf(first)).toBe("MISS");
    await expect.poll(async () => statusOf(await asking(other)(ask))).toBe("HIT-exact");
    expect(textOf(await asking(other)({ ...ask, stream: true }))).toBe(textOf(first));
    expect((await admin(other, "GET /v1/cache")).body).toMatchObject({ store: "redis", entries: null });
    expect((await admin(other, `DELETE /v1/cache/${String(first.headers["x-cache-id"])}`)).status).toBe(200);
    expect(statusOf(await asking(one)(ask))).toBe("MISS");
    await one.close();
    await other.close();
  });

  test("an answer on its way in one replica is not kept when another one deletes it", async () => {
    const [one, other] = [await start(), await start()];
    const ask = { model: "chat/m", text: `[[say ${randomUUID()}]][[fault latency=400]]` };
    const noStore = await asking(one)({ ...ask, headers: { "cache-control": "no-cache" } });
    const path = `DELETE /v1/cache/${String(noStore.headers["x-cache-id"])}`;
    await expect.poll(async () => (await admin(one, path)).status).toBe(200);
    const first = asking(one)(ask);
    await expect.poll(() => calls(one)).toBe(2);
    expect((await admin(other, path)).status).toBe(404);
    expect(statusOf(await first)).toBe("MISS");
    expect(statusOf(await asking(one)(ask))).toBe("MISS");
    await expect.poll(async () => statusOf(await asking(other)(ask))).toBe("HIT-exact");
    await one.close();
    await other.close();
  });

  test("fifty twins make one call, and a Redis that is away none but misses", async () => {
    const one = await start();
    const ask = { model: "chat/m", text: `[[say ${randomUUID()}]][[fault latency=300]]` };
    const answers = await Promise.all(Array.from({ length: 50 }, () => asking(one)(ask)));
    expect(answers.filter((answer) => statusOf(answer) === "HIT-exact")).toHaveLength(49);
    expect(calls(one)).toBe(1);
    await one.close();
    const away = await startRig({ cache: { enabled: true }, redis: "redis://127.0.0.1:9" });
    for (let at = 0; at < 2; at++) expect(statusOf(await asking(away)({ model: "chat/m" }))).toBe("MISS");
    expect((await admin(away, "DELETE /v1/cache")).status).toBe(503);
    await away.close();
  });
});
