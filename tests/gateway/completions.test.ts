import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Answer, DIALECTS, KEY, PROVIDERS, type Rig, send, startRig } from "./support.ts";

const LIMITED = "a-key-with-a-limit-of-tokens";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreProviders: (url) => ({
      // One whose chat is asked, since it has nothing else.
      talker: {
        auth: "none",
        models: ["sim-model"],
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
        operations: { completions: false },
      },
    }),
    keys: [
      { name: "tests", key: KEY },
      { name: "limited", key: LIMITED, limits: [{ unit: "tokens", limit: 1000, per: "minute" }] },
    ],
    models: {
      either: { targets: ["dead/sim-model", "talker/sim-model"] },
      both: { targets: ["messages/sim-model", "chat/sim-model"] },
    },
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

const CHATS = ["talker", ...DIALECTS.filter((dialect) => dialect !== "openai-chat").map((d) => PROVIDERS[d])];

const complete = (provider: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  send(rig.gateway.url, { path: "/v1/completions", body: { model: `${provider}/sim-model`, ...body }, headers });
const json = (answer: Answer) => JSON.parse(answer.text);
const chunksOf = ({ text }: Answer) => [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data = ""]) => JSON.parse(data));
const asked = () => JSON.parse(rig.simulator.journal.last()?.body.toString() ?? "null");

