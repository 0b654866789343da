import { anthropicMessages, type CanonicalRequest, type JsonObject } from "@signalbox/protocol";
import { type Simulator, simulateConversation, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { replay } from "../../bench/savings/replay.ts";
import { objectIn } from "../gateway/routing-support.ts";
import { type Rig, send, startRig } from "../gateway/support.ts";

/** A replay through a running gateway sends the vendor what one in this process does. */

const MODEL = "claude-sonnet-4-6";
const WAYS = [
  { name: "none", cache: false, level: undefined },
  { name: "cache", cache: true, level: undefined },
  { name: "compression", cache: false, level: 0.3 },
  { name: "both", cache: true, level: 0.3 },
] as const;

let simulator: Simulator;
let rig: Rig;
beforeAll(async () => {
  simulator = await startSimulator({ promptCaching: { now: () => 0 } });
  rig = await startRig({
    moreProviders: () => ({
      anthropic: { auth: "none", endpoints: { "anthropic-messages": { baseUrl: simulator.url } } },
    }),
    routers: WAYS.map(({ name, cache, level }) => ({
      name: `routers/${name}`,
      ...(cache ? { promptCache: { enabled: true } } : {}),
      ...(level === undefined ? {} : { promptCompression: { enabled: true, aggressiveness: level } }),
      defaultRoute: { variants: [{ variant: { model_id: `anthropic/${MODEL}` }, weight: 100 }] },
    })),
  });
});
afterAll(async () => {
  await rig.close();
  await simulator.close();
});
beforeEach(() => simulator.journal.clear());

const whole = simulateConversation({ persona: "coding agent", seed: 21, messages: 30 });
/** Both clocks count seconds then. */
const conversation = {
  ...whole,
  requests: whole.requests.map(({ messages }, index) => ({ messages, at: index * 1000 })),
};

function clientBody(count: number, model: string): JsonObject {
  const { instructions, tools, messages } = conversation;
  const request: CanonicalRequest = {
    model,
    stream: false,
    instructions,
    tools,
    messages: messages.slice(0, count),
    sampling: { maxOutputTokens: 100 },
  };
  const target = { provider: "anthropic", model: MODEL, quirks: {} };
  return { ...anthropicMessages.encodeRequest(request, target).body, model };
}

const promptOf = ({ tools, system, messages }: JsonObject): JsonObject => ({
  tools: tools ?? null,
  system: system ?? null,
  messages: messages ?? null,
});

/** In tokens of plain input, by Anthropic's own factors: what the vendor's answers say was used. */
function billOf(usage: Readonly<Record<string, unknown>>): number {
  const count = (name: string): number => Number(usage[name] ?? 0);
  return count("input_tokens") + count("cache_creation_input_tokens") * 1.25 + count("cache_read_input_tokens") * 0.1;
}

async function ask(name: string): Promise<{ readonly sent: readonly JsonObject[]; readonly bill: number }> {
  let bill = 0;
  for (const { messages } of conversation.requests) {
    const headers = { "anthropic-version": "2023-06-01", "x-session-id": name };
    const { status, text } = await send(rig.gateway.url, {
      path: "/v1/messages",
      headers,
      body: clientBody(messages, `routers/${name}`),
    });
    expect(status, text).toBe(200);
    bill += billOf(objectIn(objectIn(JSON.parse(text))["usage"]));
  }
  return { sent: simulator.journal.entries.map(({ json }) => promptOf(JSON.parse(JSON.stringify(json)))), bill };
}

describe("the same conversation over HTTP and in this process", () => {
  const bills = new Map<string, number>();

  test.each(WAYS)("is sent alike: $name", async ({ name, cache, level }) => {
    const bodies: JsonObject[] = [];
    replay({
      conversations: [conversation],
      kind: "anthropic",
      client: "plain",
      cache,
      level: () => level,
      watch: ({ body }) => void bodies.push(promptOf(JSON.parse(JSON.stringify(body)))),
    });
    const { sent, bill } = await ask(name);
    expect(sent).toEqual(bodies);
    bills.set(name, bill);
  });

  test("and compression makes it cheaper, with the vendor's cache and without", () => {
    const [none = 0, cache = 0, compression = 0, both = 0] = WAYS.map(({ name }) => bills.get(name));
    expect(compression).toBeLessThan(none);
    expect(both).toBeLessThan(cache);
    expect(cache).toBeLessThan(none / 2);
  });
});
