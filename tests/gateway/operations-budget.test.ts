import { afterAll, beforeAll, expect, test } from "vitest";
import { totals } from "./ledger-support.ts";
import { type Call, KEY, type Rig, send, startRig } from "./support.ts";

const TEN = "a-key-with-a-budget-for-ten";
const TOKENS = 50;
const UNIT_NANO = 1_000_000;

let rig: Rig;
beforeAll(async () => {
  const price = { input: UNIT_NANO / 1000 / TOKENS, output: 0 };
  rig = await startRig({
    moreProviders: (url) => ({
      priced: {
        auth: "none",
        models: [{ id: "embedder", price }],
        operations: { embeddings: { format: "openai", baseUrl: `${url}/v1` } },
      },
    }),
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "ten", key: TEN, budgets: [{ window: "total", limit: (10 * UNIT_NANO) / 1e9 }] },
    ],
  });
});
afterAll(() => rig.close());

test("ten of two hundred embeddings at once fit into a budget for ten, which is used up to the nano-dollar", async () => {
  const call: Call = {
    path: "/v1/embeddings",
    // Of tokens it is known beforehand how many there are.
    body: { model: "priced/embedder", input: Array.from({ length: TOKENS }, (_, index) => index) },
    headers: { authorization: `Bearer ${TEN}` },
  };
  const before = await totals(rig);
  const answers = await Promise.all(Array.from({ length: 200 }, () => send(rig.gateway.url, call)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(190);
  expect(rig.simulator.journal.length).toBe(10);
  const after = await totals(rig);
  expect(after.requests - before.requests).toBe(10);
  expect(after.costNano - before.costNano).toBe(BigInt(10 * UNIT_NANO));
  expect((await send(rig.gateway.url, call)).status).toBe(429);
});
