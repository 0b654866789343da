import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "./index.ts";
import { at, DIALECTS, PROMPTS, post, readSse } from "./testing/client.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  simulator.journal.clear();
  simulator.faults.clear();
});

const ask = (dialect: keyof typeof PROMPTS, text: string, stream = false) => {
  const { path, body } = PROMPTS[dialect](text, stream);
  return post({ url: simulator.url + path, body });
};

describe.each(DIALECTS)("%s", (dialect) => {
  it("answers a plain prompt with the model's name and an echo", async () => {
    const reply = await ask(dialect, "mind the gap");
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-type")).toBe("application/json");
    expect(reply.text).toContain("Hello from sim-model! You said: mind the gap");
  });

  it("is deterministic", async () => {
    expect((await ask(dialect, "twice [[text 5]]")).text).toBe((await ask(dialect, "twice [[text 5]]")).text);
  });

  it("streams exactly the text events that were asked for", async () => {
    const reply = await ask(dialect, "[[stream 12]]", true);
    expect(reply.headers.get("content-type")).toContain("text/event-stream");
    const texts = readSse(reply.text).filter(({ data }) =>
      /signal|points|track|lever|platform|train|junction|whistle|lamp|timetable/.test(data),
    );
    const deltas = texts.filter(
      ({ event, data }) => (event?.endsWith("delta") ?? true) && !data.includes('"finishReason"'),
    );
    expect(deltas.length).toBe(12);
  });

  it("journals the request with its bytes", async () => {
    await ask(dialect, "note this");
    const entry = simulator.journal.last();
    expect(entry?.dialect).toBe(dialect);
    expect(entry?.body.toString()).toContain("note this");
    expect(entry).toMatchObject({ method: "POST", model: "sim-model", status: 200, aborted: false });
    expect(entry?.bytesSent).toBeGreaterThan(100);
  });

  it("refuses a bad credential as the vendor does", async () => {
    const { path, body } = PROMPTS[dialect]("hi", false);
    const reply = await post({ url: simulator.url + path, body, headers: { authorization: "Bearer bad-key" } });
    expect(reply.status).toBe(401);
  });

  it("refuses what is not JSON", async () => {
    const reply = await post({ url: simulator.url + PROMPTS[dialect]("", false).path, body: '{"model":' });
    expect(reply.status).toBe(400);
  });

  it("sees the client leave an endless stream", async () => {
    const { path, body } = PROMPTS[dialect]("[[endless]]", true);
    const leave = new AbortController();
    const response = await fetch(simulator.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
      body: JSON.stringify(body),
      signal: leave.signal,
    });
    await response.body?.getReader().read();
    leave.abort();
    const entry = await simulator.journal.waitFor((candidate) => candidate.endedAt !== undefined);
    expect(entry.aborted).toBe(true);
    expect(entry.eventsSent).toBeGreaterThan(1);
  });
});

it("does not grow while an endless stream is not read", async () => {
  const { path, body } = PROMPTS["openai-chat"]("[[endless]]", true);
  const text = JSON.stringify(body);
  const socket = connect(simulator.port, "127.0.0.1");
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
  socket.pause();
  const entry = await simulator.journal.waitFor(({ stream }) => stream);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const sent = entry.bytesSent;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(entry.bytesSent).toBe(sent);
  expect(sent).toBeLessThan(32_000_000);
  socket.destroy();
  await simulator.journal.waitFor(({ aborted }) => aborted);
});

it("lists models in the shape that the client speaks", async () => {
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(simulator.url + path, { headers })).json();
  expect(at(await get("/v1/models"), "object")).toBe("list");
  expect(at(await get("/v1/models", { "anthropic-version": "2023-06-01" }), "data", 0, "type")).toBe("model");
  expect(at(await get("/v1beta/models"), "models", 0, "name")).toBe("models/sim-model");
});

it("refuses a bad credential for the list of models too", async () => {
  const get = (path: string, headers: Record<string, string>) => fetch(simulator.url + path, { headers });
  expect((await get("/v1/models", { authorization: "Bearer bad-1" })).status).toBe(401);
  expect((await get("/v1/models", { "anthropic-version": "2023-06-01", "x-api-key": "bad-1" })).status).toBe(401);
  expect((await get("/v1beta/models", { "x-goog-api-key": "bad-1" })).status).toBe(400);
});

it("keeps the journal bounded", async () => {
  const small = await startSimulator({ journalSize: 2 });
  const { path, body } = PROMPTS["openai-chat"]("hi", false);
  for (let count = 0; count < 7; count++) await post({ url: small.url + path, body });
  expect(small.journal.length).toBeLessThanOrEqual(4);
  await small.close();
});

it("asks for HTTP instead of a WebSocket upgrade of /v1/responses", async () => {
  const status = await new Promise<string>((resolve) => {
    const socket = connect(simulator.port, "127.0.0.1");
    socket.write("GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.once("data", (data) => {
      resolve(data.toString().slice(0, 12));
      socket.destroy();
    });
  });
  expect(status).toBe("HTTP/1.1 426");
});

it("serves a dialect under any prefix, and Gemini models with slashes", async () => {
  const chat = PROMPTS["openai-chat"]("hi", false);
  for (const prefix of ["/openai/v1", "/compat/v1", "/v1beta/openai"])
    expect((await post({ url: `${simulator.url}${prefix}/chat/completions`, body: chat.body })).status).toBe(200);
  const { body } = PROMPTS.gemini("hi", false);
  for (const name of ["lab/deep/model", "lab%2Fdeep%2Fmodel"]) {
    const reply = await post({ url: `${simulator.url}/v1/models/${name}:generateContent`, body });
    expect(reply.json["modelVersion"]).toBe("lab/deep/model");
  }
});

it("shows and clears the journal over HTTP", async () => {
  await ask("openai-chat", "hi");
  const entries = await (await fetch(`${simulator.url}/__simulator/journal`)).json();
  expect(at(entries, 0, "model")).toBe("sim-model");
  await fetch(`${simulator.url}/__simulator/journal`, { method: "DELETE" });
  expect(simulator.journal.length).toBe(0);
});

it("counts the same tokens for a prompt as it charges", async () => {
  const { max_tokens: _, stream: __, ...prompt } = PROMPTS["anthropic-messages"]("count me", false).body;
  const counted = await post({ url: `${simulator.url}/v1/messages/count_tokens`, body: prompt });
  const answered = await ask("anthropic-messages", "count me");
  expect(counted.json["input_tokens"]).toBe(at(answered.json, "usage", "input_tokens"));
  const { body } = PROMPTS.gemini("count me", false);
  const gemini = await post({ url: `${simulator.url}/v1beta/models/m:countTokens`, body });
  expect(gemini.json["totalTokens"]).toBeGreaterThan(0);
});
