import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import { forgetKey } from "../../packages/gateway/src/store/forget-key.ts";
import { makeFolder, type TestPlace, testStores } from "../support/stores.ts";
import { type Answer, KEY, type Rig, send, startRig } from "./support.ts";

const KEY_OF_STORE = secret("7".repeat(64));
const json = ({ text }: Answer) => JSON.parse(text);
const keys = [{ name: "tests", key: KEY }];

const rigs: Rig[] = [];
const places: TestPlace[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close().catch(() => undefined);
  for (const place of places.splice(0)) await place.remove();
});

async function start(extra: Parameters<typeof startRig>[0]): Promise<Rig> {
  const rig = await startRig({ keys, ...extra });
  rigs.push(rig);
  return rig;
}

const stop = async (rig: Rig) => {
  rigs.splice(rigs.indexOf(rig), 1);
  await rig.close();
};

const post = (rig: Rig, path: string, body: unknown) => send(rig.gateway.url, { path, body });
const get = (rig: Rig, path: string) => send(rig.gateway.url, { path, method: "GET" });
const ask = (rig: Rig, body: object) => post(rig, "/v1/responses", { model: "messages/m", ...body });

describe.each(await testStores())("in $kind", ({ available, makePlace, kind }) => {
  describe.skipIf(!available)("", () => {
    async function makeStore() {
      const place = await makePlace();
      places.push(place);
      return { ...place.options, encryptionKey: KEY_OF_STORE };
    }

    test("what is kept outlives the process that kept it", async () => {
      const store = await makeStore();
      const first = await start({ store });
      const told = json(await ask(first, { input: "[[say one]]" }));
      const conversation = json(await post(first, "/v1/conversations", { metadata: { a: "b" } }));
      await stop(first);
      const second = await start({ store });
      expect(json(await get(second, `/v1/responses/${told.id}`))).toEqual(told);
      expect(json(await get(second, `/v1/conversations/${conversation.id}`)).metadata).toEqual({ a: "b" });
      expect((await ask(second, { input: "two", previous_response_id: told.id })).status).toBe(200);
      expect(second.simulator.journal.last()?.body.toString()).toContain("[[say one]]");
    });

    test("work in the background has failed when its process stops, and does not run for ever", async () => {
      const store = await makeStore();
      const first = await start({ store });
      first.simulator.faults.push("hang");
      const queued = json(await ask(first, { input: "x", background: true }));
      await vi.waitFor(() => expect(first.simulator.journal.length).toBe(1));
      await stop(first);
      const second = await start({ store });
      const failed = json(await get(second, `/v1/responses/${queued.id}`));
      expect(failed).toMatchObject({ status: "failed", error: { code: "server_error" } });
    }, 20_000);

    test("is gone when its time is over, and with its key", async () => {
      const store = { ...(await makeStore()), now: () => new Date(Date.now() + offset) };
      let offset = 0;
      const rig = await start({ store, responses: { ttlDays: 1 } });
      const told = json(await ask(rig, { input: "x" }));
      offset = 23 * 3_600_000;
      expect((await get(rig, `/v1/responses/${told.id}`)).status).toBe(200);
      offset = 25 * 3_600_000;
      expect((await get(rig, `/v1/responses/${told.id}`)).status).toBe(404);
      expect(await rig.store.responses.expire()).toBe(1);
      offset = 0;
      const other = json(await ask(rig, { input: "x" }));
      const conversation = json(await post(rig, "/v1/conversations", {}));
      await forgetKey(rig.store, "config:tests");
      expect((await get(rig, `/v1/responses/${other.id}`)).status).toBe(404);
      expect((await get(rig, `/v1/conversations/${conversation.id}`)).status).toBe(404);
    });

    test.runIf(kind === "postgres")(
      "replicas answer for each other, and cancel each other's work",
      async () => {
        const store = await makeStore();
        const one = await start({ store });
        const two = await start({ store });
        one.simulator.faults.push("hang");
        const queued = json(await ask(one, { input: "x", background: true }));
        await vi.waitFor(() => expect(one.simulator.journal.length).toBe(1));
        expect(["queued", "in_progress"]).toContain(json(await get(two, `/v1/responses/${queued.id}`)).status);
        expect(json(await post(two, `/v1/responses/${queued.id}/cancel`, {})).status).toBe("cancelled");
        await vi.waitFor(() => expect(one.simulator.journal.entries[0]?.aborted).toBe(true), 10_000);
        expect(json(await get(one, `/v1/responses/${queued.id}`)).status).toBe("cancelled");
      },
      20_000,
    );
  });
});

test("nobody who has the files alone reads what is kept", async () => {
  const folder = makeFolder();
  const rig = await start({ store: { folder, encryptionKey: KEY_OF_STORE } });
  const first = json(await ask(rig, { input: "[[say canary-of-the-answer]] canary-of-the-question" }));
  const items = [{ role: "user", content: "canary-of-the-item" }];
  await post(rig, "/v1/conversations", { metadata: { a: "canary-of-the-metadata" }, items });
  const queued = json(await ask(rig, { input: "canary-of-the-background", background: true }));
  await vi.waitFor(async () => expect(json(await get(rig, `/v1/responses/${queued.id}`)).status).toBe("completed"));
  expect(first.output[0].content[0].text).toContain("canary-of-the-answer");
  await stop(rig);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString("latin1"));
  expect(files.join()).toContain(first.id);
  expect(files.join()).not.toContain("canary-of");
});

test("cancelled work is in the ledger once, with what it used; finished work too", async () => {
  const rig = await start({});
  rig.simulator.faults.push("hang");
  const hung = json(await ask(rig, { input: "x", background: true }));
  await vi.waitFor(() => expect(rig.simulator.journal.length).toBe(1));
  await post(rig, `/v1/responses/${hung.id}/cancel`, {});
  const queued = json(await ask(rig, { input: "y", background: true }));
  await vi.waitFor(async () => expect(json(await get(rig, `/v1/responses/${queued.id}`)).status).toBe("completed"));
  const rows = await vi.waitFor(async () => {
    const { data } = json(await get(rig, "/v1/usage/requests"));
    expect(data).toHaveLength(2);
    for (const row of data) expect(row.state).not.toBe("running");
    return data;
  }, 10_000);
  expect(rows.map(({ state }: { state: string }) => state).toSorted()).toEqual(["cancelled", "settled"]);
}, 20_000);
