import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Asked,
  askPriced,
  expectTold,
  leave,
  ledgered,
  PAIRS,
  pricedProviders,
  providerName,
  type Rows,
} from "./ledger-support.ts";
import { DIALECTS, type Rig, send, startRig } from "./support.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreProviders: pricedProviders,
    // What is tested here fails on purpose and often.
    retries: { maxPerRequest: 1, budgetFloorPerSecond: 1000 },
  });
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

const WAYS = PAIRS.flatMap((pair) => [false, true].map((stream) => ({ ...pair, stream })));
const LONG = "[[stream 60]]";

/** A request whose upstreams fail as told, and what the ledger says of it. */
async function asked(way: Asked, ...faults: readonly string[]): Promise<Rows> {
  rig.simulator.faults.push(...faults);
  return ledgered(rig, () => send(rig.gateway.url, askPriced(way)));
}

describe.each(WAYS)("$client client, $upstream upstream, stream: $stream", ({ client, upstream, stream }) => {
  const way = { client, upstreams: [upstream], stream };
  const lane = client === upstream ? "passthrough" : "translate";
  const other = DIALECTS[(DIALECTS.indexOf(upstream) + 1) % DIALECTS.length] ?? upstream;
  const two = { ...way, upstreams: [upstream, other] };

  test("an answer is billed as its upstream has counted it", async () => {
    const { request, attempts } = await asked({ ...way, text: "[[think Which track?]] [[say Track nine is clear.]]" });
    expect(request).toMatchObject({
      state: "settled",
      status: 200,
      error: null,
      finish_reason: "stop",
      provider: providerName("one", upstream),
      target_model: attempts[0]?.model,
      dialect: client,
      stream: stream ? 1 : 0,
      unpriced: 0,
    });
    expect(attempts).toMatchObject([{ dialect: upstream, lane, error: null }]);
    expectTold(rig, attempts[0]);
    expect(request.first_token_ms).not.toBeNull();
  });

  test("what its upstream refuses costs nothing", async () => {
    const { request, attempts } = await asked(way, "status=422");
    expect(request).toMatchObject({ state: "failed", provider: null, cost_nano: 0, unpriced: 0 });
    expect(request.status).toBeGreaterThanOrEqual(400);
    expect(request.status).toBeLessThan(500);
    expect(attempts).toMatchObject([{ error: request.error, output_tokens: null, estimated: 0, cost_nano: null }]);
  });

  test("one that fails and one that answers are two attempts of one request", async () => {
    const { request, attempts } = await asked(two, "status=503");
    expect(request).toMatchObject({ state: "settled", status: 200, provider: providerName("two", other) });
    expect(attempts).toMatchObject([
      { provider: providerName("one", upstream), cost_nano: null, estimated: 0 },
      { provider: providerName("two", other), error: null },
    ]);
    expectTold(rig, attempts[1], 1);
  });

  test("where all fail nothing is paid, and the last failure is told", async () => {
    const { request, attempts } = await asked(two, "status=503", "status=500");
    expect(request).toMatchObject({ state: "failed", provider: null, cost_nano: 0, unpriced: 0 });
    expect(request.status).toBeGreaterThanOrEqual(500);
    expect(request.error).toBe(attempts[1]?.error);
    expect(attempts).toHaveLength(2);
  });

  test("a wait for the first token that was too long is paid as a prompt, and said to be estimated", async () => {
    const { request, attempts } = await asked({ ...two, brief: true }, "hang");
    expect(request).toMatchObject({ state: "settled", provider: providerName("two", other) });
    expect(attempts).toMatchObject([
      { error: "upstream_timeout", estimated: 1, output_tokens: 0 },
      { error: null, estimated: 0 },
    ]);
    expect(attempts[0]?.input_tokens).toBeGreaterThan(0);
  });

  test("a client that leaves before its answer has begun pays for the prompt", async () => {
    rig.simulator.faults.push("hang");
    const { request, attempts } = await ledgered(rig, () => leave(rig, askPriced(way), { asked: 1 }));
    expect(request).toMatchObject({ state: "cancelled", status: 499, error: "client_closed", provider: null });
    expect(attempts).toMatchObject([{ error: "client_closed", estimated: 1, output_tokens: 0 }]);
    expect(attempts[0]?.input_tokens).toBeGreaterThan(0);
  });

  if (!stream) return;

  test("a stream that is cut before its content is another's to answer", async () => {
    const { request, attempts } = await asked(two, "cut-after=0");
    expect(request).toMatchObject({ state: "settled", provider: providerName("two", other) });
    expect(attempts).toMatchObject([{ error: "upstream_truncated", output_tokens: null }, { error: null }]);
    expectTold(rig, attempts[1], 1);
  });

  test.each(["cut-after=12", "error-after=12", "stall-after=12"])(
    "a stream that ends in %s is paid as far as it came",
    async (fault) => {
      const { request, attempts } = await asked({ ...two, brief: true, text: LONG }, `${fault};pace=2`);
      expect(request).toMatchObject({ state: "failed", status: 200, provider: null });
      expect(attempts).toMatchObject([{ error: request.error, estimated: 1 }]);
      const [entry] = rig.simulator.journal.entries;
      expect(attempts[0]?.output_tokens).toBeGreaterThan(0);
      expect(attempts[0]?.output_tokens).toBeLessThan(entry?.usage?.output ?? 0);
      expect(attempts[0]?.input_tokens).toBeGreaterThan(0);
    },
  );

  test("a client that leaves in the middle pays for what was written until then", async () => {
    rig.simulator.faults.push("pace=20");
    const { request, attempts } = await ledgered(rig, () =>
      leave(rig, askPriced({ ...way, text: LONG }), { reading: 1 }),
    );
    expect(request).toMatchObject({ state: "cancelled", status: 200, error: "client_closed", provider: null });
    expect(attempts).toMatchObject([{ error: "client_closed", estimated: 1 }]);
    const [entry] = rig.simulator.journal.entries;
    expect(attempts[0]?.output_tokens).toBeGreaterThan(0);
    expect(attempts[0]?.output_tokens).toBeLessThan(entry?.usage?.output ?? 0);
  });
});
