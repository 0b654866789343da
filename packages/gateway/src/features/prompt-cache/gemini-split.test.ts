import type { JsonObject } from "@signalbox/protocol";
import { describe, expect, it } from "vitest";
import { cacheAddress } from "./cache-address.ts";
import { behindCache, contentsOf, creationBody, wirePrefix } from "./gemini-split.ts";

const say = (role: string, text: string): JsonObject => ({ role, parts: [{ text }] });
const body: JsonObject = {
  systemInstruction: { parts: [{ text: "Be brief." }] },
  tools: [{ functionDeclarations: [{ name: "read" }] }],
  toolConfig: { functionCallingConfig: { mode: "AUTO" } },
  generationConfig: { temperature: 1 },
  contents: [say("user", "one"), say("model", "two"), say("user", "three")],
};

describe("a request behind an explicit cache", () => {
  const prefix = wirePrefix(body, 1);
  if (prefix === undefined) throw new Error("There is no prefix.");

  it("says nothing of what the cache holds", () => {
    expect(behindCache(body, prefix, "cachedContents/1")).toEqual({
      generationConfig: { temperature: 1 },
      cachedContent: "cachedContents/1",
      contents: [say("model", "two"), say("user", "three")],
    });
  });

  it("is whole together with it", () => {
    const { model, ttl, ...held } = creationBody(body, prefix, { model: "models/m", ttlSeconds: 300 });
    expect({ model, ttl }).toEqual({ model: "models/m", ttl: "300s" });
    const { cachedContent: _, contents, ...rest } = behindCache(body, prefix, "n");
    expect({ ...rest, ...held, contents: [held["contents"], contents].flat() }).toEqual(body);
  });
});

describe("a prefix", () => {
  it("is told by all that the cache would hold, and by nothing else", () => {
    const key = wirePrefix(body, 1)?.key;
    expect(wirePrefix({ ...body, generationConfig: {} }, 1)?.key).toBe(key);
    expect(wirePrefix({ ...body, toolConfig: {} }, 1)?.key).not.toBe(key);
    expect(wirePrefix(body, 2)?.key).not.toBe(key);
  });

  it("leaves something to ask, and a client's own cache alone", () => {
    expect(wirePrefix(body, 3)).toBeUndefined();
    expect(wirePrefix({ ...body, cachedContent: "cachedContents/own" }, 1)).toBeUndefined();
  });

  it("ends between contents", () => {
    expect(contentsOf({ contents: [say("user", "one")] }, body)).toBe(1);
    expect(contentsOf({ contents: [say("user", "on")] }, body)).toBeUndefined();
  });
});

it.each([
  ["/v1beta/models/{model}:generateContent", "/v1beta/cachedContents", "models/m"],
  [
    "/v1/projects/p/locations/l/publishers/google/models/{model}:generateContent",
    "/v1/projects/p/locations/l/cachedContents",
    "projects/p/locations/l/publishers/google/models/m",
  ],
])("%s has its caches at %s", (generate, path, model) => {
  expect(cacheAddress(generate, "m")).toEqual({ path, model });
});

it("knows of no caches at Vertex in express mode", () => {
  expect(cacheAddress("/v1/publishers/google/models/{model}:generateContent", "m")).toBeUndefined();
});
