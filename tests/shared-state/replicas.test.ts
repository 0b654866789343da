import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { testRedis } from "../support/redis.ts";
import { claimOf, openRedis } from "./states.ts";

const url = await testRedis();
const program = fileURLToPath(new URL("replica-process.ts", import.meta.url));

interface Replica {
  readonly process: ChildProcess;
  readonly lines: Interface;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const replica of running.splice(0)) replica.kill("SIGKILL");
});

async function startReplicas(prefix: string, offsets: readonly number[]): Promise<readonly Replica[]> {
  const replicas = offsets.map((offset) => {
    const args = [program, url ?? "", prefix, "67", String(offset)];
    const process_ = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    running.push(process_);
    return { process: process_, lines: createInterface({ input: process_.stdout }) };
  });
  await Promise.all(replicas.map(({ lines }) => once(lines, "line")));
  return replicas;
}

/** Says a line to all at once, and waits for the answer of each. */
async function tell(replicas: readonly Replica[]): Promise<readonly string[]> {
  const answers = replicas.map(async ({ lines }) => String((await once(lines, "line"))[0]));
  for (const replica of replicas) replica.process.stdin?.write("go\n");
  return Promise.all(answers);
}

async function round(replicas: readonly Replica[]): Promise<number> {
  const admitted = (await tell(replicas)).map(Number);
  expect(await tell(replicas)).toEqual(replicas.map(() => "settled"));
  return admitted.reduce((sum, count) => sum + count, 0);
}

describe.skipIf(url === undefined).each([
  { clocks: "the same clock", offsets: [0, 0, 0] },
  { clocks: "clocks that are hours apart", offsets: [-7_200_000, 0, 7_200_000] },
])("three processes on one Redis with $clocks", ({ offsets }) => {
  test("let in together what the budget and the limits of their team allow, and not one more", async () => {
    const replicas = await startReplicas(`test-${randomUUID()}:`, offsets);
    // A thousand, at a hundred each; it is fifty that is spent of each; and the week's seventeen requests are over.
    expect(await round(replicas)).toBe(10);
    expect(await round(replicas)).toBe(5);
    expect(await round(replicas)).toBe(2);
    expect(await round(replicas)).toBe(0);
  });
});

describe.skipIf(url === undefined)("replicas on one Redis", () => {
  test("whose clocks differ do not free each other's holds", async () => {
    const prefix = `test-${randomUUID()}:`;
    const [early, late] = [await openRedis({ url: url ?? "", prefix }), await openRedis({ url: url ?? "", prefix })];
    const concurrency = [{ bucket: "key", limit: 1 }];
    const rates = [{ bucket: "key", limit: 1, windowMs: 60_000, amount: 1 }];
    await early.hold(claimOf("one", Date.now() - 3_600_000, { concurrency, rates }));
    expect(await late.hold(claimOf("two", Date.now() + 3_600_000, { concurrency }))).toMatchObject({
      outcome: "refused",
    });
    expect(await late.hold(claimOf("three", Date.now() + 3_600_000, { rates }))).toMatchObject({ outcome: "refused" });
    await Promise.all([early.close(), late.close()]);
  });

  test("end the holds of one that died, when they expire", async () => {
    const prefix = `test-${randomUUID()}:`;
    const [dead, alive] = [await openRedis({ url: url ?? "", prefix }), await openRedis({ url: url ?? "", prefix })];
    const budgets = [{ counter: "b", limitNano: 100, amountNano: 60, expiresAt: Date.now() + 86_400_000 }];
    const claim = { concurrency: [{ bucket: "key", limit: 1 }], budgets };
    await dead.fill([{ counter: "b", expiresAt: Date.now() + 86_400_000, read: async () => 0 }]);
    const now = Date.now();
    await dead.hold({ ...claimOf("one", now, claim), expiresAt: now + 300 });
    await dead.close();
    expect(await alive.hold(claimOf("two", now, { concurrency: claim.concurrency }))).toMatchObject({
      outcome: "refused",
    });
    let answer = await alive.hold(claimOf("again-0", now, { concurrency: claim.concurrency }));
    for (let count = 1; answer.outcome === "refused"; count++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      answer = await alive.hold(claimOf(`again-${count}`, now, { concurrency: claim.concurrency }));
    }
    expect(await alive.hold(claimOf("three", now, { budgets }))).toMatchObject({
      outcome: "refused",
      budgets: [{ spentNano: 60, reservedNano: 0 }],
    });
    await alive.close();
  });
});
