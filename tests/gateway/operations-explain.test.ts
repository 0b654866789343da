import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Rig, send, startRig } from "./support.ts";

let rig: Rig;

beforeAll(async () => {
  const price = { input: 2, output: 0 };
  rig = await startRig({
    moreProviders: (url) => ({
      one: {
        auth: "none",
        models: [{ id: "embedder", price }],
        operations: { embeddings: { format: "openai", baseUrl: `${url}/v1` } },
      },
      gem: {
        auth: "none",
        models: ["embedder", "painter"],
        endpoints: { gemini: { baseUrl: url } },
        operations: {
          embeddings: { format: "gemini" },
          images: { format: "gemini" },
          "image-edits": { format: "gemini" },
        },
      },
      ranker: { auth: "none", models: ["embedder"], operations: { rerank: { format: "cohere", baseUrl: url } } },
    }),
    models: { both: { targets: ["one/embedder", "gem/embedder", "ranker/embedder"] } },
  });
});
afterAll(() => rig.close());

async function explained(query: string, body: unknown) {
  const answer = await send(rig.gateway.url, { path: `/v1/explain?${query}`, body });
  return { status: answer.status, json: JSON.parse(answer.text) };
}

describe("the plan of what is no conversation", () => {
  test("has its targets, what each is told, and its probable cost, and calls nobody", async () => {
    const body = { model: "both", input: ["abc", "def"], user: "u-1" };
    const { status, json } = await explained("operation=embeddings", body);
    expect([status, rig.simulator.journal.length]).toEqual([200, 0]);
    expect(json).toMatchObject({
      object: "signalbox.plan",
      operation: "embeddings",
      model: "both",
      asked: "model",
      targets: [
        {
          model: "one/embedder",
          provider: "one",
          format: "openai",
          lane: "passthrough",
          dropped: [],
          readiness: { state: "ready" },
          expected_cost: { usd: 0.000004, input_tokens: 2, output_tokens: 0 },
        },
        {
          model: "gem/embedder",
          format: "gemini",
          lane: "translate",
          dropped: [{ feature: "user" }],
          expected_cost: null,
        },
      ],
      rejected: [{ model: "ranker/embedder", reason: expect.stringContaining("embeddings") }],
      request: { input_tokens: 2, output_tokens: 0 },
    });
  });

  test("says who cannot be asked that, and why", async () => {
    const { json } = await explained("operation=embeddings", { model: "both", input: [1, 2, 3] });
    expect(json.targets).toMatchObject([
      { provider: "one", lane: "passthrough" },
      { provider: "gem", refused: expect.stringContaining("tokens") },
    ]);
  });

  test.each([
    ["operation=rerank", { model: "ranker/embedder", query: "a", documents: ["b"] }, "cohere"],
    ["operation=images", { model: "gem/painter", prompt: "a cat" }, "gemini"],
    [
      "operation=image-edits",
      { model: "gem/painter", prompt: "a", images: [{ image_url: "https://a.example" }] },
      "gemini",
    ],
    ["operation=speech", { model: "chat/sim-model", input: "a", voice: "b" }, "openai"],
    ["operation=moderation", { model: "chat/sim-model", input: "a" }, "openai"],
    ["operation=embeddings&dialect=gemini", { model: "one/embedder", content: { parts: [{ text: "a" }] } }, "openai"],
    ["operation=images&dialect=gemini", { model: "gem/painter", instances: [{ prompt: "a" }] }, "gemini"],
    ["operation=embeddings&dialect=anthropic-messages", { model: "one/embedder", input: "a" }, "openai"],
  ])("is told of %s", async (query, body, format) => {
    const { status, json } = await explained(query, body);
    expect([status, json.targets?.[0]?.format]).toEqual([200, format]);
    expect(rig.simulator.journal.length).toBe(0);
  });

  test.each([
    ["operation=embeddings", { model: "one/embedder" }, 400, "input"],
    ["operation=embeddings", { model: "ranker/embedder", input: "a" }, 400, "model"],
    ["operation=nothing", { model: "one/embedder", input: "a" }, 400, "operation"],
    ["operation=transcription", { model: "chat/sim-model" }, 400, "operation"],
    ["operation=__proto__", { model: "one/embedder", input: "a" }, 400, "operation"],
    ["operation=embeddings", { model: "nobodys", input: "a" }, 404, "model"],
  ])("is refused as the request itself: %s %j", async (query, body, ...refused) => {
    const answer = await explained(query, body);
    expect([answer.status, answer.json.error.param]).toEqual(refused);
  });

  test("of a conversation is as it was", async () => {
    const body = { model: "chat/sim-model", messages: [{ role: "user", content: "Hello" }] };
    const { json } = await explained("operation=generate", body);
    expect(json).toMatchObject({ targets: [{ dialect: "openai-chat" }], request: { tools: false } });
  });
});
