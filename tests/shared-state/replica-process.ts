/**
 * A replica of its own process: `node replica-process.ts URL PREFIX CALLS OFFSET`. Its clock is OFFSET ms wrong. It says "ready", waits for
 * a line, asks for CALLS requests of the team at once, says how many were let in, and settles them when the next line comes.
 */
import { once } from "node:events";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { createAccounts } from "../../packages/gateway/src/accounting/create-accounts.ts";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import type { ClientKey } from "../../packages/gateway/src/config/settings.ts";
import { createLogger } from "../../packages/gateway/src/observe/log.ts";
import { RedisState } from "../../packages/gateway/src/store/shared-state/redis.ts";

const [url = "", prefix = "", calls = "0", offset = "0"] = process.argv.slice(2);
const log = createLogger("error");
const shared = new RedisState({ url: secret(url), log, prefix });
await shared.firstTry;
const accounts = createAccounts({
  shared,
  spent: async () => 0,
  settings: { keysMinutes: 5, replicas: 3, budgetAllowanceNano: 0 },
  log,
  now: () => Date.now() + Number(offset),
});
const key: ClientKey = {
  id: `key-${process.pid}`,
  name: "replica",
  hash: "",
  team: "everyone",
  policies: [
    {
      kind: "team",
      id: "everyone",
      policy: {
        limits: [{ unit: "requests", per: "7d", limit: 17 }],
        concurrency: 20,
        budgets: [{ per: "team", window: "total", limitNano: 1_000, softPercent: 80 }],
      },
    },
  ],
  credentials: [],
  metadata: {},
  disabled: false,
};

const lines = createInterface({ input: process.stdin });
const line = () => once(lines, "line");

writeSync(1, "ready\n");
for (let round = 0; ; round++) {
  await line();
  const asked = Array.from({ length: Number(calls) }, async (_, index) =>
    accounts.admit({
      id: `${process.pid}-${round}-${index}`,
      key,
      tokens: { input: 1, output: 1 },
      worstNano: 100,
      leaseMs: 60_000,
    }),
  );
  const answers = await Promise.allSettled(asked);
  const holds = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  writeSync(1, `${holds.length}\n`);
  await line();
  for (const hold of holds) hold.settle({ tokens: { input: 1, output: 1 }, costNano: 50 });
  await shared.flush();
  writeSync(1, "settled\n");
}
