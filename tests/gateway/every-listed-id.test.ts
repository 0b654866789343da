import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ability } from "../../packages/gateway/src/catalogue/operation-families.ts";
import { FORM_TYPE, field, file, form, wav } from "./audio-support.ts";
import { ask, type Call, type Rig, send, startRig } from "./support.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

const PICTURE = Buffer.concat([
  Buffer.from(
    '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n',
  ),
  PNG,
  Buffer.from("\r\n"),
]);

/** Built-in providers with everything that the catalogue lists of them, all of them played by the simulator. */
function providers(url: string) {
  const credentials = ["a-key-of-a-vendor"];
  const openai = { baseUrl: `${url}/v1` };
  const chat = { credentials, endpoints: { "openai-chat": openai } };
  return {
    openai: { credentials, endpoints: { "openai-chat": openai, "openai-responses": openai } },
    anthropic: { credentials, endpoints: { "anthropic-messages": { baseUrl: url } } },
    "google-ai-studio": { credentials, endpoints: { gemini: { baseUrl: url }, "openai-chat": openai } },
    mistral: chat,
    groq: { ...chat, endpoints: { ...chat.endpoints, "openai-responses": openai } },
    xai: { credentials, endpoints: { "openai-chat": openai, "openai-responses": openai } },
    cohere: {
      ...chat,
      operations: {
        embeddings: { format: "cohere", baseUrl: url },
        rerank: { format: "cohere", baseUrl: url },
      },
    },
    voyage: {
      credentials,
      operations: {
        embeddings: { format: "voyage", baseUrl: `${url}/voyage/v1` },
        rerank: { format: "voyage", baseUrl: `${url}/voyage/v1` },
      },
    },
    jina: {
      credentials,
      operations: {
        embeddings: { format: "openai", ...openai },
        rerank: { format: "cohere", baseUrl: url },
      },
    },
  };
}

const calls: { readonly [A in Ability]: (model: string) => Call } = {
  generate: (model) => ask("openai-chat", model, { text: "hello", stream: false }),
  embeddings: (model) => ({ path: "/v1/embeddings", body: { model, input: "hello" } }),
  rerank: (model) => ({ path: "/v1/rerank", body: { model, query: "a", documents: ["a", "b"] } }),
  images: (model) => ({ path: "/v1/images/generations", body: { model, prompt: "a hat" } }),
  "image-edits": (model) => ({
    path: "/v1/images/edits",
    raw: Buffer.concat([PICTURE, form(field("model", model), field("prompt", "a red hat"))]),
    headers: FORM_TYPE,
  }),
  speech: (model) => ({ path: "/v1/audio/speech", body: { model, input: "hello", voice: "alloy" } }),
  transcription: (model) => heard("transcriptions", model),
  translation: (model) => heard("translations", model),
  moderation: (model) => ({ path: "/v1/moderations", body: { model, input: "hello" } }),
  completions: (model) => ({ path: "/v1/completions", body: { model, prompt: "hello" } }),
};

function heard(what: string, model: string): Call {
  return { path: `/v1/audio/${what}`, raw: form(field("model", model), file(wav(1), "a.wav")), headers: FORM_TYPE };
}

interface Listed {
  readonly id: string;
  readonly operations: readonly Ability[];
}

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreProviders: providers,
    models: { vectors: { targets: ["openai/text-embedding-3-small"] } },
  });
});
afterAll(() => rig.close());

async function listed(text = ""): Promise<readonly Listed[]> {
  const answer = await send(rig.gateway.url, { path: `/v1/models${text}`, method: "GET" });
  return JSON.parse(answer.text).data;
}

const skipped = (id: string): boolean => /^(dead|keyed)\//.test(id) || id === "m" || id === "sim-model";

test("every id that is listed answers what it is listed for", { timeout: 60_000 }, async () => {
  const models = (await listed()).filter(({ id }) => !skipped(id));
  expect(models.length).toBeGreaterThan(200);
  const asked = new Set<Ability>();
  for (const { id, operations } of models) {
    expect(operations, id).not.toEqual([]);
    for (const operation of operations) {
      asked.add(operation);
      const answer = await send(rig.gateway.url, calls[operation](id));
      expect(answer.status, `${operation} of ${id}: ${answer.text.slice(0, 300)}`).toBe(200);
    }
  }
  expect([...asked].sort()).toEqual(
    Object.keys(calls)
      .filter((name) => name !== "completions")
      .sort(),
  );
});

