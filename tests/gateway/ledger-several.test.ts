import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Asked,
  askPriced,
  type DialectName,
  expectTold,
  leave,
  ledgered,
  pricedProviders,
  providerName,
} from "./ledger-support.ts";
import { wishing } from "./routing-support.ts";
import { DIALECTS, type Rig, send, startRig } from "./support.ts";

const SAID =
  "Track one is clear since dawn. Behind platform seven waits the night express from Lisbon, whose driver reads; " +
  "nobody whistles, snow falls, both lamps glow red, and at half past nine a mail van rolls slowly home.";
const TEXT = `[[say ${SAID}]]`;
const CACHED = "[[cache 900 50]] [[say Track nine is clear.]]";

let rig: Rig;
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

describe("where a slow attempt is hedged", () => {
  beforeAll(async () => {
    rig = await startRig({
      moreProviders: pricedProviders,
      hedging: { enabled: true, afterMs: 50, budgetPercent: 100 },
    });
  });
  afterAll(() => rig.close());

  const WAYS = DIALECTS.flatMap((slow) => [false, true].map((stream) => ({ slow, stream })));
  const otherOf = (dialect: DialectName): DialectName => (dialect === "gemini" ? "openai-chat" : "gemini");

  test.each(WAYS)(
    "who loses after it has begun is paid for the prompt ($slow, stream: $stream)",
    async ({ slow, stream }) => {
      const quick = otherOf(slow);
      rig.simulator.faults.push(stream ? "slow-first-token=6000" : "latency=6000");
      const call = askPriced({ client: "openai-responses", upstreams: [slow, quick], stream, text: CACHED });
      const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, call));
      expect(request).toMatchObject({ state: "settled", status: 200, provider: providerName("two", quick) });
      expect(attempts).toMatchObject([
        {
          provider: providerName("one", slow),
          error: "client_closed",
          estimated: 1,
          output_tokens: expect.any(Number),
        },
        { provider: providerName("two", quick), error: null },
      ]);
      expectTold(rig, attempts[1], 1);
      expect(attempts[0]?.input_tokens).toBeGreaterThan(0);
      // Anthropic tells of the prompt before it answers, and what it has told is no guess.
      const told = stream && slow === "anthropic-messages";
      expect(attempts[0]?.cache_read_tokens).toBe(told ? 900 : null);
    },
  );

  test.each([false, true])("whoever fails beside the one that answers costs nothing (stream: %s)", async (stream) => {
    rig.simulator.faults.push("latency=300", "status=503");
    const call = askPriced({ client: "openai-chat", upstreams: ["gemini", "openai-chat"], stream });
    const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, call));
    expect(request).toMatchObject({ state: "settled", provider: providerName("one", "gemini") });
    expect(attempts).toMatchObject([{ error: null }, { error: "upstream_overloaded", cost_nano: null }]);
    expectTold(rig, attempts[0], 0);
  });

  test("a client that leaves has paid for both prompts", async () => {
    rig.simulator.faults.push("hang", "hang");
    const call = askPriced({ client: "openai-chat", upstreams: ["gemini", "openai-chat"], stream: true });
    const { request, attempts } = await ledgered(rig, () => leave(rig, call, { asked: 2 }));
    expect(request).toMatchObject({ state: "cancelled", status: 499, provider: null });
    expect(attempts).toMatchObject([
      { error: "client_closed", estimated: 1 },
      { error: "client_closed", estimated: 1 },
    ]);
    expect(attempts[0]?.input_tokens).toBe(attempts[1]?.input_tokens);
  });
});

