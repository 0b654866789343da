import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRouter, messageOf, objectIn, targetOf, withBody, withHeaders } from "./routing-support.ts";
import { type Answer, ask, type Call, DIALECTS, KEY, type Rig, send, startRig } from "./support.ts";

/** Of a budget of half a dollar. */
const OWNER = "a-key-that-watches-its-money";
const LIMIT = 0.5;
/** 40 tokens. */
const SAID = "x".repeat(160);

/** Dollars per million: 40 tokens of the dear one are 4 cents, and the longest answer that is asked for is 10. */
const PRICES = { dear: 1000, cheap: 10 };
const provider = (url: string, output: number) => ({
  auth: "none",
  models: [{ id: "m", price: { input: 0, output }, scores: { intelligence: output === PRICES.dear ? 60 : 50 } }],
  endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
});

let rig: Rig;
async function start(budget: Readonly<Record<string, unknown>> = { window: "day", limit: LIMIT }): Promise<void> {
  rig = await startRig({
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "watched", key: OWNER, budgets: [budget] },
    ],
    moreProviders: (url: string) => ({
      ...Object.fromEntries(Object.entries(PRICES).map(([id, price]) => [id, provider(url, price)])),
      odd: { auth: "none", models: ["m"], endpoints: { "openai-chat": { baseUrl: `${url}/v1` } } },
    }),
    models: { pair: { targets: ["dear/m", "cheap/m"] }, unknown: { targets: ["dear/m", "odd/m"] } },
    unpriced: "allow",
    auto: { models: ["dear/m", "cheap/m"], costQuality: 1 },
  });
  await createRouter(rig, {
    name: "house",
    defaultRoute: {
      variants: [
        { variant: { variant_id: "dear", model_id: "dear/m" }, weight: 99 },
        { variant: { variant_id: "cheap", model_id: "cheap/m" }, weight: 1 },
      ],
    },
  });
}
// What is left to chance is the dear one.
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0.5));
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await rig.close();
});

const call = (model: string, more: Readonly<Record<string, unknown>> = {}): Call =>
  withHeaders(
    withBody(ask("openai-chat", model, { text: `[[say ${SAID}]]`, stream: false }), { max_tokens: 100, ...more }),
    {
      authorization: `Bearer ${OWNER}`,
    },
  );
const go = (model: string, more?: Readonly<Record<string, unknown>>) => send(rig.gateway.url, call(model, more));

async function spend(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) expect((await go("dear/m")).status).toBe(200);
}

const reasoningOf = ({ text }: Answer) => String(objectIn(objectIn(JSON.parse(text))["metadata"])["reasoning"]);

async function explained(model: string) {
  const { text } = await send(rig.gateway.url, { ...call(model), path: "/v1/explain" });
  const { reasoning, targets } = JSON.parse(text);
  return { reasoning: String(reasoning), first: String(targets[0]?.model) };
}

test.each(["router/house", "auto"])(
  "%s takes the cheap one from four fifths of the budget on, and says why",
  async (model) => {
    await start();
    // 9 times 4 cents are 72 %, whatever was held for them meanwhile.
    for (let time = 0; time < 9; time += 1) {
      expect(await explained(model)).toMatchObject({ first: "dear/m" });
      expect(targetOf(await go(model))).toBe("dear/m");
    }
    await spend(1);
    const why = "the daily budget of this API key is used to 80 %";
    const explanation = await explained(model);
    expect(explanation.first).toBe("cheap/m");
    expect(explanation.reasoning).toContain(why);
    const answer = await go(model);
    expect(targetOf(answer)).toBe("cheap/m");
    expect(reasoningOf(answer)).toContain(why);
  },
);

test("what is held for a long answer and not spent is no reason to save", async () => {
  await start();
  for (let time = 0; time < 3; time += 1)
    expect(targetOf(await go("router/house", { max_tokens: 370 }))).toBe("dear/m");
});

test.each(["router/house", "auto", "pair"])(
  "%s takes the cheap one also where the dear one would be refused",
  async (model) => {
    await start();
    const long = { max_tokens: 300 };
    for (let time = 0; time < 6; time += 1) expect(targetOf(await go(model, long))).toBe("dear/m");
    const answer = await go(model, long);
    expect([answer.status, targetOf(answer)]).toEqual([200, "cheap/m"]);
    expect(reasoningOf(answer)).toContain("too little is left of a budget for anything dearer");
    // Who asks for the dear one by its name is told so.
    const refused = await go("dear/m", long);
    expect([refused.status, refused.headers["x-should-retry"]]).toEqual([429, "false"]);
    expect(messageOf(refused)).toContain("has too little left for this request, which may cost up to $0.3");
    // And a shorter answer of it still fits.
    expect((await go("dear/m")).status).toBe(200);
  },
);

test("what has no price is not taken for what costs least", async () => {
  await start();
  await spend(6);
  const { status, text } = await go("unknown", { max_tokens: 300 });
  expect([status, text]).toEqual([429, expect.stringContaining("insufficient_quota")]);
});

test.each(DIALECTS)("a budget that is used up is used up for all that costs anything (%s client)", async (client) => {
  await start();
  await spend(11);
  // The last of them is longer than it was to be, and costs more than was left.
  for (const left of [60, 20]) expect((await go("dear/m", { max_tokens: left })).status).toBe(200);
  const { headers = {}, ...asked } = ask(client, "router/house", { text: "hi", stream: false });
  const refused = await send(rig.gateway.url, withHeaders({ ...asked, headers }, { authorization: `Bearer ${OWNER}` }));
  expect(refused.status).toBe(client === "anthropic-messages" ? 402 : 429);
  expect(refused.text).toContain("is used up. It renews on");
  expect(refused.headers["x-should-retry"]).toBe("false");
  expect(refused.headers).not.toHaveProperty("retry-after");
});

test("the next window begins with all of the budget", async () => {
  const today = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: today, shouldAdvanceTime: true });
  await start();
  await spend(10);
  expect(targetOf(await go("router/house"))).toBe("cheap/m");
  vi.setSystemTime(today + 86_400_000);
  expect(targetOf(await go("router/house"))).toBe("dear/m");
  vi.setSystemTime(today);
  // A clock that is set back does not open the day before again.
  expect(targetOf(await go("router/house"))).toBe("dear/m");
});

test("a conversation's budget is no other conversation's", async () => {
  await start({ per: "session", window: "total", limit: LIMIT });
  const inSession = (session: string) =>
    send(rig.gateway.url, withHeaders(call("router/house"), { "x-claude-code-session-id": session }));
  for (let time = 0; time < 10; time += 1) await inSession("one");
  const answer = await inSession("one");
  expect(targetOf(answer)).toBe("cheap/m");
  expect(reasoningOf(answer)).toContain("the total budget of this conversation is used to 80 %");
  expect(targetOf(await inSession("two"))).toBe("dear/m");
});

test("the share from which on to save is the budget's own", async () => {
  await start({ window: "month", limit: LIMIT, softPercent: 20 });
  for (let time = 0; time < 3; time += 1) expect(targetOf(await go("router/house"))).toBe("dear/m");
  expect(targetOf(await go("router/house"))).toBe("cheap/m");
});