test("every id of a filtered list, of Inworld's and of Gemini's is one of them", async () => {
  const all = new Set((await listed()).map(({ id }) => id));
  const vectors = await listed("?output_modalities=embeddings");
  expect(vectors.length).toBeGreaterThan(10);
  for (const { id, operations } of vectors) expect([all.has(id), operations]).toEqual([true, ["embeddings"]]);
  const inworld = JSON.parse((await send(rig.gateway.url, { path: "/llm/v1alpha/models", method: "GET" })).text);
  for (const { provider, model } of inworld.models) expect(all.has(`${provider}/${model}`)).toBe(true);
  const gemini = await send(rig.gateway.url, { path: "/v1beta/models?pageSize=1000", method: "GET" });
  for (const { name } of JSON.parse(gemini.text).models) expect(all.has(name.slice("models/".length))).toBe(true);
});

test("every id of Gemini's list is embedded or answers by the methods that it names", { timeout: 60_000 }, async () => {
  const answer = await send(rig.gateway.url, { path: "/v1beta/models?pageSize=1000", method: "GET" });
  const content = { parts: [{ text: "hello" }] };
  const bodies: Readonly<Record<string, unknown>> = {
    generateContent: { contents: [{ role: "user", ...content }] },
    embedContent: { content },
    predict: { instances: [{ prompt: "a hat" }], parameters: { sampleCount: 1 } },
  };
  for (const { name, supportedGenerationMethods } of JSON.parse(answer.text).models) {
    if (skipped(name.slice("models/".length))) continue;
    for (const method of supportedGenerationMethods.filter((known: string) => known in bodies)) {
      const result = await send(rig.gateway.url, { path: `/v1beta/${name}:${method}`, body: bodies[method] });
      expect(result.status, `${method} of ${name}: ${result.text.slice(0, 300)}`).toBe(200);
    }
  }
});

test("who offers a model is told, and the count is that of the list", async () => {
  const answer = await send(rig.gateway.url, { path: "/api/v1/models/voyage/rerank-2.5/endpoints", method: "GET" });
  expect(JSON.parse(answer.text).data).toMatchObject({ id: "voyage/rerank-2.5", endpoints: [{ tag: "voyage" }] });
  const count = await send(rig.gateway.url, { path: "/v1/models/count?output_modalities=rerank", method: "GET" });
  expect(JSON.parse(count.text).data.count).toBe((await listed("?output_modalities=rerank")).length);
  const missing = await send(rig.gateway.url, { path: "/v1/models/nobody/nothing/endpoints", method: "GET" });
  expect(missing.status).toBe(404);
});

test.each<[Ability, string, string]>([
  ["generate", "text-embedding-3-small", "conversations"],
  ["embeddings", "gpt-5-mini", "embeddings"],
  ["rerank", "voyage/voyage-4", "ranking"],
  ["images", "whisper-1", "image generation"],
  ["speech", "claude-haiku-4-5", "speech"],
  ["moderation", "vectors", "moderation"],
])("%s of %s is refused with what it lacks, and who has it", async (operation, model, words) => {
  const answer = await send(rig.gateway.url, calls[operation](model));
  const { error } = JSON.parse(answer.text);
  expect([answer.status, error.code], answer.text).toEqual([400, "unsupported_feature"]);
  const names = /^The model '(.+)' does no (.+)\. These do: (.+?)(?:, and \d+ more)?\.$/.exec(error.message) ?? [];
  expect(names.slice(1, 3), error.message).toEqual([model, words]);
  const [first = ""] = names[3]?.split(", ") ?? [];
  expect((await send(rig.gateway.url, calls[operation](first))).status).toBe(200);
});

test("a name that nobody has is not found, whatever it is asked for", async () => {
  const unknown = await send(rig.gateway.url, calls.embeddings("nobody/has-this"));
  expect([unknown.status, JSON.parse(unknown.text).error.code]).toEqual([404, "model_not_found"]);
});
