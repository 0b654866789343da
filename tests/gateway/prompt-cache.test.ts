import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { minimumPrefix } from "../../packages/gateway/src/features/prompt-cache/minimums.ts";
import { objectIn, withBody } from "./routing-support.ts";
import { type Answer, type Call, DIALECTS, type Rig, send, startRig } from "./support.ts";

/** The provider's prompt cache, as every client reaches it at every provider that has one: caches end, and have minimums. */

const clock = { now: Date.parse("2026-11-20T12:00:00Z") };
const MODELS = {
  anthropic: "claude-sonnet-4-5",
  bedrock: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  nova: "us.amazon.nova-pro-v1:0",
  openai: "gpt-5.1",
  off: "claude-sonnet-4-5",
} as const;

let simulator: Simulator;
let rig: Rig;
beforeAll(async () => {
  simulator = await startSimulator({
    promptCaching: {
      now: () => clock.now,
      minimumTokens: (model) => (/claude|nova/.test(model) ? minimumPrefix("bedrock", model) : 1024),
    },
  });
  const { url } = simulator;
  const route = (model: string) => ({ variants: [{ variant: { model_id: model }, weight: 100 }] });
  const router = (name: string, model: string) => ({
    name: `routers/${name}`,
    promptCache: { enabled: true, ...(name === "openai" ? { ttl: "1h" } : {}) },
    defaultRoute: route(model),
  });
  rig = await startRig({
    moreProviders: () => ({
      anthropic: { auth: "none", endpoints: { "anthropic-messages": { baseUrl: url } } },
      bedrock: {
        region: "us-east-1",
        auth: "none",
        endpoints: { "anthropic-messages": { baseUrl: url }, "bedrock-converse": { baseUrl: url } },
      },
      converse: { auth: "none", models: [MODELS.bedrock], endpoints: { "bedrock-converse": { baseUrl: url } } },
      openai: {
        auth: "none",
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` }, "openai-responses": { baseUrl: `${url}/v1` } },
      },
    }),
    routers: [
      router("anthropic", `anthropic/${MODELS.anthropic}`),
      router("bedrock", `bedrock/${MODELS.bedrock}`),
      router("converse", `converse/${MODELS.bedrock}`),
      router("nova", `bedrock/${MODELS.nova}`),
      router("openai", `openai/${MODELS.openai}`),
      { name: "routers/off", defaultRoute: route(`anthropic/${MODELS.off}`) },
    ],
  });
});
afterAll(async () => {
  await rig.close();
  await simulator.close();
});
beforeEach(() => {
  // Whatever was cached has ended.
  clock.now += 7_200_000;
});

type DialectName = (typeof DIALECTS)[number];
const SYSTEM = `You are a careful signaller. ${"Mind the points. ".repeat(700)}`;
const TURNS = ["Is the line clear?", "It is.", "And now?", "Still clear.", "Thank you. Once more?"];

/** The first turns of a conversation with a long system prompt. */
function ask(dialect: DialectName, model: string, count: number): Call {
  const said = TURNS.slice(0, count).map((text, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content: text }));
  switch (dialect) {
    case "openai-chat":
      return {
        path: "/v1/chat/completions",
        body: { model, messages: [{ role: "system", content: SYSTEM }, ...said] },
      };
    case "openai-responses":
      return { path: "/v1/responses", body: { model, instructions: SYSTEM, input: said } };
    case "anthropic-messages":
      return {
        path: "/v1/messages",
        headers: { "anthropic-version": "2023-06-01" },
        body: { model, max_tokens: 100, system: SYSTEM, messages: said },
      };
    case "gemini":
      return {
        path: `/v1beta/models/${model}:generateContent`,
        body: {
          systemInstruction: { parts: [{ text: SYSTEM }] },
          contents: said.map(({ role, content }) => ({
            role: role === "user" ? role : "model",
            parts: [{ text: content }],
          })),
        },
      };
  }
}

function readTokens(dialect: DialectName, { status, text }: Answer): unknown {
  if (status !== 200) throw new Error(text);
  const body = objectIn(JSON.parse(text));
  const usage = objectIn(body["usage"]);
  switch (dialect) {
    case "openai-chat":
      return objectIn(usage["prompt_tokens_details"])["cached_tokens"] ?? 0;
    case "openai-responses":
      return objectIn(usage["input_tokens_details"])["cached_tokens"] ?? 0;
    case "anthropic-messages":
      return usage["cache_read_input_tokens"] ?? 0;
    case "gemini":
      return objectIn(body["usageMetadata"])["cachedContentTokenCount"] ?? 0;
  }
}

const lastBody = () => String(simulator.journal.entries.at(-1)?.body);

describe.each(["anthropic", "bedrock", "converse", "nova"] as const)("at %s", (name) => {
  test.each(DIALECTS)("a conversation in %s that goes on reads what its last turn wrote", async (dialect) => {
    const model = `routers/${name}`;
    expect(readTokens(dialect, await send(rig.gateway.url, ask(dialect, model, 1)))).toBe(0);
    const second = Number(readTokens(dialect, await send(rig.gateway.url, ask(dialect, model, 3))));
    clock.now += 240_000;
    const third = Number(readTokens(dialect, await send(rig.gateway.url, ask(dialect, model, 5))));
    expect(third).toBeGreaterThan(Math.max(2500, second));
    clock.now += 301_000;
    expect(readTokens(dialect, await send(rig.gateway.url, ask(dialect, model, 5)))).toBe(0);
  });
});

test("a request that nobody wants cached goes on as it came", async () => {
  const call = ask("anthropic-messages", "routers/off", 3);
  await send(rig.gateway.url, call);
  await send(rig.gateway.url, call);
  expect(lastBody()).not.toContain("cache_control");
  expect(readTokens("anthropic-messages", await send(rig.gateway.url, call))).toBe(0);
});

test("a request that is too short for a breakpoint keeps its bytes", async () => {
  const raw = '{ "model":"routers/anthropic", "max_tokens":  10,"messages":[{"role":"user","content":"hi"}] }';
  const { status } = await send(rig.gateway.url, {
    path: "/v1/messages",
    raw,
    headers: { "anthropic-version": "2023-06-01" },
  });
  expect(status).toBe(200);
  expect(lastBody()).toBe(raw.replace("routers/anthropic", MODELS.anthropic));
});

test("what comes for the first time is not written: questions with instructions of their own cost what they cost", async () => {
  const once = (instructions: string, question: string): Call => ({
    path: "/v1/messages",
    headers: { "anthropic-version": "2023-06-01" },
    body: {
      model: "routers/anthropic",
      max_tokens: 10,
      system: instructions,
      messages: [{ role: "user", content: question }],
    },
  });
  for (const at of [1, 2, 3]) {
    await send(rig.gateway.url, once(`For question ${at}. ${SYSTEM}`, `What is ${at}?`));
    expect(lastBody()).not.toContain("cache_control");
  }
  await send(rig.gateway.url, once(`For question 3. ${SYSTEM}`, `What is 4? ${SYSTEM}`));
  const { system, messages } = objectIn(JSON.parse(lastBody()));
  expect(JSON.stringify(system)).toContain("cache_control");
  expect(JSON.stringify(messages)).not.toContain("cache_control");
});

test("the client's own breakpoints stay where they are, and are not joined by others", async () => {
  const own = [
    { type: "text", text: SYSTEM, cache_control: { type: "ephemeral", ttl: "1h" } },
    { type: "text", text: SYSTEM },
  ];
  await send(rig.gateway.url, withBody(ask("anthropic-messages", "routers/anthropic", 1), { system: own }));
  expect(objectIn(JSON.parse(lastBody()))["system"]).toEqual(own);
});

describe("Inworld's cache_control on text parts", () => {
  const marked = (model: string): Call => ({
    path: "/v1/chat/completions",
    body: {
      model,
      messages: [
        { role: "system", content: [{ type: "text", text: SYSTEM, cache_control: { type: "ephemeral", ttl: "1h" } }] },
        { role: "user", content: [{ type: "text", text: "Is the line clear?" }] },
      ],
    },
  });

  test.each([
    ["anthropic/claude-sonnet-4-5", '"cache_control":{"type":"ephemeral","ttl":"1h"}'],
    [`bedrock/${MODELS.bedrock}`, '"cache_control":{"type":"ephemeral","ttl":"1h"}'],
    [`converse/${MODELS.bedrock}`, '"cachePoint":{"type":"default","ttl":"1h"}'],
    [`bedrock/${MODELS.nova}`, '"cachePoint":{"type":"default"}'],
  ])("is heard by %s, whether a router asks for more or not", async (model, said) => {
    await send(rig.gateway.url, marked(model));
    expect(lastBody()).toContain(said);
    clock.now += 200_000;
    expect(readTokens("openai-chat", await send(rig.gateway.url, marked(model)))).toBeGreaterThan(2500);
  });

  test("is no loss where OpenAI caches by itself", async () => {
    const { status, headers } = await send(rig.gateway.url, {
      ...marked("openai/gpt-5.1"),
      headers: { "x-signalbox-strict": "true" },
    });
    expect(status).toBe(200);
    expect(headers["x-signalbox-dropped"]).toBeUndefined();
  });
});

describe("OpenAI's cache key", () => {
  const keyOf = () => objectIn(JSON.parse(lastBody()))["prompt_cache_key"];

  test("is spliced into the client's own bytes, with the day that this model keeps", async () => {
    const raw = JSON.stringify(ask("openai-chat", "routers/openai", 1).body).replace("{", "{ ");
    await send(rig.gateway.url, { path: "/v1/chat/completions", raw });
    const sent = lastBody();
    const key = String(keyOf());
    expect(key).toMatch(/^sb-[\w-]{43}$/);
    expect(sent).toContain(raw.slice(raw.indexOf(',"messages"'), -1));
    expect(sent).toContain('"prompt_cache_retention":"24h"');
    await send(rig.gateway.url, ask("openai-chat", "routers/openai", 3));
    expect(keyOf()).toBe(key);
  });

  test("is the same for a client of another dialect, and its second turn reads", async () => {
    await send(rig.gateway.url, ask("anthropic-messages", "routers/openai", 1));
    const key = keyOf();
    expect(
      readTokens("anthropic-messages", await send(rig.gateway.url, ask("anthropic-messages", "routers/openai", 3))),
    ).toBeGreaterThan(1024);
    expect(keyOf()).toBe(key);
  });

  test("that the client gave is kept", async () => {
    await send(rig.gateway.url, withBody(ask("openai-chat", "routers/openai", 1), { prompt_cache_key: "mine" }));
    expect(keyOf()).toBe("mine");
  });

  test("is not sent where nobody asks for it", async () => {
    await send(rig.gateway.url, ask("openai-chat", `openai/${MODELS.openai}`, 1));
    expect(keyOf()).toBeUndefined();
  });
});
