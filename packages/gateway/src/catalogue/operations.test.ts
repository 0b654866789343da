import { describe, expect, test } from "vitest";
import { parseConfig } from "../config/load.ts";
import type { ProviderModel } from "../config/settings.ts";
import { listModels, modelsFor } from "./list-models.ts";
import { modelRows } from "./models.ts";
import type { Ability } from "./operation-families.ts";
import { callableOperations, lacks, modalitiesOf, operationsOf } from "./operations.ts";
import { ownersOfModel } from "./owners.ts";
import { buildSnapshot, type Snapshot } from "./snapshot.ts";

const provider = (id: string, ...models: readonly ProviderModel[]) => ({
  id,
  models: new Map(models.map((model) => [model.id, model])),
});

function snapshotOf(config: object, environment: Record<string, string> = {}): Snapshot {
  const sources = { environment, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "signalbox.yaml", folder: "/", sources });
  return buildSnapshot(loaded, { environment, keys: [] });
}

const everywhere = snapshotOf(
  {},
  {
    OPENAI_API_KEY: "a",
    GEMINI_API_KEY: "b",
    COHERE_API_KEY: "c",
    VOYAGE_API_KEY: "d",
    MISTRAL_API_KEY: "e",
    GROQ_API_KEY: "f",
    ANTHROPIC_API_KEY: "g",
    JINA_API_KEY: "h",
  },
);

describe("what a model may be asked for", () => {
  test.each<[string, readonly Ability[] | undefined]>([
    ["text-embedding-3-small", ["embeddings"]],
    ["text-embedding-ada-002", ["embeddings"]],
    ["gemini-embedding-001", ["embeddings"]],
    ["mistral-embed", ["embeddings"]],
    ["codestral-embed-2505", ["embeddings"]],
    ["embed-v4.0", ["embeddings"]],
    ["embed-multilingual-v3.0", ["embeddings"]],
    ["voyage-4-lite", ["embeddings"]],
    ["BAAI/bge-m3", ["embeddings"]],
    ["nomic-ai/nomic-embed-text-v1.5", ["embeddings"]],
    ["rerank-2.5", ["rerank"]],
    ["BAAI/bge-reranker-v2-m3", ["rerank"]],
    ["jina-reranker-v3", ["rerank"]],
    ["whisper-1", ["transcription", "translation"]],
    ["whisper-large-v3-turbo", ["transcription"]],
    ["gpt-4o-transcribe", ["transcription"]],
    ["gpt-4o-mini-tts", ["speech"]],
    ["tts-1-hd", ["speech"]],
    ["gemini-2.5-flash-preview-tts", ["generate"]],
    ["gpt-image-2", ["images", "image-edits"]],
    ["dall-e-3", ["images"]],
    ["imagen-4.0-generate-001", ["images"]],
    ["gemini-3-pro-image", ["generate", "images", "image-edits"]],
    ["black-forest-labs/FLUX.1-schnell", ["images"]],
    ["omni-moderation-latest", ["moderation"]],
    ["gpt-3.5-turbo-instruct", ["completions"]],
    ["davinci-002", ["completions"]],
    ["gpt-realtime", []],
    ["gpt-5-mini", ["generate"]],
    ["gpt-audio", ["generate"]],
    ["o3-pro", ["generate"]],
    ["claude-haiku-4-5", ["generate"]],
    ["gemini-3.8-flash", ["generate"]],
    ["meta-llama/llama-4-scout", undefined],
    ["my-own-model", undefined],
  ])("%s: %j", (model, abilities) => {
    expect(operationsOf(provider("x"), model)).toEqual(abilities);
  });

  test("is the operator's word first", () => {
    const lab = provider("lab", { id: "text-embedding-3-small", operations: ["generate", "completions"] });
    expect(operationsOf(lab, "text-embedding-3-small")).toEqual(["generate", "completions"]);
    expect(lacks(lab, "text-embedding-3-small", "embeddings")).toBe(true);
    expect(modalitiesOf(lab, "text-embedding-3-small")).toEqual({ input: ["text"], output: ["text"] });
  });

  test("does not speak against it where it is not known", () => {
    expect(lacks(provider("x"), "my-own-model", "embeddings")).toBe(false);
    expect(lacks(provider("x"), "gpt-5", "embeddings")).toBe(true);
    expect(lacks(provider("x"), "text-embedding-3-small", "generate")).toBe(true);
  });

  test("needs an API of its provider", () => {
    const openai = everywhere.providers.get("openai");
    const anthropic = everywhere.providers.get("anthropic");
    if (openai === undefined || anthropic === undefined) throw new Error("no providers");
    expect(callableOperations(openai, "text-embedding-3-large")).toEqual(["embeddings"]);
    expect(callableOperations(openai, "what-is-this")).toEqual(["generate"]);
    expect(callableOperations(anthropic, "text-embedding-3-large")).toEqual([]);
  });

  test("every row of the catalogue may be asked for something", () => {
    for (const [id, rows] of Object.entries(modelRows)) {
      for (const { id: model } of rows) expect(operationsOf(provider(id), model), model).not.toEqual([]);
    }
  });

  test.each([
    ["embeddings: []", { operations: [] }],
    ["an unknown word", { operations: ["singing"] }],
  ])("%s is refused in a configuration", (_name, fields) => {
    const lab = { auth: "none", endpoints: { "openai-chat": { baseUrl: "http://127.0.0.1:9/v1" } } };
    const config = { providers: { lab: { ...lab, models: [{ id: "m", ...fields }] } } };
    expect(() => snapshotOf(config)).toThrow();
  });
});

