import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KEY, type Rig, startRig } from "./support.ts";

let rig: Rig;
const MODELS = ["embedder"];

beforeAll(async () => {
  rig = await startRig({
    moreProviders: (url) => ({
      gem: {
        auth: "none",
        models: MODELS,
        endpoints: { gemini: { baseUrl: url } },
        operations: { embeddings: { format: "gemini" } },
      },
      ranker: {
        auth: "none",
        models: MODELS,
        operations: {
          embeddings: { format: "cohere", baseUrl: url },
          rerank: { format: "cohere", baseUrl: url },
        },
      },
      sailor: {
        auth: "none",
        models: MODELS,
        operations: {
          embeddings: { format: "voyage", baseUrl: `${url}/voyage/v1` },
          rerank: { format: "voyage", baseUrl: `${url}/voyage/v1` },
        },
      },
      tidy: {
        auth: "none",
        models: MODELS,
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
        operations: { embeddings: { format: "openai", fields: { user: null } } },
      },
      silent: {
        auth: "none",
        models: MODELS,
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
        operations: { embeddings: false },
      },
    }),
    models: {
      backed: { targets: ["dead/sim-model", "chat/sim-model"] },
      mixed: { targets: ["silent/embedder", "gem/embedder"] },
    },
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(rig.gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, json: JSON.parse(text), text };
}

const request = { input: ["a cat", "a dog"], dimensions: 4 };
const upstream = () => rig.simulator.journal.last()?.json;

describe("embeddings", () => {
  test("go to OpenAI's API as they came, but for the model's name", async () => {
    const answer = await post("/v1/embeddings", { model: "chat/sim-model", ...request, user: "u-1" });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ object: "list", model: "sim-model", usage: { prompt_tokens: 4 } });
    expect(answer.json.data.map((row: { embedding: number[] }) => row.embedding.length)).toEqual([4, 4]);
    expect(upstream()).toEqual({ model: "sim-model", ...request, user: "u-1" });
    expect(answer.headers.get("x-signalbox-lane")).toBe("passthrough");
  });

  test.each(["gem", "ranker", "sailor", "tidy"])("are the same vectors through %s", async (provider) => {
    const own = await post("/v1/embeddings", { model: "chat/sim-model", ...request });
    const other = await post("/v1/embeddings", { model: `${provider}/embedder`, ...request, user: "u-1" });
    expect(other.status).toBe(200);
    expect(other.json.data).toEqual(own.json.data);
    expect(other.json.usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
    expect(other.headers.get("x-signalbox-lane")).toBe("translate");
    expect(other.headers.get("x-signalbox-dropped")).toBe("user");
  });

  test.each(["chat/sim-model", "gem/embedder", "ranker/embedder", "sailor/embedder"])(
    "come as base64 from %s where that is asked",
    async (model) => {
      const asked = { model, input: "a cat", dimensions: 4 };
      const floats = await post("/v1/embeddings", asked);
      const letters = await post("/v1/embeddings", { ...asked, encoding_format: "base64" });
      const bytes = Buffer.from(letters.json.data[0].embedding, "base64");
      expect([0, 4, 8, 12].map((at) => bytes.readFloatLE(at))).toEqual(floats.json.data[0].embedding);
    },
  );

  test("are asked for in Gemini's dialect, one and many, of any provider", async () => {
    const content = { parts: [{ text: "a cat" }] };
    const one = await post("/v1beta/models/gem/embedder:embedContent", { content, outputDimensionality: 4 });
    expect(one.json.embedding.values).toHaveLength(4);
    const requests = ["a cat", "a dog"].map((text) => ({
      model: "models/chat/sim-model",
      content: { parts: [{ text }] },
      outputDimensionality: 4,
    }));
    const many = await post("/v1beta/models/chat/sim-model:batchEmbedContents", { requests });
    expect(many.json.embeddings[0].values).toEqual(one.json.embedding.values);
    expect(many.json.usageMetadata).toEqual({ promptTokenCount: 4 });
  });

  test("fall back, and pass over providers that make none", async () => {
    const backed = await post("/v1/embeddings", { model: "backed", ...request });
    expect([backed.status, backed.headers.get("x-signalbox-attempts")]).toEqual([200, "2"]);
    const mixed = await post("/v1/embeddings", { model: "mixed", ...request });
    expect([mixed.status, mixed.headers.get("x-signalbox-provider")]).toEqual([200, "gem"]);
  });

  test("are in the ledger with their tokens", async () => {
    const answer = await post("/v1/embeddings", { model: "chat/sim-model", ...request });
    const id = answer.headers.get("x-signalbox-generation-id");
    const generation = await fetch(`${rig.gateway.url}/v1/generation?id=${id}`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(await generation.json()).toMatchObject({ data: { tokens_prompt: 4, tokens_completion: 0 } });
  });

  test.each([
    ["input", {}],
    ["input", { input: [] }],
    ["input.0", { input: [null] }],
    ["dimensions", { input: "a", dimensions: 0 }],
    ["dimensions", { input: "a", dimensions: 1.5 }],
    ["encoding_format", { input: "a", encoding_format: "hex" }],
    ["input_type", { input: "a", input_type: "poem" }],
  ])("without a good %s are refused before anyone is asked", async (param, body) => {
    const answer = await post("/v1/embeddings", { model: "chat/sim-model", ...body });
    expect([answer.status, answer.json.error.param]).toEqual([400, param]);
    expect(rig.simulator.journal.length).toBe(0);
  });

  test("of unknown dimensions are refused in the upstream's own words", async () => {
    const answer = await post("/v1/embeddings", { model: "chat/sim-model", input: "a", dimensions: 9999 });
    expect(answer.status).toBe(400);
    expect(answer.json.error.message).toContain("Must be less than or equal to 3072");
  });

  test("of tokens are refused where only text can be said", async () => {
    const answer = await post("/v1/embeddings", { model: "gem/embedder", input: [1, 2, 3] });
    expect([answer.status, answer.json.error.code]).toEqual([400, "unsupported_feature"]);
  });

  test("of a provider without any name what it lacks", async () => {
    const answer = await post("/v1/embeddings", { model: "silent/embedder", input: "a" });
    expect([answer.status, answer.json.error.code]).toEqual([400, "unsupported_feature"]);
    expect(answer.json.error.message).toContain("'silent/embedder' does no embeddings. ");
    expect(answer.json.error.message).toContain("These do: embedder, ranker/embedder, sailor/embedder.");
  });
});

describe("ranking", () => {
  const asked = { query: "red fox", documents: ["a blue bird", "the red fox", { text: "a fox" }], top_n: 2 };

  test.each(["chat/sim-model", "ranker/embedder", "sailor/embedder"])("is the same through %s", async (model) => {
    const answer = await post("/v2/rerank", { model, ...asked, return_documents: true });
    expect(answer.status).toBe(200);
    expect(answer.json.results).toEqual([
      { index: 1, relevance_score: 1, document: { text: "the red fox" } },
      { index: 2, relevance_score: 0.5, document: { text: "a fox" } },
    ]);
  });

  test("without documents is refused", async () => {
    const answer = await post("/v1/rerank", { model: "chat/sim-model", query: "x", documents: [] });
    expect([answer.status, answer.json.error.param]).toEqual([400, "documents"]);
  });
});

test("a client that leaves takes its upstream with it", async () => {
  const leaving = new AbortController();
  rig.simulator.faults.push("hang");
  const asked = fetch(`${rig.gateway.url}/v1/embeddings`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "chat/sim-model", input: "a" }),
    signal: leaving.signal,
  });
  const seen = rig.simulator.journal.waitFor(({ faults }) => faults.some(({ type }) => type === "hang"));
  await seen;
  leaving.abort();
  await expect(asked).rejects.toThrow();
  const entry = await rig.simulator.journal.waitFor(({ aborted }) => aborted);
  expect(entry.complete).toBe(false);
});
