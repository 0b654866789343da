import { describe, expect, test } from "vitest";
import { buildSnapshot } from "../../packages/gateway/src/catalogue/snapshot.ts";
import { defaultTimeouts } from "../../packages/gateway/src/config/defaults.ts";
import { ConfigError } from "../../packages/gateway/src/config/issues.ts";
import { parseConfig } from "../../packages/gateway/src/config/load.ts";
import type { SurfaceDialect } from "../../packages/gateway/src/config/quirks.ts";
import type { Environment } from "../../packages/gateway/src/config/secret.ts";
import type { ResolvedProvider } from "../../packages/gateway/src/providers/resolved.ts";
import { planAttempts } from "../../packages/gateway/src/routing/plan.ts";
import { callUrl } from "../../packages/gateway/src/upstream/endpoint-url.ts";

function provider(id: string, settings: unknown, environment: Environment = {}): ResolvedProvider {
  const sources = { environment, readFile: () => "" };
  const text = JSON.stringify({ providers: { [id]: settings } });
  const loaded = parseConfig(text, { name: "test.yaml", folder: "/", sources });
  const found = buildSnapshot(loaded, { environment, keys: [] }).providers.get(id);
  if (found === undefined) throw new Error("The provider is not there.");
  return found;
}

function complaint(id: string, settings: unknown): string {
  try {
    provider(id, settings);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

/** In which dialect a client's request for a model goes on, and where. */
function way(of: ResolvedProvider, model: string, { dialect = "openai-chat", stream = false }: Asking = {}): string {
  const target = { provider: of, model, timeouts: { ...defaultTimeouts, ...of.timeouts }, reason: "" };
  const turns = { lastUsed: () => undefined, chance: () => 0.5 };
  const [attempt] = planAttempts([target], { dialect, obstacle: () => undefined, ...turns });
  if (attempt === undefined) throw new Error("There is no way.");
  const { endpoint } = attempt;
  return `${endpoint.dialect} ${callUrl(endpoint, { operation: "generate", model, stream }).href}`;
}

interface Asking {
  readonly dialect?: SurfaceDialect;
  readonly stream?: boolean;
}

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret-access-key" };

describe("Bedrock, by its region", () => {
  const bedrock = provider("bedrock", { region: "us-east-1", credentials: [keys] });
  const runtime = "https://bedrock-runtime.us-east-1.amazonaws.com";

  test.each<[string, Asking, string]>([
    [
      "us.anthropic.claude-opus-4-6-v1",
      {},
      `anthropic-messages ${runtime}/model/us.anthropic.claude-opus-4-6-v1/invoke`,
    ],
    [
      "anthropic.claude-haiku-4-5-20251001-v1:0",
      { dialect: "anthropic-messages", stream: true },
      `anthropic-messages ${runtime}/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream`,
    ],
    [
      "arn:aws:bedrock:us-east-1:1234:inference-profile/global.anthropic.claude-opus-5",
      {},
      `anthropic-messages ${runtime}/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1234%3Ainference-profile%2Fglobal.anthropic.claude-opus-5/invoke`,
    ],
    ["amazon.nova-lite-v1:0", {}, `bedrock-converse ${runtime}/model/amazon.nova-lite-v1%3A0/converse`],
    [
      "eu.amazon.nova-lite-v1:0",
      { dialect: "anthropic-messages", stream: true },
      `bedrock-converse ${runtime}/model/eu.amazon.nova-lite-v1%3A0/converse-stream`,
    ],
    [
      "arn:aws:bedrock:us-east-1:1234:application-inference-profile/abc",
      { dialect: "anthropic-messages" },
      `bedrock-converse ${runtime}/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1234%3Aapplication-inference-profile%2Fabc/converse`,
    ],
    ["openai.gpt-oss-120b-1:0", {}, `openai-chat ${runtime}/openai/v1/chat/completions`],
    [
      "openai.gpt-oss-120b-1:0",
      { dialect: "gemini" },
      `bedrock-converse ${runtime}/model/openai.gpt-oss-120b-1%3A0/converse`,
    ],
  ])("%s %j", (model, asking, expected) => {
    expect(way(bedrock, model, asking)).toBe(expected);
  });

  test("signs for that region, is in it, and takes keys from the environment", () => {
    expect(bedrock.region).toBe("us-east-1");
    const variables = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "s" };
    const found = provider("bedrock", {}, { ...variables, AWS_SESSION_TOKEN: "t" });
    expect(found.endpoints["bedrock-converse"]).toMatchObject({
      baseUrl: "https://bedrock-runtime.eu-west-1.amazonaws.com",
      auth: { kind: "aws-sigv4", region: "eu-west-1" },
      privateAllowed: false,
    });
    const text = '{"accessKeyId":"AKID","secretAccessKey":"s","sessionToken":"t"}';
    expect(found.credentials.map(({ reveal }) => reveal())).toEqual([text]);
    const keyed = provider("bedrock", {}, { ...variables, AWS_BEARER_TOKEN_BEDROCK: "ABSK" });
    expect(keyed.credentials.map(({ reveal }) => reveal())).toEqual(["ABSK"]);
  });

  test("may stand at an address of one's own", () => {
    const endpoints = { "anthropic-messages": { baseUrl: "http://127.0.0.1:8080" } };
    const own = provider("bedrock", { region: "us-east-1", credentials: [keys], endpoints });
    expect(way(own, "anthropic.claude-3")).toBe(
      "anthropic-messages http://127.0.0.1:8080/model/anthropic.claude-3/invoke",
    );
    expect(own.endpoints["anthropic-messages"]).toMatchObject({ privateAllowed: true, auth: { region: "us-east-1" } });
  });

  test("who writes addresses gets those, whatever region the environment names", () => {
    const endpoints = {
      "anthropic-messages": { baseUrl: "https://bedrock-mantle.us-east-1.api.aws/anthropic" },
    };
    const mantle = provider("bedrock", { credentials: ["ABSK"], region: "us", endpoints }, { AWS_REGION: "us-west-2" });
    expect(Object.keys(mantle.endpoints)).toEqual(["anthropic-messages"]);
    expect(way(mantle, "anthropic.claude-opus-5")).toBe(
      "anthropic-messages https://bedrock-mantle.us-east-1.api.aws/anthropic/v1/messages",
    );
    expect(mantle.region).toBe("us");
  });

  test("says what is missing", () => {
    expect(complaint("bedrock", { credentials: [keys] })).toContain("needs region, or endpoints, such as openai-chat");
  });
});

describe("Vertex AI, by project and location", () => {
  const account = { serviceAccount: '{"type":"service_account","client_email":"a","private_key":"b"}' };
  const at = (location: string) => provider("vertex", { project: "my-project", location, credentials: [account] });

  test.each<[string, Asking, string]>([
    [
      "gemini-3-flash",
      { stream: true },
      "gemini https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5/publishers/google/models/gemini-3-flash:streamGenerateContent?alt=sse",
    ],
    [
      "gemini-3-flash",
      { dialect: "anthropic-messages" },
      "gemini https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5/publishers/google/models/gemini-3-flash:generateContent",
    ],
    [
      "claude-haiku-4-5@20251001",
      { dialect: "gemini" },
      "anthropic-messages https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5/publishers/anthropic/models/claude-haiku-4-5@20251001:rawPredict",
    ],
    [
      "meta/llama-4-maverick-maas",
      { dialect: "anthropic-messages" },
      "openai-chat https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5/endpoints/openapi/chat/completions",
    ],
  ])("%s %j", (model, asking, expected) => {
    expect(way(at("us-east5"), model, asking)).toBe(expected);
  });

  test.each([
    ["global", "https://aiplatform.googleapis.com"],
    ["eu", "https://aiplatform.eu.rep.googleapis.com"],
    ["us", "https://aiplatform.us.rep.googleapis.com"],
    ["europe-west4", "https://europe-west4-aiplatform.googleapis.com"],
  ])("%s is at %s", (location, baseUrl) => {
    expect(at(location).endpoints.gemini?.baseUrl).toBe(baseUrl);
    expect(at(location).region).toBe(location);
  });

  test("express mode has neither", () => {
    const express = provider("vertex", { credentials: ["AIzaKey"] });
    expect(way(express, "gemini-3-flash")).toBe(
      "gemini https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-3-flash:generateContent",
    );
    expect(express.region).toBeUndefined();
  });

  test("a part of an address cannot hold more than its name", () => {
    expect(complaint("vertex", { project: "a/b", location: "x", credentials: [account] })).toContain("vertex.project");
    expect(complaint("vertex", { project: "a", location: "evil.example/", credentials: [account] })).toContain(
      "vertex.location",
    );
  });
});

describe("Azure OpenAI, by its resource", () => {
  const azure = (more: object) => provider("azure", { credentials: ["key"], ...more });

  test.each<[string, object, string, Asking, string]>([
    [
      "v1",
      { resource: "my-res" },
      "gpt-5",
      { dialect: "openai-chat" },
      "openai-chat https://my-res.openai.azure.com/openai/v1/chat/completions",
    ],
    [
      "v1 for others",
      { resource: "my-res" },
      "gpt-5",
      { dialect: "anthropic-messages" },
      "openai-responses https://my-res.openai.azure.com/openai/v1/responses",
    ],
    [
      "Claude",
      { resource: "my-res" },
      "claude-opus-5",
      { dialect: "openai-chat" },
      "anthropic-messages https://my-res.services.ai.azure.com/anthropic/v1/messages",
    ],
    [
      "deployments",
      { resource: "my-res", apiVersion: "2024-10-21" },
      "my-gpt",
      { dialect: "openai-responses" },
      "openai-chat https://my-res.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21",
    ],
    [
      "deployments at an address of one's own",
      { apiVersion: "2024-10-21", endpoints: { "openai-chat": { baseUrl: "http://127.0.0.1:9/openai" } } },
      "my-gpt",
      {},
      "openai-chat http://127.0.0.1:9/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21",
    ],
  ])("%s", (_what, ...[settings, model, asking, expected]) => {
    expect(way(azure(settings), model, asking)).toBe(expected);
  });

  test("deployments take what else is asked of them by the same version", () => {
    const { operations } = azure({ resource: "my-res", apiVersion: "2024-10-21" });
    expect(operations.embeddings).toMatchObject({
      baseUrl: "https://my-res.openai.azure.com/openai",
      path: "/deployments/{model}/embeddings?api-version=2024-10-21",
    });
  });
});

test("an account where no place of the provider takes one is refused by name", () => {
  expect(complaint("openai", { credentials: [keys] })).toContain("providers.openai.credentials[0]: is an account");
  expect(complaint("azure", { resource: "r", credentials: [keys] })).toContain("providers.azure.credentials[0]");
});
