import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import { createLogger, type Logger } from "../../packages/gateway/src/observe/log.ts";
import { RedisState } from "../../packages/gateway/src/store/shared-state/redis.ts";
import type { Unfilled } from "../../packages/gateway/src/store/shared-state/shared-state.ts";
import { testRedis } from "../support/redis.ts";
import { canStartRedis, type RedisServer, startRedis } from "../support/redis-server.ts";
import { claimOf, openRedis } from "./states.ts";

// SIGNALBOX_TEST_REDIS may name a server elsewhere, but this one is killed.
const available = (await testRedis()) !== undefined && canStartRedis();
const far = () => Date.now() + 86_400_000;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function counting(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const log = createLogger("silent");
  const note = (...parts: readonly unknown[]) => {
    lines.push(String(parts.at(-1)));
  };
  return { log: Object.assign(Object.create(log), { error: note, info: note, warn: note }), lines };
}

/** Calls that go on whatever happens, and a ledger that knows what each has cost. */
function caller(state: RedisState) {
  const truth = { spent: 0, running: 0, refused: 0, away: 0, held: 0 };
  let count = 0;
  let stopped = false;
  const unfilled: Unfilled = { counter: "budget", expiresAt: far(), read: async () => truth.spent };
  const call = async (): Promise<void> => {
    const id = `call-${count++}`;
    const now = Date.now();
    const budgets = [{ counter: "budget", limitNano: 1e12, amountNano: 1_000, expiresAt: far() }];
    const concurrency = [{ bucket: "key", limit: 1_000 }];
    try {
      const answer = await state.hold(claimOf(id, now, { budgets, concurrency }));
      if (answer.outcome === "unfilled") await state.fill([unfilled]);
      if (answer.outcome !== "held") {
        truth.refused++;
        return;
      }
    } catch {
      truth.away++;
      await new Promise((resolve) => setTimeout(resolve, 2));
      return;
    }
    truth.held++;
    truth.running++;
    await new Promise((resolve) => setTimeout(resolve, 1 + ((count * 7) % 23)));
    truth.running--;
    const costNano = 1 + ((count * 31) % 997);
    truth.spent += costNano;
    state.settle({ id, now: Date.now(), rates: [], costNano });
  };
  const lane = async (): Promise<void> => {
    while (!stopped) await call();
  };
  const lanes = Promise.all(Array.from({ length: 40 }, lane));
  return {
    truth,
    stop: async () => {
      stopped = true;
      await lanes;
      await state.flush();
    },
    standing: async () => {
      const budgets = [{ counter: "budget", limitNano: 1e12, amountNano: 0, expiresAt: far() }];
      const hold = (id: string) =>
        state.hold(claimOf(id, Date.now(), { budgets, concurrency: [{ bucket: "key", limit: 1 }] }));
      const answer = await hold("standing");
      if (answer.outcome !== "unfilled") return answer;
      await state.fill([unfilled]);
      return hold("standing-2");
    },
  };
}

describe.skipIf(!available).each([
  { kept: "all that was written", persistent: true },
  { kept: "nothing", persistent: false },
])("a Redis that dies under load and comes back with $kept", ({ persistent }) => {
  let server: RedisServer;
  let state: RedisState;
  let lines: string[];
  beforeEach(async () => {
    const started = await startRedis({ persistent });
    if (started === undefined) throw new Error("no Redis");
    server = started;
    const logged = counting();
    lines = logged.lines;
    state = new RedisState({ url: secret(server.url), log: logged.log });
    await state.firstTry;
  });
  afterEach(async () => {
    await state.close();
    await server.stop();
  });

  test("counts to the nano-dollar what was spent, before, meanwhile and after", { timeout: 60_000 }, async () => {
    const load = caller(state);
    for (let turn = 1; turn <= 3; turn++) {
      const { held } = load.truth;
      await until(() => load.truth.held > held + 300);
      await server.kill();
      await until(() => load.truth.away > 50 * turn && load.truth.running === 0);
      await server.start();
      await until(() => state.isAvailable());
    }
    const { held } = load.truth;
    await until(() => load.truth.held > held + 300);
    await load.stop();
    expect(await load.standing()).toMatchObject({
      outcome: "held",
      budgets: [{ spentNano: load.truth.spent, reservedNano: 0 }],
    });
  });

  test("counts once what was in flight when it died, whenever it is settled", async () => {
    const budgets = [{ counter: "budget", limitNano: 1e12, amountNano: 1_000, expiresAt: far() }];
    const hold = (id: string) => state.hold(claimOf(id, Date.now(), { budgets }));
    let spent = 0;
    const settle = (id: string) => {
      spent += 7;
      state.settle({ id, now: Date.now(), rates: [], costNano: 7 });
    };
    const fill = (read: () => Promise<number>) => state.fill([{ counter: "budget", expiresAt: far(), read }]);
    await fill(async () => spent);
    const groups = ["away", "back", "asked", "reading", "filled", "late"];
    for (const group of groups) for (let one = 0; one < 5; one++) await hold(`${group}-${one}`);
    const settleAll = (group: string) => [0, 1, 2, 3, 4].map((one) => settle(`${group}-${one}`));

    await server.kill();
    await until(() => !state.isAvailable());
    settleAll("away");
    await server.start();
    await until(() => state.isAvailable());
    settleAll("back");
    const filled = fill(async () => {
      const said = spent;
      await new Promise((resolve) => setTimeout(resolve, 30));
      settleAll("reading");
      await new Promise((resolve) => setTimeout(resolve, 30));
      return said;
    });
    settleAll("asked");
    await filled;
    settleAll("filled");
    await hold("new");
    await state.flush();
    settleAll("late");
    settleAll("away");
    spent -= 5 * 7;
    await state.flush();
    expect(await hold("last")).toMatchObject({ outcome: "held", budgets: [{ spentNano: spent, reservedNano: 2_000 }] });
  });

  test("is told of once when it goes and once when it is back", async () => {
    await server.kill();
    await until(() => !state.isAvailable());
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(lines).toEqual([expect.stringMatching(/^Redis at 127\.0\.0\.1:\d+ is away/)]);
    await server.start();
    await until(() => state.isAvailable());
    expect(lines).toEqual([expect.anything(), expect.stringMatching(/is back$/)]);
  });
});