describe("what goes in and what comes out", () => {
  test.each([
    ["text-embedding-3-small", ["text"], ["embeddings"]],
    ["embed-v4.0", ["text", "image"], ["embeddings"]],
    ["rerank-v3.5", ["text"], ["rerank"]],
    ["whisper-1", ["audio"], ["text"]],
    ["tts-1", ["text"], ["audio"]],
    ["gpt-image-2", ["text", "image"], ["image"]],
    ["gemini-3-pro-image", ["text", "image"], ["text", "image"]],
    ["gemini-2.5-flash-preview-tts", ["text"], ["audio"]],
    ["gpt-audio", ["text", "audio"], ["text", "audio"]],
    ["omni-moderation-latest", ["text", "image"], ["text"]],
    ["claude-haiku-4-5", ["text", "image", "file"], ["text"]],
    ["gemini-3.8-flash", ["text", "image", "file", "audio"], ["text"]],
    ["my-own-model", ["text"], ["text"]],
  ])("%s: %j to %j", (model, input, output) => {
    expect(modalitiesOf(provider("x"), model)).toEqual({ input, output });
  });
});

describe("who does it", () => {
  test("is told by the names that the caller may send", () => {
    const names = modelsFor(everywhere, "rerank");
    expect(names).toContain("rerank-2.5");
    expect(names).toContain("cohere/rerank-v4.0-pro");
    expect(names).not.toContain("text-embedding-3-small");
    expect(modelsFor(everywhere, "rerank")).toBe(names);
    expect(modelsFor(everywhere, "completions")).toEqual([]);
  });

  test("is only who the caller may reach", () => {
    const reach = {
      target: (_name: string, { id }: { readonly id: string }) => id === "voyage",
      provider: () => true,
      auto: () => false,
      router: () => false,
    };
    const names = modelsFor(everywhere, "embeddings", reach);
    expect(names).toContain("voyage-4");
    expect(names.filter((name) => /openai|cohere|gemini/.test(name))).toEqual([]);
  });

  test.each([
    ["text-embedding-3-small", "openai"],
    ["text-embedding-3-future", "openai"],
    ["whisper-1", "openai"],
    ["gemini-embedding-001", "google-ai-studio"],
    ["mistral-embed", "mistral"],
    ["embed-v4.0", "cohere"],
    ["embed-english-v3.0", "cohere"],
    ["rerank-v3.5", "cohere"],
    ["rerank-2.5", "voyage"],
    ["voyage-law-2", "voyage"],
    ["jina-embeddings-v3", "jina"],
    ["whisper-large-v3", "groq"],
  ])("the bare name %s is %s's", (model, owner) => {
    expect(ownersOfModel(everywhere, model)[0]?.provider.id).toBe(owner);
  });

  test("a public name does what any of its targets does", () => {
    const snapshot = snapshotOf(
      { models: { vectors: { targets: ["openai/text-embedding-3-small"] } } },
      { OPENAI_API_KEY: "a" },
    );
    const listed = listModels(snapshot).find(({ id }) => id === "vectors");
    expect(listed?.abilities).toEqual(["embeddings"]);
    expect(listed?.modalities).toEqual({ input: ["text"], output: ["embeddings"] });
  });
});
