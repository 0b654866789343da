import type { CanonicalRequest, Tool, ToolChoice } from "@signalbox/protocol";
import { describe, expect, it } from "vitest";
import { searchToolName, withSearchTool } from "./search-tool.ts";

const read: Tool = { type: "function", name: "read" };
const hosted: Tool = {
  type: "hosted",
  dialect: "openai-responses",
  definition: { type: "web_search" },
  webSearch: {},
};

const asking = (tools: readonly Tool[], toolChoice?: ToolChoice): CanonicalRequest => ({
  model: "m",
  stream: false,
  instructions: [{ type: "text", text: "Be brief." }],
  messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
  tools,
  sampling: {},
  ...(toolChoice === undefined ? {} : { toolChoice }),
});

const offer = { name: "web_search", first: true, last: false, turns: [], takesNone: true };

/** Names of the tools, and the choice. */
const offered = (request: CanonicalRequest, more: Partial<typeof offer> = {}) => {
  const { tools, toolChoice } = withSearchTool(request, { ...offer, ...more });
  return { tools: tools.map((tool) => (tool.type === "function" ? tool.name : tool.type)), toolChoice };
};

describe("withSearchTool", () => {
  it("stands in the place of the vendor's search, behind the client's tools", () => {
    expect(offered(asking([hosted, read]))).toEqual({ tools: ["read", "web_search"], toolChoice: undefined });
  });

  it("says the same bytes of itself every time, and nothing in the system prompt", () => {
    const request = asking([read]);
    const once = withSearchTool(request, offer);
    expect(JSON.stringify(once)).toBe(JSON.stringify(withSearchTool(request, offer)));
    expect(once.instructions).toBe(request.instructions);
  });

  it("leaves on the last step: the client's tools alone, or no call at all", () => {
    expect(offered(asking([read]), { last: true, first: false })).toEqual({ tools: ["read"], toolChoice: undefined });
    const alone = { tools: ["web_search"], toolChoice: { type: "none" } };
    expect(offered(asking([]), { last: true, first: false })).toEqual(alone);
    expect(offered(asking([]), { last: true, first: false, takesNone: false })).toEqual({
      ...alone,
      toolChoice: undefined,
    });
  });

  it.each<readonly [ToolChoice, ToolChoice | undefined]>([
    [{ type: "auto" }, { type: "auto" }],
    [{ type: "required" }, { type: "required" }],
    [
      { type: "required", allowed: ["read"] },
      { type: "required", allowed: ["read", "web_search"] },
    ],
    [
      { type: "allowed", allowed: ["read"] },
      { type: "allowed", allowed: ["read", "web_search"] },
    ],
    [
      { type: "tool", name: "read" },
      { type: "tool", name: "read" },
    ],
    [{ type: "none" }, undefined],
  ])("keeps the client's choice %j", (choice, kept) => {
    expect(offered(asking([read], choice)).toolChoice).toEqual(kept);
    const last = offered(asking([read], choice), { first: false, last: true });
    expect(last.toolChoice).toEqual(choice.type === "none" ? { type: "none" } : choice);
  });

  it.each<ToolChoice>([
    { type: "hosted", dialect: "openai-responses", definition: { type: "web_search" } },
    { type: "required" },
  ])("is called first where the client said %j of its vendor's search, and as the model likes afterwards", (choice) => {
    expect(offered(asking([hosted], choice)).toolChoice).toEqual({ type: "tool", name: "web_search" });
    expect(offered(asking([hosted], choice), { first: false }).toolChoice).toBeUndefined();
  });
});

describe("searchToolName", () => {
  it("is none that the client's tools have", () => {
    const named = (...names: readonly string[]) =>
      searchToolName(asking(names.map((name) => ({ type: "function", name }))));
    expect(named("read")).toBe("web_search");
    expect(named("web_search")).toBe("gateway_web_search");
    expect(named("web_search", "gateway_web_search", "gateway_web_search_2")).toBe("gateway_web_search_3");
  });
});