describe.skipIf(!available)("a Redis that", () => {
  let server: RedisServer;
  let state: RedisState;
  beforeEach(async () => {
    const started = await startRedis();
    if (started === undefined) throw new Error("no Redis");
    server = started;
    state = await openRedis({ url: server.url, prefix: "signalbox:" });
  });
  afterEach(async () => {
    process.kill(server.pid, "SIGCONT");
    await state.close();
    await server.stop();
  });

  const concurrency = [{ bucket: "key", limit: 1 }];

  test("does not answer is away, and what it did all the same is undone when it is back", async () => {
    process.kill(server.pid, "SIGSTOP");
    const stuck = ["one", "two"].map((id) => state.hold(claimOf(id, Date.now(), { concurrency })));
    for (const hold of stuck) await expect(hold).rejects.toMatchObject({ name: "StoreError", code: "unavailable" });
    expect(state.isAvailable()).toBe(false);
    await expect(state.hold(claimOf("three", Date.now(), {}))).rejects.toMatchObject({ code: "unavailable" });
    process.kill(server.pid, "SIGCONT");
    await until(() => state.isAvailable());
    expect(await state.hold(claimOf("four", Date.now(), { concurrency }))).toMatchObject({ outcome: "held" });
    expect(await state.hold(claimOf("five", Date.now(), { concurrency }))).toMatchObject({ outcome: "refused" });
  });

  test("is emptied while it runs asks for its budgets again, and counts calls that ran", async () => {
    const budgets = [{ counter: "budget", limitNano: 1_000, amountNano: 10, expiresAt: far() }];
    const read = async () => 100;
    await state.fill([{ counter: "budget", expiresAt: far(), read }]);
    await state.hold(claimOf("running", Date.now(), { budgets }));
    const { createClient } = await import("@redis/client");
    const client = await createClient({ url: server.url }).connect();
    await client.sendCommand(["FLUSHALL"]);
    client.destroy();
    expect(await state.hold(claimOf("next", Date.now(), { budgets }))).toMatchObject({ outcome: "unfilled" });
    await state.fill([{ counter: "budget", expiresAt: far(), read }]);
    state.settle({ id: "running", now: Date.now(), rates: [], costNano: 7 });
    state.settle({ id: "running", now: Date.now(), rates: [], costNano: 7 });
    await state.flush();
    expect(await state.hold(claimOf("last", Date.now(), { budgets }))).toMatchObject({
      outcome: "held",
      budgets: [{ spentNano: 107, reservedNano: 10 }],
    });
  });

  test("has lost its scripts is given them again", async () => {
    const { createClient } = await import("@redis/client");
    const client = await createClient({ url: server.url }).connect();
    await client.sendCommand(["SCRIPT", "FLUSH"]);
    client.destroy();
    await expect(state.hold(claimOf("one", Date.now(), { concurrency }))).rejects.toMatchObject({
      code: "unavailable",
    });
    await until(() => state.isAvailable());
    expect(await state.hold(claimOf("two", Date.now(), { concurrency }))).toMatchObject({ outcome: "held" });
  });
});

describe("a Redis that cannot be used", () => {
  test.each(["http://127.0.0.1/", "127.0.0.1:6379", "redis://", "redis://host/name"])(
    "by its URL %s is refused",
    (url) => {
      const open = () => new RedisState({ url: secret(url), log: createLogger("silent") });
      expect(open).toThrow(expect.objectContaining({ name: "StoreError", code: "invalid" }));
      expect(open).toThrow(/^The URL of Redis is not one:/);
    },
  );

  test("is away from the beginning, and named without its password", async () => {
    const { log, lines } = counting();
    const state = new RedisState({ url: secret("redis://ann:correct-horse@127.0.0.1:1/0"), log });
    await state.firstTry;
    expect(state.isAvailable()).toBe(false);
    expect(lines).toEqual([expect.stringMatching(/^Redis at 127\.0\.0\.1:1 is away/)]);
    await state.close();
  });
});