describe("an upstream with completions", () => {
  test("gets the client's bytes with its own name of the model, and its answer goes on as it is", async () => {
    const raw = '{"prompt" : ["[[say one]]","[[say two]]"],"model":"chat/sim-model","echo":false,"logprobs":2,"n":1}';
    const answer = await send(rig.gateway.url, { path: "/v1/completions", raw });
    expect(answer.status).toBe(200);
    expect(json(answer)).toMatchObject({
      object: "text_completion",
      choices: [
        { text: "one", index: 0, logprobs: { tokens: ["one"] }, finish_reason: "stop" },
        { text: "two", index: 1 },
      ],
    });
    expect(rig.simulator.journal.last()?.url).toBe("/v1/completions");
    expect(rig.simulator.journal.last()?.body.toString()).toBe(raw.replace("chat/sim-model", "sim-model"));
    expect(answer.headers["x-signalbox-lane"] ?? "passthrough").toBe("passthrough");
  });

  test.each([[[1, 2, 3]], [[[1, 2], [3]]], ["text"]])("takes the prompt %j", async (prompt) => {
    expect((await complete("chat", { prompt, suffix: "end", echo: true, best_of: 2 })).status).toBe(200);
  });

  test("is not asked for more than the key has left by a number of tokens below zero", async () => {
    const headers = { authorization: `Bearer ${LIMITED}` };
    const said = { prompt: "[[say one]]" };
    expect((await complete("chat", said, headers)).status).toBe(200);
    expect((await complete("chat", { ...said, max_tokens: -1_000_000 }, headers)).status).toBe(429);
    expect(rig.simulator.journal.entries).toHaveLength(1);
  });

  test("streams", async () => {
    const answer = await complete("chat", { prompt: "[[stream 30]]", max_tokens: 100, stream: true });
    expect(answer.headers["content-type"]).toContain("text/event-stream");
    expect(answer.text.trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect(chunksOf(answer).length).toBeGreaterThan(3);
  });

  test("that cuts its stream leaves its client with an error, and no end", async () => {
    rig.simulator.faults.push({ type: "cut-after", events: 3, model: "sim-model" });
    const answer = await complete("chat", { prompt: "[[stream 60]]", max_tokens: 100, stream: true });
    expect(chunksOf(answer).at(-1)).toMatchObject({ error: { message: expect.any(String) } });
    expect(answer.text).not.toContain("[DONE]");
  });

  test("tells of its usage, and where it does not, what was written is counted", async () => {
    for (const stream_options of [{ include_usage: true }, undefined]) {
      await complete("chat", { prompt: "[[stream 30]]", max_tokens: 100, stream: true, stream_options });
      await expect
        .poll(() => rig.log.at(-1))
        .toMatchObject({ operation: "completions", usage: { outputTokens: expect.any(Number) } });
    }
    const [told, counted] = rig.log.slice(-2).map((line) => line["usage"]);
    expect(Number(Object(counted).outputTokens)).toBe(Number(Object(told).outputTokens));
  });
});

describe.each(CHATS)("the chat of %s", (provider) => {
  test("answers in the words of completions", async () => {
    const answer = await complete(provider, { prompt: "[[say Once upon a time.]]", max_tokens: 50 });
    expect(answer.status).toBe(200);
    expect(json(answer)).toMatchObject({
      id: expect.any(String),
      object: "text_completion",
      created: expect.any(Number),
      choices: [{ text: "Once upon a time.", index: 0, logprobs: null, finish_reason: "stop" }],
      usage: { prompt_tokens: expect.any(Number), total_tokens: expect.any(Number) },
      metadata: { generation_id: expect.any(String) },
    });
    expect(json(answer).choices[0]).not.toHaveProperty("message");
  });

  test("streams in the words of completions", async () => {
    const body = { prompt: ["[[stream 12]]"], max_tokens: 500, stream: true, stream_options: { include_usage: true } };
    const answer = await complete(provider, body);
    const chunks = chunksOf(answer);
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({ object: "text_completion", id: expect.any(String) });
      for (const choice of chunk.choices) {
        expect(Object.keys(choice).sort()).toEqual(["finish_reason", "index", "logprobs", "text"]);
      }
    }
    const text = chunks.map(({ choices: [choice] }) => choice?.text ?? "").join("");
    expect(text.split(" ")).toHaveLength(12);
    expect(chunks.map(({ choices: [choice] }) => choice?.finish_reason).filter(Boolean)).toEqual(["stop"]);
    expect(chunks.some(({ usage }) => usage?.completion_tokens > 0)).toBe(true);
    expect(answer.text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  });

  test("is asked for 16 tokens where nobody says otherwise, with all else that was said", async () => {
    await complete(provider, { prompt: "hello", temperature: 0.5, user: "somebody" });
    expect(JSON.stringify(asked())).toMatch(
      /"(max_completion_tokens|max_tokens|max_output_tokens|maxOutputTokens)":16/,
    );
    expect(JSON.stringify(asked())).toMatch(/"temperature":0.5/);
  });

  test("that is cut ends the stream in an error", async () => {
    const body = { prompt: "[[stream 30]] [[fault cut-after=8]]", max_tokens: 500, stream: true };
    const answer = await complete(provider, body);
    expect(answer.text).toContain("signal");
    expect(chunksOf(answer).at(-1)).toMatchObject({ error: { code: "upstream_truncated" } });
    expect(answer.text).not.toContain("[DONE]");
  });

  test("that refuses does so in its own words", async () => {
    const answer = await complete(provider, { prompt: "[[fault status=429]]" });
    expect(answer.status).toBe(429);
    expect(json(answer).error).toMatchObject({ message: expect.any(String) });
  });
});

describe("what a chat cannot be asked", () => {
  test.each([
    ["suffix", { prompt: "a", suffix: "z" }],
    ["echo", { prompt: "a", echo: true }],
    ["best_of", { prompt: "a", best_of: 3 }],
    ["logprobs", { prompt: "a", logprobs: 0 }],
    ["prompt", { prompt: ["a", "b"] }],
    ["prompt", { prompt: [1, 2] }],
    ["prompt", { prompt: [[1, 2]] }],
  ])("%s is 400 unsupported_feature", async (param, body) => {
    const answer = await complete("messages", body);
    expect(answer.status).toBe(400);
    expect(json(answer).error).toMatchObject({ code: "unsupported_feature", param });
    expect(rig.simulator.journal.entries).toHaveLength(0);
  });

  test("said in the way that asks for nothing, it is harmless", async () => {
    const body = { prompt: "[[say x]]", suffix: null, echo: false, best_of: 1, logprobs: null, n: 1 };
    expect((await complete("messages", body)).status).toBe(200);
    expect(JSON.stringify(asked())).not.toMatch(/suffix|echo|best_of|logprobs/);
  });

  test.each([[undefined], [null], [[]], [7], [{}], [[null]]])("the prompt %j is 400", async (prompt) => {
    const answer = await complete("messages", { prompt });
    expect(answer.status).toBe(400);
    expect(json(answer).error).toMatchObject({ param: "prompt" });
  });
});

describe("targets of which only some have completions", () => {
  test("are asked as chats, so that each may follow the other", async () => {
    const body = { model: "either", prompt: "[[say here]]", max_tokens: 50 };
    const answer = await send(rig.gateway.url, { path: "/v1/completions", body });
    expect(json(answer)).toMatchObject({ object: "text_completion", choices: [{ text: "here" }] });
    expect(rig.simulator.journal.last()?.url).toBe("/v1/chat/completions");
  });

  test("are left to those that have them, where a chat cannot be asked that", async () => {
    const body = { model: "both", prompt: "[[say here]]", suffix: "end" };
    const answer = await send(rig.gateway.url, { path: "/v1/completions", body });
    expect(json(answer).choices[0].text).toContain("here");
    expect(rig.simulator.journal.last()?.url).toBe("/v1/completions");
  });
});

test("a body that is no JSON, or has no model, is 400 as everywhere", async () => {
  expect((await send(rig.gateway.url, { path: "/v1/completions", raw: "no" })).status).toBe(400);
  expect((await send(rig.gateway.url, { path: "/v1/completions", body: { prompt: "x" } })).status).toBe(400);
  const unknown = await send(rig.gateway.url, { path: "/v1/completions", body: { model: "no/body", prompt: "x" } });
  expect(unknown.status).toBe(404);
});
