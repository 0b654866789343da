import { afterEach, describe, expect, test } from "vitest";
import { pricedProviders, totals } from "./ledger-support.ts";
import { messageOf, wishing, withHeaders } from "./routing-support.ts";
import { ask, type Call, DIALECTS, KEY, type Rig, send, startRig } from "./support.ts";

const WATCHED = "a-key-that-watches-its-money";
/** Of the rig, and without a price. */
const UNKNOWN = "chat/m";
const PRICED = "one-chat/m1";

let rig: Rig;
afterEach(() => rig.close());

async function start(unpriced: string | undefined): Promise<void> {
  rig = await startRig({
    moreProviders: pricedProviders,
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "watched", key: WATCHED, budgets: [{ window: "day", limit: 10 }] },
    ],
    models: { mixed: { targets: [UNKNOWN, PRICED] } },
    ...(unpriced === undefined ? {} : { unpriced }),
  });
}

const call = (model: string, key = KEY): Call =>
  withHeaders(ask("openai-chat", model, { text: "hi", stream: false }), { authorization: `Bearer ${key}` });
const go = (model: string, key?: string) => send(rig.gateway.url, call(model, key));

async function newest() {
  await totals(rig);
  const { requests } = await rig.store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 1 });
  const [request] = requests;
  return { request, attempts: request === undefined ? [] : await rig.store.usage.attemptsOf(request.id) };
}

const WAYS: readonly { unpriced: string | undefined; key: string; refused: boolean }[] = [
  { unpriced: "allow", key: KEY, refused: false },
  { unpriced: "allow", key: WATCHED, refused: false },
  { unpriced: "refuse", key: KEY, refused: true },
  { unpriced: "refuse", key: WATCHED, refused: true },
  { unpriced: "refuse-under-budget", key: KEY, refused: false },
  { unpriced: "refuse-under-budget", key: WATCHED, refused: true },
  { unpriced: undefined, key: KEY, refused: false },
  { unpriced: undefined, key: WATCHED, refused: true },
];

describe.each(WAYS)("unpriced: $unpriced, asked with $key", ({ unpriced, key, refused }) => {
  test(`a model without a price is ${refused ? "refused" : "answered"}`, async () => {
    await start(unpriced);
    const answer = await go(UNKNOWN, key);
    if (refused) {
      expect(answer.status).toBe(403);
      expect(messageOf(answer)).toContain("no price is known");
      expect((await newest()).request).toBeUndefined();
      expect(rig.simulator.journal.length).toBe(0);
      return;
    }
    expect(answer.status).toBe(200);
    const { request, attempts } = await newest();
    expect(request).toMatchObject({ state: "settled", unpriced: 1, cost_nano: 0, reserved_nano: 0 });
    expect(request?.output_tokens).toBeGreaterThan(0);
    expect(attempts).toMatchObject([{ unpriced: 1, cost_nano: null, price: null, estimated: 0 }]);
    // Wherever it is read it says so itself.
    const { text } = await send(rig.gateway.url, { method: "GET", path: `/v1/generation?id=${request?.id}` });
    expect(JSON.parse(text).data).toMatchObject({ unpriced: true });
    expect(await totals(rig)).toMatchObject({ unpriced: 1, costNano: 0n });
    const usage = JSON.parse((await send(rig.gateway.url, { method: "GET", path: "/v1/usage" })).text);
    expect(usage.totals).toMatchObject({ unpriced: 1 });
  });

  test("a name with several targets is answered by what may be asked", async () => {
    await start(unpriced);
    const answer = await go("mixed", key);
    expect(answer.status).toBe(200);
    const { request } = await newest();
    expect(request).toMatchObject(
      refused ? { provider: "one-chat", unpriced: 0 } : { provider: "chat", unpriced: 1, cost_nano: 0 },
    );
  });
});

describe("what has no price", () => {
  test.each(DIALECTS)("is refused in the words of the client (%s)", async (client) => {
    await start("refuse");
    const answer = await send(rig.gateway.url, ask(client, UNKNOWN, { text: "hi", stream: true }));
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toHaveProperty("error");
    expect(answer.text).toContain("no price is known");
  });

  test("beside something that has one leaves the known part of the cost, and says that it is a part", async () => {
    await start("allow");
    const call = ask("openai-chat", "brief-chat/m1", { text: "hi", stream: true });
    rig.simulator.faults.push("hang");
    expect((await send(rig.gateway.url, wishing(call, { models: [UNKNOWN] }))).status).toBe(200);
    const { request, attempts } = await newest();
    expect(attempts).toMatchObject([
      { provider: "brief-chat", error: "upstream_timeout", unpriced: 0, estimated: 1 },
      { provider: "chat", error: null, unpriced: 1, cost_nano: null },
    ]);
    const known = attempts[0]?.cost_nano ?? 0;
    expect(known).toBeGreaterThan(0);
    expect(request).toMatchObject({ provider: "chat", unpriced: 1, cost_nano: known });
  });
});
