import { describe, expect, test } from "vitest";
import { buildSnapshot } from "../../catalogue/snapshot.ts";
import { holdSnapshot } from "../../catalogue/snapshot-holder.ts";
import { parseConfig } from "../../config/load.ts";
import { barePlace } from "./bare-place.ts";

const providers = Object.fromEntries(
  ["openai", "anthropic", "google-ai-studio", "groq", "deepseek", "cohere", "voyage", "deepinfra", "openrouter"].map(
    (id) => [id, { credentials: [`the-credential-of-${id}`] }],
  ),
);
const environment = {};
const sources = { environment, readFile: () => "" };
const loaded = parseConfig(JSON.stringify({ providers }), { name: "test.yaml", folder: ".", sources });
const snapshot = holdSnapshot(buildSnapshot(loaded, { environment, keys: [] })).current();

function placeOf(id: string, rest: string, query = "") {
  const provider = snapshot.providers.get(id);
  if (provider === undefined) throw new Error(`There is no ${id}.`);
  const { url, call, place } = barePlace(provider, { rest, query });
  return { url: url.href, kind: call.kind, auth: place.auth.kind, call };
}

describe("a path is appended to the provider's root, as the vendor's documents write it", () => {
  test.each([
    ["openai", "/v1/files", "https://api.openai.com/v1/files"],
    ["anthropic", "/v1/messages/batches", "https://api.anthropic.com/v1/messages/batches"],
    ["google-ai-studio", "/v1beta/files", "https://generativelanguage.googleapis.com/v1beta/files"],
    ["google-ai-studio", "/upload/v1beta/files", "https://generativelanguage.googleapis.com/upload/v1beta/files"],
    ["groq", "/v1/batches", "https://api.groq.com/openai/v1/batches"],
    ["deepseek", "/user/balance", "https://api.deepseek.com/user/balance"],
    ["openrouter", "/v1/credits", "https://openrouter.ai/api/v1/credits"],
    ["voyage", "/v1/multimodalembeddings", "https://api.voyageai.com/v1/multimodalembeddings"],
  ])("%s%s", (id, rest, expected) => {
    expect(placeOf(id, rest)).toMatchObject({ url: expected, kind: "unknown" });
  });
});

describe("what is known of a path is read by its own dialect, and let in by its own rules", () => {
  test.each([
    ["openai", "/v1/chat/completions", "https://api.openai.com/v1/chat/completions", "generate", "bearer"],
    ["openai", "/v1/responses", "https://api.openai.com/v1/responses", "generate", "bearer"],
    ["openai", "/v1/responses/input_tokens", "https://api.openai.com/v1/responses/input_tokens", "count", "bearer"],
    ["openai", "/v1/embeddings", "https://api.openai.com/v1/embeddings", "operation", "bearer"],
    ["openai", "/v1/moderations", "https://api.openai.com/v1/moderations", "operation", "bearer"],
    ["anthropic", "/v1/messages", "https://api.anthropic.com/v1/messages", "generate", "header"],
    ["anthropic", "/v1/messages/count_tokens", "https://api.anthropic.com/v1/messages/count_tokens", "count", "header"],
    ["deepseek", "/v1/messages", "https://api.deepseek.com/anthropic/v1/messages", "generate", "header"],
    ["deepseek", "/anthropic/v1/messages", "https://api.deepseek.com/anthropic/v1/messages", "generate", "header"],
    ["deepseek", "/chat/completions", "https://api.deepseek.com/chat/completions", "generate", "bearer"],
    ["cohere", "/v2/embed", "https://api.cohere.com/v2/embed", "operation", "bearer"],
    ["cohere", "/v2/rerank", "https://api.cohere.com/v2/rerank", "operation", "bearer"],
    ["voyage", "/v1/embeddings", "https://api.voyageai.com/v1/embeddings", "operation", "bearer"],
    ["deepinfra", "/chat/completions", "https://api.deepinfra.com/v1/openai/chat/completions", "generate", "bearer"],
  ])("%s%s", (id, rest, ...[url, kind, auth]) => {
    expect(placeOf(id, rest)).toMatchObject({ url, kind, auth });
  });

  test("a model in the path is decoded, and its method tells whether it streams", () => {
    const at = (method: string) => placeOf("google-ai-studio", `/v1beta/models/a%2Fb:${method}`).call;
    expect(at("generateContent")).toMatchObject({ kind: "generate", model: "a/b", stream: false });
    expect(at("streamGenerateContent")).toMatchObject({ kind: "generate", model: "a/b", stream: true });
    expect(at("countTokens")).toEqual({ kind: "count" });
    expect(at("somethingNew")).toEqual({ kind: "unknown" });
  });
});

test("the query goes on as it is", () => {
  expect(placeOf("openai", "/v1/files", "limit=2&after=x%2Fy").url).toBe(
    "https://api.openai.com/v1/files?limit=2&after=x%2Fy",
  );
});
