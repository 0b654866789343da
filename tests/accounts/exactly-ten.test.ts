import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { api } from "./support/asking.ts";
import { type SharingSite, siteKinds } from "./support/sites.ts";
import { callsOf, expectOutOfMoney, type Storm, storm, UNIT_DOLLARS, UNIT_NANO } from "./support/storm.ts";

const TEN = 10 * UNIT_DOLLARS;
const total = { window: "total", limit: TEN };
const keyOf = (name: string) => `the-key-that-is-called-${name}`;

/** Each is used by one test. */
const keys = [
  { name: "budget", budgets: [total] },
  { name: "change", budgets: [total] },
  { name: "conversations", budgets: [{ per: "session", ...total }] },
  { name: "minutes", limits: [{ unit: "requests", per: "minute", limit: 10 }] },
  { name: "hours", limits: [{ unit: "requests", per: "day", limit: 10 }] },
  { name: "tokens", limits: [{ unit: "tokens", per: "7d", limit: 2_500 }] },
  { name: "slots", concurrency: 10 },
].map((key) => ({ ...key, key: keyOf(key.name) }));

describe.each(await siteKinds())("with $name", ({ available, replicas, make }) => {
  describe.skipIf(!available)("of 200 at once", () => {
    let site: SharingSite;
    let urls: readonly string[];
    beforeAll(async () => {
      site = await make({ keys });
      const children = Array.from({ length: replicas }, (_, replica) => site.start(replica));
      urls = await Promise.all(children.map(({ listening }) => listening));
    });
    afterAll(() => site.close());

    const run = (name: string, more: Partial<Storm> = {}) => storm({ name, urls, keys: [keyOf(name)], ...more });

    /** What the ledger has of these keys. */
    async function ledger(ids: readonly string[]) {
      for (const url of urls) await api(url, "GET /v1/usage");
      const named = ids.map((id) => `'${id}'`).join(",");
      return site.query(
        `select state, cost_nano, reserved_nano, output_tokens from requests where key_id in (${named})`,
      );
    }

    async function expectTen(ids: readonly string[], name: string) {
      expect(callsOf(site.simulator, name)).toHaveLength(10);
      const rows = (await ledger(ids)).map((row) => ({ ...row, cost_nano: Number(row["cost_nano"]) }));
      expect(rows).toHaveLength(10);
      for (const row of rows) expect(row).toMatchObject({ state: "settled", cost_nano: UNIT_NANO });
    }

    test("ten fit into a key's budget for ten, and it is used up to the nano-dollar", async () => {
      const { answered, refused } = await run("budget");
      expect([answered.length, refused.length]).toEqual([10, 190]);
      for (const one of refused) expectOutOfMoney(one);
      await expectTen(["config:budget"], "budget");
      expect((await run("budget", { calls: 8 })).answered).toEqual([]);
      await expectTen(["config:budget"], "budget");
      expect(await api(urls[0] ?? "", "GET /v1/auth/key", { key: keyOf("budget") })).toMatchObject({
        data: { limit: TEN, usage: TEN, limit_remaining: 0 },
      });
    });

    test("five fit where ten others have cost half of what was held for them", async () => {
      for (let one = 0; one < 10; one++) {
        const { answered } = await run("change", { calls: 1, share: 0.5, latencyMs: 0 });
        expect(answered).toHaveLength(1);
      }
      const { answered, refused } = await run("change");
      expect([answered.length, refused.length]).toEqual([5, 195]);
      for (const one of refused) expectOutOfMoney(one);
      const rows = await ledger(["config:change"]);
      expect(rows).toHaveLength(15);
      expect(rows.reduce((sum, row) => sum + Number(row["cost_nano"]), 0)).toBe(10 * UNIT_NANO);
    });

    interface Owned {
      readonly secret: string;
      readonly id: string;
    }

    async function makeOwned(line: string, body: object): Promise<Owned> {
      const { key, id, data } = Object(await api(urls[0] ?? "", line, { body }));
      return { secret: String(key), id: String(id ?? Object(data).id) };
    }

    test("ten fit into the budget of a team, whichever of its keys asks", async () => {
      const org = await makeOwned("POST /v1/organizations", { name: "of the team" });
      const budgets = [{ per: "team", ...total }];
      const team = await makeOwned("POST /v1/teams", { name: "ten", org: org.id, budgets });
      const made = [];
      for (const name of ["a", "b", "c"]) made.push(await makeOwned("POST /v1/keys", { name, team: team.id }));
      const { answered, refused } = await run("team", { keys: made.map(({ secret }) => secret) });
      expect([answered.length, refused.length]).toEqual([10, 190]);
      for (const one of refused) expectOutOfMoney(one);
      await expectTen(
        made.map(({ id }) => id),
        "team",
      );
    });

    test("ten fit into the budget of an organisation, whichever of its teams asks", async () => {
      const budgets = [{ per: "org", window: "month", limit: TEN }];
      const org = await makeOwned("POST /v1/organizations", { name: "ten", budgets });
      const made = [];
      for (const name of ["a", "b"]) {
        const team = await makeOwned("POST /v1/teams", { name, org: org.id });
        made.push(await makeOwned("POST /v1/keys", { name, team: team.id }));
      }
      const { answered, refused } = await run("org", { keys: made.map(({ secret }) => secret) });
      expect([answered.length, refused.length]).toEqual([10, 190]);
      for (const one of refused) expectOutOfMoney(one);
      await expectTen(
        made.map(({ id }) => id),
        "org",
      );
    });

    test("ten of each conversation fit into the budget of each", async () => {
      const sessions = ["morning", "noon", "night"];
      const { answered, refused } = await run("conversations", { sessions });
      for (const one of refused) expectOutOfMoney(one);
      for (const name of sessions) expect(answered.filter(({ session }) => session === name)).toHaveLength(10);
      expect(callsOf(site.simulator, "conversations")).toHaveLength(30);
    });

    test("ten are within a limit of ten a minute, and the others are told when to ask again", async () => {
      const startedAt = Date.now();
      const { answered, refused } = await run("minutes");
      // One more fits every six seconds.
      const refilled = Math.floor((Date.now() - startedAt) / 6_000);
      expect(answered.length).toBeGreaterThanOrEqual(10);
      expect(answered.length).toBeLessThanOrEqual(10 + refilled);
      expect(callsOf(site.simulator, "minutes")).toHaveLength(answered.length);
      for (const { answer } of refused) {
        expect(answer.status).toBe(429);
        expect(Number(answer.headers["retry-after"])).toBeLessThanOrEqual(60);
        expect(answer.headers["x-should-retry"]).toBeUndefined();
      }
    });

    test("ten are within a limit of ten a day, and the others are told not to ask again", async () => {
      const { answered, refused } = await run("hours");
      expect([answered.length, refused.length]).toEqual([10, 190]);
      await expectTen(["config:hours"], "hours");
      for (const { answer } of refused) {
        expect([answer.status, answer.headers["x-should-retry"]]).toEqual([429, "false"]);
      }
    });

    test("those that fit are within a limit of tokens, and what they did not use is given back", async () => {
      const first = await run("tokens");
      const used = async () => (await ledger(["config:tokens"])).length;
      expect(first.answered.length).toBeGreaterThan(0);
      expect(await used()).toBe(first.answered.length);
      const held = first.answered.length;
      // Every prompt counts too, so that fewer fit than answers alone would say.
      expect(held).toBeLessThan(25);
      expect(callsOf(site.simulator, "tokens")).toHaveLength(held);
    });

    test("ten are under way at any time where ten may be, and all places are free afterwards", async () => {
      const { answered, refused } = await run("slots", { latencyMs: 500 });
      expect(answered.length).toBeGreaterThanOrEqual(10);
      for (const { answer } of refused) expect(answer.status).toBe(429);
      const calls = callsOf(site.simulator, "slots");
      expect(calls).toHaveLength(answered.length);
      const underWay = (at: number) => calls.filter((one) => one.startedAt <= at && (one.endedAt ?? at) > at).length;
      expect(Math.max(...calls.map(({ startedAt }) => underWay(startedAt)))).toBeLessThanOrEqual(10);
      // Redis is told of ends some milliseconds later.
      await expect.poll(async () => (await run("slots", { calls: 10 })).answered.length).toBe(10);
    });
  });
});
