import { describe, expect, test } from "vitest";
import { scanObject, spliceTopLevel } from "./splice.ts";
import { stripPaths } from "./strip.ts";

function strip(text: string, paths: readonly string[]) {
  const bytes = new TextEncoder().encode(text);
  const scan = scanObject(bytes);
  const { edits, removed } = stripPaths(bytes, scan, paths);
  return { text: new TextDecoder().decode(spliceTopLevel(bytes, scan, edits)), removed };
}

describe("stripPaths", () => {
  test("a field at the top is removed", () => {
    expect(strip(`{"model":"m","context_management":{}}`, ["context_management"])).toEqual({
      text: `{"model":"m"}`,
      removed: ["context_management"],
    });
  });

  test("a field of every tool is removed, whatever the vendor's schema calls the kind of tool", () => {
    const text = `{"tools":[{"name":"a","defer_loading":true},{"name":"b"}]}`;
    expect(strip(text, ["tools.*.custom.defer_loading"])).toEqual({
      text: `{"tools":[{"name":"a"},{"name":"b"}]}`,
      removed: ["tools.*.custom.defer_loading"],
    });
  });

  test("a name in snake_case finds the field in camelCase", () => {
    const text = `{"generationConfig":{"topK":1,"topP":2}}`;
    expect(strip(text, ["generation_config.top_k"]).text).toBe(`{"generationConfig":{"topP":2}}`);
  });

  test("what is not there is not reported as removed", () => {
    const text = `{"model":"m"}`;
    expect(strip(text, ["verbosity", "tools.*.strict"])).toEqual({ text, removed: [] });
  });

  test("every byte beside it stays: numbers that no double holds, spaces, escapes", () => {
    const text = `{ "messages" : [ {"role":"user", "content":[{"type":"text","text":"h\\u00e9","cache_control":{"type":"ephemeral", "scope":"global"}} , {"n":12345678901234567890, "x":1e2}]} ] }`;
    expect(strip(text, ["messages.*.content.*.cache_control.scope"]).text).toBe(text.replace(`, "scope":"global"`, ""));
  });

  test("several paths in one member are removed together", () => {
    const text = `{"tools":[{"strict":true,"name":"a","defer_loading":true}],"output_config":{"effort":"low","task_budget":{}}}`;
    const { text: left, removed } = strip(text, [
      "tools.*.strict",
      "tools.*.defer_loading",
      "output_config.task_budget",
    ]);
    expect(left).toBe(`{"tools":[{"name":"a"}],"output_config":{"effort":"low"}}`);
    expect(removed).toHaveLength(3);
  });

  test("what a tool was called with is not looked into", () => {
    const text = `{"messages":[{"content":[{"type":"tool_use","input":{"cache_control":{"scope":"x"}}}]}]}`;
    expect(strip(text, ["messages.*.content.*.cache_control.scope"])).toEqual({ text, removed: [] });
  });
});
