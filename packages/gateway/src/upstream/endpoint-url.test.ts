import { expect, test } from "vitest";
import type { ResolvedEndpoint } from "../providers/resolved.ts";
import { callUrl, encodedModel } from "./endpoint-url.ts";

const place = { auth: { kind: "none" }, headers: new Map(), privateAllowed: false, quirks: {}, paths: {} } as const;
const bedrock: ResolvedEndpoint = {
  ...place,
  baseUrl: "https://bedrock-runtime.us-east-1.amazonaws.com",
  dialect: "anthropic-messages",
  host: "bedrock",
};
const vertex: ResolvedEndpoint = {
  ...place,
  baseUrl: "https://aiplatform.googleapis.com/v1/projects/p/locations/global",
  dialect: "anthropic-messages",
  host: "vertex",
};
const anthropic: ResolvedEndpoint = {
  ...place,
  baseUrl: "https://api.anthropic.com",
  dialect: "anthropic-messages",
};
const azure: ResolvedEndpoint = {
  ...place,
  baseUrl: "https://r.openai.azure.com/openai",
  dialect: "openai-chat",
  paths: { generate: "/deployments/{model}/chat/completions?api-version=2024-10-21" },
};

const asked = { operation: "generate", model: "claude-opus-4-6", stream: false } as const;

test("a client's query goes on to Anthropic itself, and to no cloud: theirs know none of it", () => {
  const call = { ...asked, query: "beta=true" };
  expect(callUrl(anthropic, call).search).toBe("?beta=true");
  expect(callUrl(vertex, call).search).toBe("");
  expect(callUrl(bedrock, call).search).toBe("");
});

test("what the configured path says stands above what a client's query says of the same", () => {
  const url = callUrl(azure, { ...asked, query: "api-version=2020-01-01&x=1&x=2" });
  expect(url.search).toBe("?api-version=2024-10-21&x=1&x=2");
});

test("a model's name is encoded at Bedrock as AWS's own libraries encode it", () => {
  const url = callUrl(bedrock, { ...asked, model: "us.anthropic.it's(a)!*" });
  expect(url.pathname).toBe("/model/us.anthropic.it%27s%28a%29%21%2A/invoke");
});

test("a name that is no text is no model's", () => {
  expect(() => encodedModel("a\uD800")).toThrow(expect.objectContaining({ code: "model_not_found" }));
});
