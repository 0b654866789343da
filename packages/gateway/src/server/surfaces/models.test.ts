import { describe, expect, test } from "vitest";
import { buildSnapshot } from "../../catalogue/snapshot.ts";
import { parseConfig } from "../../config/load.ts";
import type { ClientKey } from "../../config/settings.ts";
import type { HealthSnapshot } from "../../routing/health/views.ts";
import { modelEndpoints } from "./model-endpoints.ts";
import { chosenModels, modelList, oneModel } from "./models.ts";
import { offeredModelList } from "./offered-models.ts";

const environment = {
  OPENAI_API_KEY: "a",
  GEMINI_API_KEY: "b",
  COHERE_API_KEY: "c",
  VOYAGE_API_KEY: "d",
  ANTHROPIC_API_KEY: "e",
  GROQ_API_KEY: "f",
};

function snapshotOf(config: object) {
  const sources = { environment, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "signalbox.yaml", folder: "/", sources });
  return buildSnapshot(loaded, { environment, keys: [] });
}

const snapshot = snapshotOf({
  models: {
    vectors: { targets: ["openai/text-embedding-3-small"] },
    shared: { targets: ["openai/gpt-5-mini", "anthropic/claude-haiku-4-5"] },
  },
});
const source = { snapshot, reach: undefined };
const query = (text = "") => new URLSearchParams(text);
const idsOf = (text: string) => chosenModels(source, "openai-chat", query(text)).map(({ id }) => id);

describe("a model in OpenAI's list", () => {
  test("tells what OpenRouter's list tells", () => {
    expect(oneModel(source, "openai-chat", "claude-haiku-4-5")).toMatchObject({
      id: "claude-haiku-4-5",
      object: "model",
      context_length: 200_000,
      architecture: {
        modality: "text+image+file->text",
        input_modalities: ["text", "image", "file"],
        output_modalities: ["text"],
        tokenizer: "Claude",
        instruct_type: null,
      },
      top_provider: { context_length: 200_000, max_completion_tokens: 64_000, is_moderated: false },
      supported_parameters: [
        "max_tokens",
        "tools",
        "tool_choice",
        expect.any(String),
        expect.any(String),
        "reasoning",
        "reasoning_effort",
      ],
      per_request_limits: null,
      pricing: { prompt: "0.000001", completion: "0.000005", web_search: "0.01" },
    });
  });

  test.each([
    ["text-embedding-3-small", "text->embeddings", { prompt: "0.00000002", completion: "0" }],
    ["rerank-v4.0-fast", "text->rerank", { prompt: "0", completion: "0", search_unit: "0.002" }],
    ["whisper-1", "audio->text", { prompt: "0", completion: "0", audio_second: "0.0001" }],
    ["tts-1", "text->audio", { prompt: "0", completion: "0", character: "0.000015" }],
    ["gpt-image-2", "text+image->image", { image_token: "0.000008", image_output: "0.00003" }],
  ])("%s: %s", (id, modality, pricing) => {
    expect(oneModel(source, "openai-chat", id)).toMatchObject({
      architecture: { modality },
      supported_parameters: [],
      pricing,
    });
  });

  test("has no price where none is known, and no price of 0", () => {
    expect(oneModel(source, "openai-chat", "rerank-v3.5")).not.toHaveProperty("pricing");
  });
});

describe("the list is filtered", () => {
  test("by what comes out, and by what goes in", () => {
    const vectors = idsOf("output_modalities=embeddings");
    expect(vectors).toContain("text-embedding-3-small");
    expect(vectors).toContain("vectors");
    expect(vectors).toContain("cohere/embed-v4.0");
    expect(vectors).not.toContain("gpt-5-mini");
    expect(vectors).not.toContain("auto");
    expect(idsOf("output_modalities=image,rerank")).toEqual(expect.arrayContaining(["gpt-image-2", "rerank-2.5"]));
    const heard = idsOf("input_modalities=audio");
    expect(heard).toEqual(expect.arrayContaining(["whisper-1", "gemini-3.8-flash"]));
    expect(heard).not.toContain("tts-1");
  });

  test("by what is supported: all that is named", () => {
    const both = idsOf("supported_parameters=tools,reasoning");
    expect(both).toContain("gpt-5-mini");
    expect(idsOf("supported_parameters=tools&supported_parameters=reasoning")).toEqual(both);
    expect(both).not.toContain("gpt-4o");
    expect(idsOf("supported_parameters=levitation")).toEqual([]);
  });

  test("by provider, aliases too, and by a part of a name", () => {
    const google = idsOf("provider=google");
    expect(google).toContain("gemini-embedding-001");
    expect(google.every((id) => /gemini|gemma/.test(id))).toBe(true);
    expect(idsOf("q=Haiku%204.5")).toContain("claude-haiku-4-5");
    expect(idsOf("q=rerank&provider=voyage")).toEqual(
      expect.arrayContaining(["rerank-2.5", "voyage/rerank-2.5", "voyage/rerank-2.5-lite"]),
    );
  });

  test.each(["", "output_modalities=all", "category=programming", "privacy=0", "q=%20", "provider=,", "sort=price"])(
    "and whole with '%s'",
    (text) => {
      expect(idsOf(text)).toEqual(idsOf(""));
      expect(modelList(source, "openai-chat", query(text))).toBe(modelList(source, "openai-chat", query()));
    },
  );

  test("a very long filter is cut, and harmless", () => {
    expect(idsOf(`supported_parameters=${"x,".repeat(100_000)}`)).toEqual([]);
  });
});

