import { describe, expect, test } from "vitest";
import { ConfigError } from "../config/issues.ts";
import { fromEnvironment, parseConfig } from "../config/load.ts";
import type { Environment } from "../config/secret.ts";
import { modelFacts } from "./catalogue.ts";
import { listModels } from "./list-models.ts";
import { ownersOfModel } from "./owners.ts";
import { withSimulator } from "./simulator.ts";
import { buildSnapshot, type Snapshot } from "./snapshot.ts";
import { holdSnapshot } from "./snapshot-holder.ts";

function snapshot(text: string, environment: Environment = {}): Snapshot {
  const sources = { environment, readFile: () => "" };
  const loaded = parseConfig(text, { name: "signalbox.yaml", folder: "/", sources });
  return buildSnapshot(loaded, { environment, keys: [] });
}

function fromVariables(environment: Environment): Snapshot {
  return buildSnapshot(fromEnvironment("/", environment), { environment, keys: [] });
}

/** The targets of a bare name. */
const askedFor = (from: Snapshot, name: string) =>
  ownersOfModel(from, name).map(({ provider, model }) => `${provider.id}/${model}`);

function complaint(text: string, environment: Environment = {}): string {
  try {
    snapshot(text, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

describe("without a file", () => {
  test("the providers are those whose keys are in the environment", () => {
    const found = fromVariables({
      ANTHROPIC_API_KEY: "sk-ant",
      GOOGLE_API_KEY: "g",
      OPENAI_BASE_URL: "https://elsewhere",
    });
    expect([...found.providers.keys()].sort()).toEqual(["anthropic", "google-ai-studio"]);
    expect(found.simulator).toBe(false);
    expect(found.providers.get("anthropic")?.credentials.map(({ id }) => id)).toEqual(["anthropic#1"]);
    expect(found.providers.get("anthropic")?.endpoints["anthropic-messages"]).toMatchObject({
      baseUrl: "https://api.anthropic.com",
      auth: { kind: "header", name: "x-api-key" },
      privateAllowed: false,
    });
  });

  test("an empty variable is none, and with none the simulator stands in", () => {
    const found = fromVariables({ OPENAI_API_KEY: "  " });
    expect(found.providers.size).toBe(0);
    expect(found.simulator).toBe(true);
  });

  test("a base URL in the environment is not taken: it may be of another tool", () => {
    const found = fromVariables({ OPENAI_API_KEY: "sk", OPENAI_BASE_URL: "https://elsewhere.example" });
    expect(found.providers.get("openai")?.endpoints["openai-chat"]?.baseUrl).toBe("https://api.openai.com/v1");
  });

  test.each([
    ["127.0.0.1:9999", "http://127.0.0.1:9999/v1"],
    ["0.0.0.0", "http://127.0.0.1:11434/v1"],
    ["https://ollama.example", "https://ollama.example/v1"],
  ])("Ollama joins when OLLAMA_HOST says %s, without a key", (host, baseUrl) => {
    const ollama = fromVariables({ OLLAMA_HOST: host }).providers.get("ollama");
    expect(ollama?.endpoints["openai-chat"]).toMatchObject({ baseUrl, auth: { kind: "none" }, privateAllowed: true });
  });
});

describe("with a file", () => {
  test("an empty list of credentials means that callers bring theirs, and not the environment's", () => {
    const providers = "providers: { openai: { credentials: [] }, groq: {}, ollama: { credentials: [] } }";
    const found = snapshot(providers, { OPENAI_API_KEY: "k", GROQ_API_KEY: "k" });
    expect(found.providers.get("openai")).toMatchObject({ credentials: [], callersBring: true });
    expect(found.providers.get("groq")?.callersBring).toBeUndefined();
    // A server of one's own needs no key at all.
    expect(found.providers.get("ollama")?.callersBring).toBeUndefined();
  });

  test("a known provider needs its credentials only, or takes them from its variable", () => {
    const found = snapshot("providers: { openai: { credentials: [a, b] }, groq: {} }", { GROQ_API_KEY: "k" });
    expect(found.providers.get("openai")?.credentials.map(({ id }) => id)).toEqual(["openai#1", "openai#2"]);
    expect(found.providers.get("groq")?.credentials[0]?.reveal()).toBe("k");
  });

  test("the file's word stands over the built-in data, field by field", () => {
    const found = snapshot(`
providers:
  openai:
    credentials: [a]
    headers: { OpenAI-Organization: org-1 }
    timeouts: { totalMs: 7 }
    endpoints:
      openai-chat: { baseUrl: http://10.0.0.1/v1, quirks: { stopLimit: 2 } }
`);
    const openai = found.providers.get("openai");
    expect(openai?.endpoints["openai-chat"]).toMatchObject({ baseUrl: "http://10.0.0.1/v1", privateAllowed: true });
    expect(openai?.endpoints["openai-chat"]?.quirks).toMatchObject({
      maxTokensField: "max_completion_tokens",
      stopLimit: 2,
    });
    expect(openai?.endpoints["openai-responses"]).toMatchObject({
      baseUrl: "https://api.openai.com/v1",
      privateAllowed: false,
    });
    expect(openai?.endpoints["openai-chat"]?.headers.get("openai-organization")?.reveal()).toBe("org-1");
    expect(openai?.timeouts).toEqual({ totalMs: 7 });
  });

  test("an alias names the same provider, also in targets", () => {
    const found = snapshot(
      "providers: { gemini: { credentials: [a] } }\nmodels: { f: { targets: [google/gemini-3.8-flash] } }",
    );
    expect([...found.providers.keys()]).toEqual(["google-ai-studio"]);
    expect(found.models.get("f")?.targets[0]?.provider).toBe("google-ai-studio");
    expect(complaint("providers: { gemini: { credentials: [a] }, google: { credentials: [b] } }")).toContain(
      "signalbox.yaml:1:44: providers.google: is the same provider as gemini",
    );
  });

  test("a server of one's own is authenticated as its dialects are, or not at all", () => {
    const found = snapshot(`
providers:
  lab:  { auth: none, endpoints: { openai-chat: { baseUrl: "http://127.0.0.1:1/v1" } }, models: [m] }
  mine: { credentials: [k], endpoints: { anthropic-messages: { baseUrl: "http://127.0.0.1:2" } } }
`);
    expect(found.providers.get("lab")).toMatchObject({ anyModel: false, builtIn: false, credentials: [] });
    const messages = found.providers.get("mine")?.endpoints["anthropic-messages"];
    expect(messages?.auth).toEqual({ kind: "header", name: "x-api-key" });
    expect(messages?.headers.get("anthropic-version")?.reveal()).toBe("2023-06-01");
    expect(found.providers.get("mine")?.anyModel).toBe(true);
  });

  test("a local server needs nothing but its name", () => {
    const vllm = snapshot("providers: { vllm: {} }").providers.get("vllm");
    expect(vllm?.endpoints["openai-chat"]?.auth).toEqual({ kind: "none" });
    const keyed = snapshot("providers: { vllm: { credentials: [k] } }").providers.get("vllm");
    expect(keyed?.endpoints["openai-chat"]?.auth).toEqual({ kind: "bearer" });
  });

  test("Azure takes its address from the file", () => {
    const azure = snapshot(
      "providers: { azure: { credentials: [k], endpoints: { openai-responses: { baseUrl: https://r.openai.azure.com/openai/v1 } } } }",
    ).providers.get("azure");
    expect(Object.keys(azure?.endpoints ?? {})).toEqual(["openai-responses"]);
    expect(azure?.endpoints["openai-responses"]?.auth).toEqual({ kind: "azure" });
  });

  test.each([
    [
      "a missing key",
      "providers:\n  openai: {}\n",
      "signalbox.yaml:2:3: providers.openai: needs credentials: write credentials: [env:OPENAI_API_KEY]",
    ],
    [
      "no endpoint",
      "providers: { lab: { credentials: [k] } }",
      "providers.lab: is no built-in provider: it needs endpoints",
    ],
    [
      "an account where a key is taken",
      "providers: { openai: { credentials: [{ accessKeyId: k, secretAccessKey: s }] } }",
      "providers.openai.credentials[0]: is an account of a cloud, and this provider takes a key",
    ],
    ["a misspelt provider", "providers: { opnai: { credentials: [k] } }", "(did you mean openai?)"],
    ["no address", "providers: { azure: { credentials: [k] } }", "https://RESOURCE.openai.azure.com/openai/v1"],
    [
      "no base URL",
      "providers: { lab: { auth: none, endpoints: { gemini: {} } } }",
      "providers.lab.endpoints.gemini: needs a baseUrl",
    ],
    [
      "a target without its provider",
      "providers: { vllm: {} }\nmodels:\n  a: { targets: [openai/gpt-5] }",
      'signalbox.yaml:3:18: models.a.targets[0]: there is no provider "openai" here',
    ],
    [
      "a target that its provider does not list",
      "providers: { vllm: { models: [x] } }\nmodels: { a: { targets: [vllm/y] } }",
      'lists no model "y"',
    ],
  ])("complains of %s", (_what, text, expected) => {
    expect(complaint(text)).toContain(expected);
  });
});

describe("models", () => {
  const both = () =>
    snapshot(
      "providers: { anthropic: { credentials: [a] }, openrouter: { credentials: [b] }, openai: { credentials: [c] } }",
    );

  test("a bare name belongs to those that list it, else to its family's maker", () => {
    expect(askedFor(both(), "claude-opus-5")).toEqual(["anthropic/claude-opus-5"]);
    expect(askedFor(both(), "claude-opus-9-20300101")).toEqual(["anthropic/claude-opus-9-20300101"]);
    expect(askedFor(both(), "gpt-7-mini")).toEqual(["openai/gpt-7-mini"]);
    expect(askedFor(both(), "gemini-3.8-flash")).toEqual([]);
    expect(askedFor(both(), "no-such-model")).toEqual([]);
  });

  test("a bare name that nobody knows goes to a server of one's own that takes any", () => {
    const found = snapshot("providers: { lab: { auth: none, endpoints: { openai-chat: { baseUrl: http://h/v1 } } } }");
    expect(askedFor(found, "my-finetune")).toEqual(["lab/my-finetune"]);
  });

  test("are listed under every name that can be called, each once", () => {
    const found = snapshot(
      "providers: { anthropic: { credentials: [a] } }\nmodels: { best: { displayName: Best, targets: [anthropic/claude-opus-5] } }",
    );
    const listed = listModels(found);
    const ids = listed.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(["best", "claude-haiku-4-5", "anthropic/claude-haiku-4-5"]));
    expect(listed[0]).toMatchObject({ id: "best", owner: "signalbox", displayName: "Best", contextTokens: 1_000_000 });
    expect(listed.find(({ id }) => id === "anthropic/claude-haiku-4-5")).toMatchObject({
      owner: "anthropic",
      displayName: "Claude Haiku 4.5",
      contextTokens: 200_000,
      maxOutputTokens: 64_000,
      created: Date.parse("2025-10-15") / 1000,
    });
  });

  test.each([
    ["anthropic", "claude-opus-4-1", "budget"],
    ["anthropic", "claude-sonnet-4-5-20250929", "budget"],
    ["anthropic", "claude-opus-4-6", "adaptive"],
    ["anthropic", "claude-sonnet-4-6-20260101", "adaptive"],
    ["anthropic", "claude-opus-5-5", "adaptive"],
    ["anthropic", "claude-3-5-haiku-latest", "none"],
    ["anthropic", "claude-3-7-sonnet-20250219", "budget"],
    ["openrouter", "anthropic/claude-opus-4.6", "adaptive"],
    ["openai", "gpt-5-mini", "effort"],
    ["openai", "gpt-6-astra", "effort"],
    ["openai", "o4-mini", "effort"],
    ["openai", "gpt-4o", "none"],
    ["openai", "gpt-4.1-mini", "none"],
    ["google-ai-studio", "gemini-2.5-pro", "budget"],
    ["google-ai-studio", "gemini-3.1-pro-preview", "level"],
    ["fireworks", "accounts/fireworks/models/gpt-oss-120b", "effort"],
    ["lab", "my-model", undefined],
  ])("%s/%s is told to think by %s", (id, model, reasoning) => {
    expect(modelFacts({ id, models: new Map() }, model).reasoning).toBe(reasoning);
  });

  test("what the configuration says of a model is the last word", () => {
    const lab = { id: "lab", models: new Map([["gpt-5", { id: "gpt-5", contextTokens: 9 }]]) };
    expect(modelFacts(lab, "gpt-5")).toEqual({
      contextTokens: 9,
      maxOutputTokens: 128_000,
      reasoning: "effort",
      webSearch: true,
    });
  });
});

test("with the simulator every dialect is there and any name is answered", () => {
  const found = withSimulator(fromVariables({}), "http://127.0.0.1:9");
  expect(Object.keys(found.providers.get("simulator")?.endpoints ?? {})).toHaveLength(4);
  expect(askedFor(found, "claude-opus-5")).toEqual(["simulator/claude-opus-5"]);
  expect(listModels(found)[0]).toMatchObject({ id: "default" });
  expect(found.simulator).toBe(true);
});

test("a holder swaps whole snapshots and tells who asked", () => {
  const first = fromVariables({});
  const second = fromVariables({ OPENAI_API_KEY: "k" });
  const holder = holdSnapshot(first);
  const seen: Snapshot[] = [];
  const stop = holder.subscribe((next) => seen.push(next));
  holder.swap(second);
  stop();
  holder.swap(first);
  expect(seen).toEqual([second]);
  expect(holder.current()).toBe(first);
});
