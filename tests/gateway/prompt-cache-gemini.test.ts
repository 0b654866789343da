import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { totals } from "./ledger-support.ts";
import { objectIn, withBody } from "./routing-support.ts";
import { type Call, type Rig, send, startRig } from "./support.ts";

/** Gemini's explicit caches: made where they pay, beside requests, and left when they are gone. */

const MODEL = "google-ai-studio/gemini-2.5-flash";

let simulator: Simulator;
let rig: Rig;
const clock = { now: Date.parse("2026-11-20T12:00:00Z") };
const seen = { implicit: false };
beforeAll(async () => {
  simulator = await startSimulator({
    promptCaching: {
      now: () => clock.now,
      minimumTokens: () => 2048,
      implicit: () => seen.implicit,
    },
  });
  const account = () => ({
    auth: "none",
    endpoints: { gemini: { baseUrl: simulator.url }, "openai-chat": { baseUrl: `${simulator.url}/v1` } },
  });
  rig = await startRig({
    moreProviders: () => ({ "google-ai-studio": account() }),
    keys: [
      { name: "tests", key: "a-key-for-the-gateway-tests", role: "owner" },
      { name: "others", key: "a-key-for-other-tenants" },
    ],
    routers: [
      {
        name: "routers/cached",
        promptCache: { enabled: true },
        defaultRoute: { variants: [{ variant: { model_id: MODEL }, weight: 100 }] },
      },
      {
        name: "routers/never",
        promptCache: { enabled: false },
        defaultRoute: { variants: [{ variant: { model_id: MODEL }, weight: 100 }] },
      },
    ],
  });
});
afterAll(async () => {
  await rig.close();
  await simulator.close();
});

/** A conversation whose long system prompt the client wants cached; `about` tells tests apart. */
const ask = (about: string, said: string, model = MODEL): Call => ({
  path: "/v1/chat/completions",
  body: {
    model,
    messages: [
      {
        role: "system",
        content: [
          { type: "text", text: `${about}. ${"Mind the points. ".repeat(900)}`, cache_control: { type: "ephemeral" } },
        ],
      },
      { role: "user", content: said },
    ],
    tools: [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }],
  },
});

async function asked(call: Call, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const { status, text } = await send(rig.gateway.url, { ...call, headers });
  if (status !== 200) throw new Error(text);
  const usage = objectIn(objectIn(JSON.parse(text))["usage"]);
  return Number(objectIn(usage["prompt_tokens_details"])["cached_tokens"] ?? 0);
}

const creations = () => simulator.journal.entries.filter(({ url }) => url.endsWith("/cachedContents"));
const lastBody = () => objectIn(JSON.parse(String(simulator.journal.entries.at(-1)?.body)));

async function until(count: number): Promise<void> {
  await expect
    .poll(() => creations().filter(({ endedAt }) => endedAt !== undefined).length, { timeout: 5000 })
    .toBe(count);
  // The gateway reads the answer after the simulator has sent it.
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The newest row of a cache that was made, or was to be. */
async function newestCreation() {
  const { requests } = await rig.store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 10 });
  const request = requests.find(({ operation }) => operation === "side-call");
  if (request === undefined) throw new Error("The ledger knows of no cache.");
  return { request, attempts: await rig.store.usage.attemptsOf(request.id) };
}

/** Of the cache that was made last, as its vendor has counted them. */
async function newestTokens(): Promise<number> {
  const answer = await fetch(`${simulator.url}/v1beta/cachedContents`);
  const kept: readonly unknown[] = [objectIn(await answer.json())["cachedContents"]].flat();
  return Number(objectIn(objectIn(kept.at(-1))["usageMetadata"])["totalTokenCount"]);
}

const spent = async () => (await totals(rig)).costNano;

