import { describe, expect, it } from "vitest";
import { parseConfig } from "./load.ts";

const sources = { environment: {}, readFile: () => "" };

const load = (webSearch: unknown) =>
  parseConfig(JSON.stringify({ webSearch }), { name: "test.yaml", folder: ".", sources });

describe("the search engines of a configuration", () => {
  it.each([
    [{ engines: { searxng: {} } }, "write the baseUrl of an instance"],
    [{ engines: { brave: {} } }, "the engine needs a key"],
    [{ engine: "exa", engines: { brave: { key: "k" } } }, "'exa' is not among the engines"],
  ])("%j lacks something", (webSearch, problem) => {
    expect(() => load(webSearch)).toThrow(problem);
  });

  it.each([
    { engines: { searxng: { baseUrl: "http://127.0.0.1:8080" } } },
    { engine: "exa", engines: { exa: { key: "k" }, tavily: { baseUrl: "http://10.0.0.1/tavily" } } },
    { maxSteps: 5 },
  ])("%j is enough", (webSearch) => {
    expect(() => load(webSearch)).not.toThrow();
  });
});