describe("an answer that another goes on with", () => {
  beforeAll(async () => {
    rig = await startRig({
      moreProviders: (url: string) => ({
        ...pricedProviders(url),
        "one-mute": {
          auth: "none",
          models: [{ id: "m", price: { input: 3, output: 15 } }],
          endpoints: {
            "openai-chat": { baseUrl: `${url}/v1`, quirks: { streamUsage: false, assistantPrefix: "prefix" } },
          },
        },
      }),
      continuation: true,
      retries: { maxPerRequest: 3, budgetFloorPerSecond: 1000 },
    });
  });
  afterAll(() => rig.close());

  const way: Asked = {
    client: "openai-responses",
    upstreams: ["openai-chat", "anthropic-messages"],
    stream: true,
    text: TEXT,
  };

  test.each(DIALECTS)("is paid for part by part (%s client)", async (client) => {
    rig.simulator.faults.push("cut-after=8");
    const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, askPriced({ ...way, client })));
    expect(request).toMatchObject({
      state: "settled",
      status: 200,
      finish_reason: "stop",
      provider: providerName("two", "anthropic-messages"),
    });
    expect(attempts).toMatchObject([
      { error: "upstream_truncated", estimated: 1, lane: "translate" },
      { error: null, estimated: 0 },
    ]);
    expectTold(rig, attempts[1], 1);
    const [first] = attempts;
    const whole = rig.simulator.journal.entries[0]?.usage?.output ?? 0;
    expect(first?.input_tokens).toBeGreaterThan(0);
    expect(first?.output_tokens).toBeGreaterThan(0);
    expect(first?.output_tokens).toBeLessThan(whole);
    // What both wrote is the whole answer, but for rounding.
    expect(Math.abs(request.output_tokens - whole)).toBeLessThanOrEqual(2);
  });

  test("is paid for as far as it came when it is cut again, and nobody is left", async () => {
    rig.simulator.faults.push("cut-after=6", "cut-after=5", "status=400");
    const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, askPriced(way)));
    expect(request).toMatchObject({ state: "failed", status: 200, provider: null, error: "upstream_truncated" });
    expect(attempts.slice(0, 2)).toMatchObject([
      { error: "upstream_truncated", estimated: 1 },
      { error: "upstream_truncated", estimated: 1 },
    ]);
    for (const { input_tokens: input, output_tokens: output } of attempts.slice(0, 2)) {
      expect(input).toBeGreaterThan(0);
      expect(output).toBeGreaterThan(0);
    }
  });

  test.each([1, 2])("is paid for as far as it came when its client leaves in part %s", async (part) => {
    const cut = part === 2 ? ["cut-after=8"] : [];
    rig.simulator.faults.push(...cut, "pace=40");
    const upstreams: readonly DialectName[] = ["anthropic-messages", "anthropic-messages"];
    const call = askPriced({ ...way, upstreams, text: `${TEXT} [[stream 60]]` });
    const { request, attempts } = await ledgered(rig, () => leave(rig, call, { reading: part }));
    expect(request).toMatchObject({ state: "cancelled", error: "client_closed" });
    expect(attempts).toHaveLength(part);
    expect(attempts.at(-1)).toMatchObject({ error: "client_closed", estimated: 1 });
    for (const { input_tokens: input, output_tokens: output } of attempts) {
      expect(input).toBeGreaterThan(20);
      expect(output).toBeGreaterThan(part === 1 ? 0 : 1);
      expect(output).toBeLessThan(SAID.length / 4);
    }
  });

  test("is estimated in the part whose upstream tells nothing, and in no other way", async () => {
    rig.simulator.faults.push("cut-after=8");
    const { request, attempts } = await ledgered(rig, () => {
      const call = askPriced({ ...way, upstreams: ["anthropic-messages"] });
      return send(rig.gateway.url, wishing(call, { models: ["one-mute/m"] }));
    });
    expect(request).toMatchObject({ state: "settled", provider: "one-mute" });
    expect(attempts).toMatchObject([
      { error: "upstream_truncated", estimated: 1 },
      { error: null, estimated: 1 },
    ]);
    const whole = Math.ceil(SAID.length / 4);
    expect(Math.abs(request.output_tokens - whole)).toBeLessThanOrEqual(2);
    // What was said before was part of its prompt.
    expect(attempts[1]?.input_tokens).toBeGreaterThan(attempts[0]?.output_tokens ?? 0);
  });
});
