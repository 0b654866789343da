import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshModel, ledgered, pricedProviders } from "./ledger-support.ts";
import { createRouter, objectIn, only, route, targetOf, wishing, withHeaders } from "./routing-support.ts";
import { type Answer, ask, type Call, DIALECTS, type Rig, send, startRig } from "./support.ts";

const ordered = "m498";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreProviders: pricedProviders,
    models: { steady: { targets: [`one-chat/${ordered}`, `two-chat/${ordered}`] } },
  });
});
afterAll(() => rig.close());

const NANO = 1e9;
/** Thousand nano-dollars a token are US dollars per million. */
const ONE = { input: 3_000, output: 15_000, cacheRead: 300, cacheWrite5m: 3_750 };
const TWO = { input: 1_100, output: 4_700, cacheRead: 110, cacheWrite5m: 1_375 };

interface Counts {
  readonly input_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
}

const at = (rates: typeof ONE, counts: Counts): number =>
  counts.input_tokens * rates.input +
  counts.cache_read_tokens * rates.cacheRead +
  counts.cache_write_tokens * rates.cacheWrite5m +
  counts.output_tokens * rates.output;

/** What stands in a whole answer, or in the last event of a stream that has metadata. */
function metadataOf({ text }: Answer): Readonly<Record<string, unknown>> {
  const bodies = text.startsWith("{")
    ? [text]
    : text.split(/\r?\n/).flatMap((line) => /^data: (\{.*)$/.exec(line)?.[1] ?? []);
  const told = bodies.flatMap((body) => {
    const json = objectIn(JSON.parse(body));
    const { metadata, signalbox_metadata: own } = { ...objectIn(json["response"]), ...json };
    const found = [own, metadata].map(objectIn).find((each) => "generation_id" in each);
    return found === undefined ? [] : [found];
  });
  const last = told.at(-1);
  if (last === undefined) throw new Error(`There are no metadata: ${text}`);
  return last;
}

const savingsIn = (answer: Answer) => objectIn(metadataOf(answer)["savings"]);

async function asked(call: Call) {
  let answer: Answer | undefined;
  const rows = await ledgered(rig, async () => {
    answer = await send(rig.gateway.url, withHeaders(call, { "x-signalbox-metadata": "body" }));
  });
  if (answer === undefined) throw new Error("There was no answer.");
  expect(answer.status, answer.text).toBe(200);
  return { answer, ...rows };
}

let made = 0;

/** A router to the cheap providers, which says that the dear one would have answered. */
async function routerTo(model: string, baseline: string): Promise<string> {
  made += 1;
  await createRouter(rig, { name: `saving-${made}`, baseline, defaultRoute: { variants: only(model) } });
  return `router/saving-${made}`;
}

describe.each(DIALECTS)("a client of %s", (dialect) => {
  test.each([
    { lane: "passthrough", upstream: dialect, stream: false },
    { lane: "passthrough", upstream: dialect, stream: true },
    { lane: "translate", upstream: dialect === "openai-chat" ? "gemini" : "openai-chat", stream: false },
    { lane: "translate", upstream: dialect === "openai-chat" ? "gemini" : "openai-chat", stream: true },
  ] as const)("is told what routing saved, as the ledger has it ($lane, stream: $stream)", async (way) => {
    const model = freshModel();
    const short = {
      "openai-chat": "chat",
      "openai-responses": "responses",
      "anthropic-messages": "messages",
      gemini: "gemini",
    };
    const router = await routerTo(`two-${short[way.upstream]}/${model}`, `one-chat/${model}`);
    const call = ask(dialect, router, { text: "[[say Track nine is clear.]]", stream: way.stream });
    const { answer, request } = await asked(call);
    expect(request.cost_nano).toBe(at(TWO, request));
    expect(request.saved_routing_nano).toBe(at(ONE, request) - at(TWO, request));
    expect(request).toMatchObject({
      saved_cache_nano: null,
      saved_compression_nano: null,
      savings_unpriced: 0,
      cache: null,
    });
    // Of Gemini's own streams nobody knows by their last event that it was the last.
    const isOpen = way.stream && way.upstream === "gemini" && dialect === "gemini";
    expect(savingsIn(answer)).toEqual(isOpen ? {} : { routing_usd: (request.saved_routing_nano ?? 0) / NANO });
  });
});

test("a request without any feature is told nothing, and nothing is reckoned", async () => {
  const { answer, request } = await asked(
    ask("openai-chat", `one-chat/${freshModel()}`, { text: "hi", stream: false }),
  );
  expect(metadataOf(answer)).not.toHaveProperty("savings");
  expect(request).toMatchObject({
    cache: null,
    saved_cache_nano: null,
    saved_compression_nano: null,
    saved_routing_nano: null,
    savings_unpriced: 0,
  });
});

test("a baseline that nobody has a price for is told to be unpriced", async () => {
  const model = freshModel();
  const router = await routerTo(`two-chat/${model}`, "chat/sim-model");
  const { answer, request } = await asked(ask("openai-chat", router, { text: "hi", stream: false }));
  expect(savingsIn(answer)).toEqual({ unpriced: true });
  expect(request).toMatchObject({ saved_routing_nano: null, savings_unpriced: 1 });
});

test("a cached conversation that a router moves to a cheaper model costs what its cache was worth", async () => {
  const model = freshModel();
  await createRouter(rig, {
    name: "moving",
    baseline: `one-messages/${model}`,
    routes: [route('turn == "second"', only(`two-messages/${model}`))],
    defaultRoute: { variants: only(`one-messages/${model}`) },
  });
  const turn = (turnName: string, cache: string) =>
    wishing(
      withHeaders(
        ask("anthropic-messages", "router/moving", { text: `[[cache ${cache}]] [[say hello]]`, stream: false }),
        { "x-signalbox-session": "moved-by-a-router" },
      ),
      { metadata: { turn: turnName } },
    );
  const first = await asked(turn("first", "0 40000"));
  expect(first.request.saved_routing_nano).toBe(0);
  const second = await asked(turn("second", "0 41000"));
  const { request } = second;
  expect([request.cache_write_tokens, request.cost_nano]).toEqual([41_000, at(TWO, request)]);
  const stayed = { ...request, cache_read_tokens: 40_000, cache_write_tokens: 1_000 };
  expect(request.saved_routing_nano).toBe(at(ONE, stayed) - at(TWO, request));
  expect(request.saved_routing_nano).toBeLessThan(0);
  expect(savingsIn(second.answer)["routing_usd"]).toBe((request.saved_routing_nano ?? 0) / NANO);
});

test("who asks for the cheapest provider is told what the first one would have cost", async () => {
  const call = ask("openai-chat", "steady", { text: "[[say hello]]", stream: false });
  const plain = await asked(call);
  expect([targetOf(plain.answer), plain.request.saved_routing_nano]).toEqual([`one-chat/${ordered}`, null]);
  const cheap = await asked(wishing(call, { provider: { sort: "price" } }));
  expect(targetOf(cheap.answer)).toBe(`two-chat/${ordered}`);
  expect(cheap.request.saved_routing_nano).toBe(at(ONE, cheap.request) - at(TWO, cheap.request));
});

test.each([false, true])("a cache's answer saves what it cost when it was given first (stream: %s)", async (stream) => {
  const model = freshModel();
  await createRouter(rig, {
    name: `kept-${stream}`,
    cache: { enabled: true, ttl_seconds: 60 },
    defaultRoute: { variants: only(`one-chat/${model}`) },
  });
  const call = ask("openai-chat", `router/kept-${stream}`, { text: `[[say kept ${stream}]]`, stream });
  const miss = await asked(call);
  expect(miss.request).toMatchObject({ cache: "miss", saved_cache_nano: null });
  expect(metadataOf(miss.answer)).not.toHaveProperty("savings");
  const { request, attempts, answer } = await asked(call);
  expect(request).toMatchObject({
    cache: "hit-exact",
    cost_nano: 0,
    provider: "one-chat",
    target_model: model,
    saved_cache_nano: miss.request.cost_nano,
    saved_routing_nano: null,
  });
  expect(miss.request.cost_nano).toBeGreaterThan(0);
  expect(attempts).toEqual([]);
  expect(savingsIn(answer)).toEqual({ cache_usd: miss.request.cost_nano / NANO });
});
