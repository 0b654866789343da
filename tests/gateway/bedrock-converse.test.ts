import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, type Rig, send, startRig } from "./support.ts";

const MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreProviders: (url) => ({
      aws: { credentials: ["a-bedrock-key"], endpoints: { "bedrock-converse": { baseUrl: url } } },
      refused: { credentials: ["bad-bedrock-key"], endpoints: { "bedrock-converse": { baseUrl: url } } },
      signed: {
        auth: { awsSigv4: { region: "us-east-1" } },
        credentials: [{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "the-secret-access-key" }],
        endpoints: { "bedrock-converse": { baseUrl: url } },
      },
    }),
    models: { backed: { targets: [`refused/${MODEL}`, `aws/${MODEL}`] } },
  });
});
afterAll(() => rig.close());

const DIALECTS = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"] as const;
const asked = () => rig.simulator.journal.last();

describe.each(DIALECTS)("a client of %s", (dialect) => {
  test.each([false, true])("is answered by Converse (streamed: %s)", async (stream) => {
    const answer = await send(rig.gateway.url, ask(dialect, `aws/${MODEL}`, { text: "[[say all aboard]]", stream }));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(stream ? "aboard" : "all aboard");
    const path = `/model/${encodeURIComponent(MODEL)}/${stream ? "converse-stream" : "converse"}`;
    expect(asked()).toMatchObject({ url: path, complete: true });
    expect(asked()?.json).not.toHaveProperty("model");
    expect(asked()?.headers.authorization).toBe("Bearer a-bedrock-key");
  });

  test("is told of a stream that breaks off before its end", async () => {
    const text = "[[fault cut-before-end]] [[text 30]]";
    const answer = await send(rig.gateway.url, ask(dialect, `aws/${MODEL}`, { text, stream: true }));
    expect(answer.text).toMatch(/error/i);
    expect(rig.log.at(-1)).toMatchObject({ error: "upstream_truncated" });
  });

  test("is told of an exception within the stream", async () => {
    const text = "[[fault error-after=6]] [[text 60]]";
    const answer = await send(rig.gateway.url, ask(dialect, `aws/${MODEL}`, { text, stream: true }));
    expect(answer.text).toContain("Bedrock is unable to process your request.");
  });
});

test("requests are signed for whoever has AWS keys", async () => {
  const answer = await send(rig.gateway.url, ask("openai-chat", `signed/${MODEL}`, { text: "hi", stream: false }));
  expect(answer.status).toBe(200);
  expect(asked()?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/bedrock\/aws4_request, /,
  );
});

test("a key that Bedrock does not know falls back to the next target", async () => {
  const answer = await send(rig.gateway.url, ask("anthropic-messages", "backed", { text: "[[say hi]]", stream: true }));
  expect(answer.status).toBe(200);
  expect(answer.text).toContain("hi");
});

test("thinking and a tool's result go through two turns of Anthropic's client, signature and all", async () => {
  const tools = [
    { name: "add", description: "Adds", input_schema: { type: "object", properties: { a: { type: "integer" } } } },
  ];
  const prompt = { role: "user", content: '[[think a plan]] [[tool add {"a": 1}]]' };
  const fields = { model: `aws/${MODEL}`, max_tokens: 4096, thinking: { type: "enabled", budget_tokens: 1024 }, tools };
  const call = (messages: readonly unknown[]) =>
    send(rig.gateway.url, { path: "/v1/messages", body: { ...fields, messages } });
  const first = JSON.parse((await call([prompt])).text);
  expect(first.content.map(({ type }: { type: string }) => type)).toEqual(["thinking", "tool_use"]);
  const result = { type: "tool_result", tool_use_id: first.content[1].id, content: "3" };
  const second = await call([
    prompt,
    { role: "assistant", content: first.content },
    { role: "user", content: [result] },
  ]);
  expect(second.status).toBe(200);
  expect(second.text).toContain("Tool said: 3");
  expect(JSON.stringify(asked()?.json)).toContain('"signature"');
});

test("cache breakpoints reach Bedrock, and what they save is told", async () => {
  const system = [{ type: "text", text: "a long prefix ".repeat(60), cache_control: { type: "ephemeral", ttl: "1h" } }];
  const body = { model: `aws/${MODEL}`, max_tokens: 64, system, messages: [{ role: "user", content: "one" }] };
  const usage = async () => JSON.parse((await send(rig.gateway.url, { path: "/v1/messages", body })).text).usage;
  const written = (await usage()).cache_creation.ephemeral_1h_input_tokens;
  expect(written).toBeGreaterThan(100);
  expect(await usage()).toMatchObject({ cache_read_input_tokens: written, cache_creation_input_tokens: 0 });
});

test("betas that Bedrock knows reach Claude from the client's header", async () => {
  const body = { model: `aws/${MODEL}`, max_tokens: 64, messages: [{ role: "user", content: "one" }] };
  const headers = { "anthropic-beta": "never-heard-of-2020-01-01,interleaved-thinking-2025-05-14" };
  await send(rig.gateway.url, { path: "/v1/messages", body, headers });
  expect(asked()?.json).toMatchObject({
    additionalModelRequestFields: { anthropic_beta: ["interleaved-thinking-2025-05-14"] },
  });
});

test("a prompt that is too long is told in the client's own words", async () => {
  const text = "[[fault context-overflow]]";
  const answer = await send(rig.gateway.url, ask("openai-chat", `aws/${MODEL}`, { text, stream: false }));
  expect(answer.status).toBe(400);
  expect(answer.text).toContain("context_length_exceeded");
});
