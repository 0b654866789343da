import { describe, expect, test } from "vitest";
import { dialectAuth } from "./define.ts";
import { definitionOf, providerAliases, providerDefinitions } from "./index.ts";

describe("the built-in providers", () => {
  test("are many, and each has names of its own", () => {
    expect(providerDefinitions.length).toBeGreaterThanOrEqual(25);
    const names = providerDefinitions.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
  });

  test.each(providerDefinitions.map((definition) => [definition.id, definition] as const))("%s", (_id, definition) => {
    expect(definition.docsUrl).toMatch(/^https:\/\//);
    expect(definition.checked).toMatch(/^\d{4}-\d\d-\d\d$/);
    const { endpoints, operations = {} } = definition;
    expect(Object.keys({ ...endpoints, ...operations }).length).toBeGreaterThan(0);
    for (const { baseUrl } of Object.values(operations)) {
      if (baseUrl !== undefined) expect(baseUrl).toMatch(/^https:\/\/[^?]*[^/]$/);
      // Without an address of its own it goes where conversations go.
      else expect(Object.keys(endpoints).length).toBeGreaterThan(0);
    }
    for (const variable of definition.keyVariables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]+$/);
    for (const [dialect, { baseUrl }] of Object.entries(definition.endpoints)) {
      expect(Object.keys(dialectAuth)).toContain(dialect);
      if (baseUrl === undefined) {
        expect(definition.baseUrlExample).toBeDefined();
        continue;
      }
      expect(baseUrl).toMatch(definition.local === undefined ? /^https:\/\// : /^http:\/\/127\.0\.0\.1:/);
      expect(baseUrl).not.toMatch(/\/$|\/(chat|messages|responses)\b/);
      // The Anthropic and Gemini SDKs append the version themselves.
      if (dialect === "anthropic-messages" || dialect === "gemini") expect(baseUrl).not.toMatch(/\/v1(beta)?$/);
    }
  });

  test("share no key variable: one key must not start two vendors", () => {
    const variables = providerDefinitions.flatMap(({ keyVariables }) => keyVariables);
    expect(new Set(variables).size).toBe(variables.length);
  });

  test("are found by their aliases", () => {
    expect(definitionOf("gemini")?.id).toBe("google-ai-studio");
    expect(providerAliases.get("google")).toBe("google-ai-studio");
    expect(providerAliases.has("openai")).toBe(false);
    expect(definitionOf("nobody")).toBeUndefined();
  });

  test("speak every dialect that their vendor documents", () => {
    const dialectsOf = (id: string) => Object.keys(definitionOf(id)?.endpoints ?? {}).sort();
    expect(dialectsOf("google-ai-studio")).toEqual(["gemini", "openai-chat"]);
    for (const id of ["openrouter", "deepseek", "minimax", "moonshot", "dashscope", "fireworks", "ollama", "vllm"]) {
      expect(dialectsOf(id), id).toEqual(["anthropic-messages", "openai-chat", "openai-responses"]);
    }
  });

  test.each([
    ["openai", "openai-responses"],
    ["azure", "openai-responses"],
    ["xai", "openai-responses"],
    ["minimax", "anthropic-messages"],
    ["deepseek", "openai-chat"],
    ["google-ai-studio", "gemini"],
  ])("%s answers clients of other dialects in the one that says most: %s", (id, dialect) => {
    expect(Object.keys(definitionOf(id)?.endpoints ?? {})[0]).toBe(dialect);
  });
});