describe("other dialects' lists show what their clients can ask for", () => {
  test("Anthropic's: conversations", () => {
    const { data } = modelList(source, "anthropic-messages", query("limit=1000"));
    const ids = JSON.stringify(data);
    expect(ids).toContain("claude-haiku-4-5");
    expect(ids).not.toContain("text-embedding");
    expect(ids).not.toContain("whisper");
  });

  test.each([
    ["gemini-3.8-flash", ["generateContent", "streamGenerateContent", "countTokens"]],
    ["text-embedding-3-small", ["embedContent", "batchEmbedContents"]],
    ["gpt-image-2", ["predict"]],
    ["gemini-3-pro-image", ["generateContent", "streamGenerateContent", "countTokens", "predict"]],
  ])("Gemini's: %s does %j", (id, methods) => {
    expect(oneModel(source, "gemini", id)).toMatchObject({ supportedGenerationMethods: methods });
  });

  test("Gemini's: nothing that has no method there", () => {
    const { models } = modelList(source, "gemini", query("pageSize=1000"));
    const text = JSON.stringify(models);
    expect(text).toContain("models/embed-v4.0");
    expect(text).not.toContain("rerank");
    expect(text).not.toContain("tts-1");
  });

  test("Inworld's: in and out as they are", () => {
    const key: ClientKey = {
      id: "k",
      name: "k",
      hash: "",
      policies: [],
      credentials: [],
      metadata: {},
      disabled: false,
    };
    const { models } = offeredModelList(snapshot, key);
    expect(models).toContainEqual(
      expect.objectContaining({
        model: "whisper-1",
        provider: "openai",
        spec: expect.objectContaining({ inputModalities: ["audio"], outputModalities: ["text"] }),
      }),
    );
    expect(models).toContainEqual(
      expect.objectContaining({
        model: "gemini-3-pro-image",
        spec: expect.objectContaining({ inputModalities: ["text", "image"], outputModalities: ["text", "image"] }),
      }),
    );
  });
});

describe("who offers a model", () => {
  const budget = { requests: 0, withdrawn: 0, allowed: 0 };
  const health = (...endpoints: HealthSnapshot["endpoints"]): HealthSnapshot => ({
    resting: [],
    endpoints,
    budget,
    hedgeBudget: budget,
  });

  test("is told in OpenRouter's shape, provider by provider", () => {
    const measured = {
      provider: "openai",
      model: "gpt-5-mini",
      state: "open",
      failureShare: 0.25,
      recentAttempts: 8,
      firstTokenMs: 300,
    } as const;
    expect(modelEndpoints(source, "shared", health(measured))).toMatchObject({
      data: {
        id: "shared",
        name: "shared",
        architecture: { modality: expect.stringContaining("->text") },
        endpoints: [
          {
            name: "OpenAI | gpt-5-mini",
            provider_name: "OpenAI",
            tag: "openai",
            context_length: 400_000,
            max_completion_tokens: 128_000,
            pricing: { prompt: "0.00000025", completion: "0.000002" },
            supported_parameters: expect.arrayContaining(["tools"]),
            status: -1,
            uptime_last_30m: 75,
            latency_last_30m: { p50: 300 },
            throughput_last_30m: null,
          },
          { provider_name: "Anthropic", status: 0, uptime_last_30m: null, latency_last_30m: null },
        ],
      },
    });
  });

  test("of a bare name and of a provider's own", () => {
    const endpointsOf = (id: string) => {
      const answer = modelEndpoints(source, id, health());
      return JSON.parse(JSON.stringify(answer?.["data"])).endpoints;
    };
    expect(endpointsOf("text-embedding-3-small")).toHaveLength(1);
    expect(endpointsOf("voyage/rerank-2.5")).toMatchObject([{ tag: "voyage", pricing: { prompt: "0.00000005" } }]);
    expect(endpointsOf("rerank-v3.5")).toMatchObject([{ tag: "cohere", pricing: null }]);
    expect(endpointsOf("auto")).toEqual([]);
    expect(modelEndpoints(source, "nobody", health())).toBeUndefined();
  });

  test("is kept from who may not reach them", () => {
    const reach = {
      target: (_name: string, { id }: { readonly id: string }) => id === "anthropic",
      provider: () => true,
      auto: () => false,
      router: () => false,
    };
    const answer = modelEndpoints({ snapshot, reach }, "shared", health());
    expect(JSON.stringify(answer)).toContain("Anthropic");
    expect(JSON.stringify(answer)).not.toContain("OpenAI");
    expect(modelEndpoints({ snapshot, reach }, "openai/gpt-5-mini", health())).toBeUndefined();
  });
});
