import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { baseUrl, type DialectName, leave, ledgered, totals } from "./ledger-support.ts";
import { messageOf, wishing, withBody, withHeaders } from "./routing-support.ts";
import { ask, type Call, DIALECTS, KEY, type Rig, send, startRig } from "./support.ts";

const WATCHED = "a-key-that-watches-its-money";
/** 100,000 tokens of output, which are all that costs anything here. */
const LIMIT_NANO = 100_000_000_000;
const TOKEN_NANO = 1_000_000;

let rig: Rig;
let model = 0;
beforeAll(async () => {
  const provider = (dialect: DialectName, url: string) => ({
    auth: "none",
    models: Array.from({ length: 900 }, (_, count) => ({
      id: `m${count}`,
      price: { input: 0, output: 1000 },
      prefill: true,
    })),
    endpoints: { [dialect]: { baseUrl: baseUrl(dialect, url) } },
    timeouts: { firstTokenMs: 200, idleMs: 200, stallMs: 200, totalMs: 600 },
  });
  rig = await startRig({
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      {
        name: "watched",
        key: WATCHED,
        budgets: [{ window: "day", limit: 100 }],
        // Who is not given back its place is noticed at once.
        concurrency: 1,
      },
    ],
    moreProviders: (url: string) =>
      Object.fromEntries(
        ["one", "two"].flatMap((side) =>
          DIALECTS.map((dialect) => [`held-${side}-${dialect}`, provider(dialect, url)]),
        ),
      ),
    retries: { maxPerRequest: 1, budgetFloorPerSecond: 1000 },
    hedging: { enabled: false, afterMs: 50, budgetPercent: 100 },
    unpriced: "allow",
  });
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

const bearing = (call: Call) => withHeaders(call, { authorization: `Bearer ${WATCHED}` });

interface Way {
  readonly client: DialectName;
  readonly upstream: DialectName;
  readonly stream: boolean;
}

const TEXT = "[[stream 40]]";

function callOf({ client, upstream, stream }: Way, text = TEXT): Call {
  model += 1;
  const call = ask(client, `held-one-${upstream}/m${model}`, { text, stream });
  return bearing(wishing(call, { models: [`held-two-${upstream}/m${model}`] }));
}

async function spent(): Promise<number> {
  return Number((await totals(rig)).costNano);
}

/** A request that holds so many tokens of output, and no more. */
async function hold(tokens: number) {
  model += 1;
  const call = ask("openai-chat", `held-one-openai-chat/m${model}`, { text: "[[say hi]]", stream: false });
  return send(rig.gateway.url, bearing(withBody(call, { max_tokens: tokens })));
}

/** That what is left of the budget is all but what was spent: a token more is too much. */
async function expectNothingHeld(): Promise<void> {
  const left = Math.floor((LIMIT_NANO - (await spent())) / TOKEN_NANO);
  const refused = await hold(left + 1);
  expect([refused.status, messageOf(refused)]).toEqual([429, expect.stringContaining("has too little left")]);
  expect(refused.headers["x-should-retry"]).toBe("false");
  const { request } = await ledgered(rig, () => hold(left));
  expect(request).toMatchObject({ state: "settled", reserved_nano: left * TOKEN_NANO, cost_nano: TOKEN_NANO });
}

/** Each client in both lanes, one of them streamed. */
const WAYS: readonly Way[] = DIALECTS.flatMap((client, at) => [
  { client, upstream: client, stream: at % 2 === 0 },
  { client, upstream: DIALECTS[(at + 1) % DIALECTS.length] ?? client, stream: at % 2 === 1 },
]);

interface Ending {
  readonly what: string;
  readonly faults?: readonly string[];
  readonly state: string;
  readonly stream?: true;
  readonly leaves?: { readonly asked: number } | { readonly reading: number };
}

const ENDINGS: readonly Ending[] = [
  { what: "an answer", state: "settled" },
  { what: "a refusal of the upstream", faults: ["status=422"], state: "failed" },
  { what: "an answer after a failure", faults: ["status=503"], state: "settled" },
  { what: "failures of all", faults: ["status=503", "status=500"], state: "failed" },
  { what: "a broken answer of all", faults: ["html", "wrong-content-type"], state: "failed" },
  { what: "a wait that was too long", faults: ["hang", "hang"], state: "failed" },
  { what: "a client that left before it began", faults: ["hang"], leaves: { asked: 1 }, state: "cancelled" },
  { what: "a cut in the middle", faults: ["cut-after=12;pace=2"], state: "failed", stream: true },
  { what: "a failure in the middle", faults: ["error-after=12;pace=2"], state: "failed", stream: true },
  {
    what: "a client that left in the middle",
    faults: ["pace=20"],
    leaves: { reading: 1 },
    state: "cancelled",
    stream: true,
  },
];

test.each(
  ENDINGS.flatMap((ending) =>
    WAYS.filter(({ stream }) => stream || ending.stream === undefined).map((way) => ({ ...ending, ...way })),
  ),
)("what was held is given back after $what ($client, $upstream, stream: $stream)", async (way) => {
  rig.simulator.faults.push(...(way.faults ?? []));
  const { leaves } = way;
  const call = callOf(way);
  const { request } = await ledgered(rig, () =>
    leaves === undefined ? send(rig.gateway.url, call) : leave(rig, call, leaves),
  );
  expect(request).toMatchObject({ state: way.state });
  expect(request.reserved_nano).toBeGreaterThan(request.cost_nano);
  await expectNothingHeld();
});

test.each<{ what: string; call: () => Call; status: number }>([
  { what: "a body that is none", call: () => ({ ...hiCall(), raw: "{" }), status: 400 },
  {
    what: "a model that there is not",
    call: () => bearing(ask("openai-chat", "no/such", { text: "hi", stream: false })),
    status: 404,
  },
  {
    what: "a loss that is forbidden",
    call: () => withHeaders(withBody(callOf(strange), { logit_bias: { 1: 1 } }), { "x-signalbox-strict": "true" }),
    status: 400,
  },
])("nothing is held after $what", async ({ call, status }) => {
  expect((await send(rig.gateway.url, call())).status).toBe(status);
  await expectNothingHeld();
});

const strange: Way = { client: "openai-chat", upstream: "anthropic-messages", stream: false };
const hiCall = () => callOf({ client: "openai-chat", upstream: "gemini", stream: false });

test("who is refused for a limit has taken nothing of a budget", async () => {
  // Only one at a time is let in.
  rig.simulator.faults.push("latency=100");
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(rig.gateway.url, hiCall())));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
  await expectNothingHeld();
});