describe("a prefix with a breakpoint", () => {
  test("is cached at its second sighting, read from then on, and sent whole again when the cache is gone", async () => {
    const before = creations().length;
    expect(await asked(ask("one", "Is the line clear?"))).toBe(0);
    expect(creations().length).toBe(before);
    expect(await asked(ask("one", "And now?"))).toBe(0);
    await until(before + 1);
    const made = objectIn(JSON.parse(String(creations().at(-1)?.body)));
    expect(made).toMatchObject({ model: "models/gemini-2.5-flash", ttl: "300s" });
    expect(made).toHaveProperty("systemInstruction");
    expect(made).toHaveProperty("tools");

    expect(await asked(ask("one", "And later?"))).toBeGreaterThan(2048);
    expect(lastBody()).toMatchObject({ cachedContent: expect.stringMatching(/^cachedContents\//) });
    for (const field of ["systemInstruction", "tools", "toolConfig"]) expect(lastBody()).not.toHaveProperty(field);

    clock.now += 400_000;
    expect(await asked(ask("one", "Much later?"))).toBe(0);
    expect(lastBody()).toHaveProperty("systemInstruction");
    expect(lastBody()).not.toHaveProperty("cachedContent");
  });

  test("costs what its cache does, as a request of its own of the same caller", async () => {
    const before = creations().length;
    await asked(ask("two", "One"));
    await asked(ask("two", "Two"));
    await until(before + 1);
    await expect.poll(async () => (await newestCreation()).request.state).toBe("settled");
    const { request, attempts } = await newestCreation();
    const [fee] = attempts;
    expect(attempts).toHaveLength(1);
    // $0.30 a million, kept for five minutes at $1 a million and hour, of what Google has counted.
    expect(fee?.cost_nano).toBe(Math.ceil((await newestTokens()) * (300 + 1000 / 12)));
    expect(request.cost_nano).toBe(fee?.cost_nano);
    expect(request.reserved_nano).toBeGreaterThan(0);
    expect(fee?.price).toContain("google-cache-storage/1");
  });

  test("costs nothing where Google has made no cache of it, and less than nothing nowhere", async () => {
    const before = creations().length;
    simulator.faults.push({ type: "status", status: 500, model: "models/gemini-2.5-flash" });
    await asked(ask("two and a half", "One"));
    const earlier = await spent();
    await asked(ask("two and a half", "Two"));
    await until(before + 1);
    await expect.poll(async () => (await newestCreation()).request.state).toBe("failed");
    const { request } = await newestCreation();
    expect(request).toMatchObject({ cost_nano: 0, unpriced: 0 });
    const { requests } = await rig.store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 2 });
    expect(await spent()).toBe(earlier + BigInt(requests.reduce((sum, { cost_nano: nano }) => sum + nano, 0)));
  });

  test.each([
    { name: "poor", limit: 0.0035, made: 0 },
    { name: "rich", limit: 0.05, made: 1 },
  ])("is paid from budgets, and counts as nobody's request ($name)", async ({ name, limit, made }) => {
    const { status, text } = await send(rig.gateway.url, {
      path: "/v1/keys",
      body: { name, limit, limits: [{ unit: "requests", per: "day", limit: 3 }] },
    });
    expect(status, text).toBe(201);
    const headers = { authorization: `Bearer ${String(objectIn(JSON.parse(text))["key"])}` };
    const before = creations().length;
    const short = (said: string) => withBody(ask(name, `[[say ${said}]]`), { max_tokens: 100 });
    for (const said of ["one", "two"]) await asked(short(said), headers);
    await until(before + made);
    if (made > 0) expect(await asked(short("three"), headers)).toBeGreaterThan(2048);
  });

  test("is another tenant's to cache for itself", async () => {
    const before = creations().length;
    await asked(ask("three", "One"));
    await asked(ask("three", "Two"), { authorization: "Bearer a-key-for-other-tenants" });
    expect(creations().length).toBe(before);
    expect(await asked(ask("three", "Three"), { authorization: "Bearer a-key-for-other-tenants" })).toBe(0);
    await until(before + 1);
  });

  test("is not cached where the configuration forbids it", async () => {
    const before = creations().length;
    for (const said of ["One", "Two", "Three"]) await asked(ask("four", said, "routers/never"));
    expect(creations().length).toBe(before);
  });

  test("is not cached where Gemini's own cache gave it for nothing", async () => {
    seen.implicit = true;
    const before = creations().length;
    for (const said of ["One", "Two", "Three", "Four"]) await asked(ask("five", said));
    // The first was paid for in full, and one sighting pays for nothing.
    expect(creations().length).toBe(before);
    seen.implicit = false;
  });
});

test("a request without breakpoints is cached where a router asks for it", async () => {
  const before = creations().length;
  const call = (said: string): Call => ({
    path: "/v1beta/models/routers/cached:generateContent",
    body: {
      systemInstruction: { parts: [{ text: `six. ${"Mind the points. ".repeat(900)}` }] },
      contents: [{ role: "user", parts: [{ text: said }] }],
    },
  });
  await send(rig.gateway.url, call("One"));
  await send(rig.gateway.url, call("Two"));
  await until(before + 1);
  const { text } = await send(rig.gateway.url, call("Three"));
  expect(Number(objectIn(objectIn(JSON.parse(text))["usageMetadata"])["cachedContentTokenCount"])).toBeGreaterThan(
    2048,
  );
});

test("a request goes on where no cache can be made", async () => {
  const before = creations().length;
  simulator.faults.push({ type: "status", status: 500, model: "models/gemini-2.5-flash" });
  await asked(ask("seven", "One"));
  for (const said of ["Two", "Three", "Four"]) expect(await asked(ask("seven", said))).toBe(0);
  await until(before + 1);
});

test("a request is sent whole where none of its caches is there any more", async () => {
  const before = creations().length;
  const call = (said: string): Call => {
    const system = [
      { type: "text", text: `eight. ${"Mind the points. ".repeat(900)}`, cache_control: { type: "ephemeral" } },
    ];
    const log = [{ type: "text", text: "Line clear. ".repeat(900), cache_control: { type: "ephemeral" } }];
    return {
      path: "/v1/chat/completions",
      body: {
        model: MODEL,
        messages: [
          { role: "system", content: system },
          ...(said === "short"
            ? []
            : [
                { role: "user", content: log },
                { role: "assistant", content: "Noted." },
              ]),
          { role: "user", content: said },
        ],
      },
    };
  };
  for (const said of ["one", "two"]) await asked(call(said));
  await until(before + 1);
  await asked(call("short"));
  await until(before + 2);
  expect(await asked(call("three"))).toBeGreaterThan(4096);
  expect(await asked(call("short"))).toBeGreaterThan(2048);
  // Google has forgotten both.
  clock.now += 400_000;
  expect(await asked(call("four"))).toBe(0);
  expect(lastBody()).not.toHaveProperty("cachedContent");
});
