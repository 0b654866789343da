import { afterEach, expect, test } from "vitest";
import { totals } from "./ledger-support.ts";
import { objectIn, withBody, withHeaders } from "./routing-support.ts";
import { ask, type Call, type Rig, send, startRig } from "./support.ts";

/** What guards and the semantic cache ask models is paid from the caller's budgets, and held there before. */

let rig: Rig;
afterEach(() => rig.close());

const priced = (input: number) => ({ auth: "none", models: [{ id: "m", price: { input, output: 0 } }] });
const rigWith = (more: object): Promise<Rig> =>
  startRig({
    moreProviders: (url) => ({
      free: { ...priced(0), endpoints: { "openai-chat": { baseUrl: `${url}/v1` } } },
      dear: {
        ...priced(1000),
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
        operations: {
          moderation: { format: "openai", baseUrl: `${url}/v1` },
          embeddings: { format: "openai", baseUrl: `${url}/v1` },
        },
      },
    }),
    ...more,
  });

/** Some 50 tokens. */
const call: Call = withBody(
  ask("openai-chat", "free/m", { text: `How do I turn dark mode on? ${"Please tell me. ".repeat(12)}`, stream: false }),
  { max_completion_tokens: 100, temperature: 0 },
);

async function keyWith(limit: number) {
  const { status, text } = await send(rig.gateway.url, { path: "/v1/keys", body: { name: `with ${limit}`, limit } });
  expect(status, text).toBe(201);
  return { authorization: `Bearer ${String(objectIn(JSON.parse(text))["key"])}` };
}

test.each([
  { feature: "a guard of requests", more: { guardrails: { moderation: { model: "dear/m", input: "flag" } } } },
  { feature: "a guard of answers", more: { guardrails: { moderation: { model: "dear/m", output: "flag" } } } },
  { feature: "a semantic cache", more: { cache: cacheOf({ embeddings: "dear/m" }) } },
  { feature: "its judge", more: { cache: cacheOf({ judge: "dear/m" }) } },
])("$feature is not asked for a budget that has too little left for it", async ({ more }) => {
  rig = await rigWith(more);
  const poor = await keyWith(0.01);
  const refused = await send(rig.gateway.url, withHeaders(call, poor));
  expect([refused.status, rig.simulator.journal.length], refused.text).toEqual([429, 0]);
  const rich = await keyWith(10);
  const answer = await send(rig.gateway.url, withHeaders(call, rich));
  expect(answer.status, answer.text).toBe(200);
  // What is learned of an answer afterwards is an entry of its own.
  expect((await totals(rig)).requests).toBeGreaterThan(0);
  const { requests } = await rig.store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 10 });
  const request = requests.find(({ operation }) => operation === "generate");
  expect(Number(request?.reserved_nano)).toBeGreaterThan(Number(request?.cost_nano));
});

function cacheOf(semantic: object) {
  return { enabled: true, match: "semantic", semantic: { shadowPercent: 0, ...semantic } };
}
