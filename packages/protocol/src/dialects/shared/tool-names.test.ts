import { describe, expect, it } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest, FunctionTool } from "../../ir/request.ts";
import { ANTHROPIC_NAMES, GEMINI_NAMES, OPENAI_NAMES, wireToolName, withWireToolNames } from "./tool-names.ts";
import { shownToolName, toolOfFlatName } from "./tools.ts";

const DOTTED = "files.read/all";
const LONG = "x".repeat(100);
const tool = (name: string, namespace?: string): FunctionTool =>
  namespace === undefined ? { type: "function", name } : { type: "function", name, namespace };
const request = (tools: readonly FunctionTool[], rest: Partial<CanonicalRequest> = {}): CanonicalRequest => ({
  model: "m",
  stream: false,
  instructions: [],
  messages: [],
  tools,
  sampling: {},
  ...rest,
});

describe("a tool's name on the wire", () => {
  it.each([
    ["get_weather", OPENAI_NAMES],
    [LONG, ANTHROPIC_NAMES],
    ["a.b:c-d", GEMINI_NAMES],
  ])("%s is kept where it is taken", (name, rule) => {
    expect(wireToolName(name, rule)).toBe(name);
  });

  it.each([
    [DOTTED, OPENAI_NAMES],
    [LONG, OPENAI_NAMES],
    ["über", ANTHROPIC_NAMES],
    ["3d", GEMINI_NAMES],
    ["", OPENAI_NAMES],
    ["😀".repeat(80), GEMINI_NAMES],
  ])("%s becomes one that is, always the same", (name, rule) => {
    const wire = wireToolName(name, rule);
    expect(wire).toMatch(rule.takes);
    expect(wireToolName(name, rule)).toBe(wire);
    expect(wireToolName(`${name}!`, rule)).not.toBe(wire);
  });
});

describe("a request with names that a dialect does not take", () => {
  const wire = wireToolName(DOTTED, OPENAI_NAMES);
  const given = request([tool(DOTTED), tool("fine")], {
    messages: [
      { role: "assistant", content: [{ type: "tool-call", id: "c", name: DOTTED, arguments: "{}" }] },
      { role: "tool", content: [{ type: "tool-result", callId: "c", name: DOTTED, content: [] }] },
    ],
    toolChoice: { type: "allowed", allowed: [DOTTED, "fine"] },
  });

  it("has others wherever tools are named, and says so", () => {
    const losses = lossRecorder();
    const named = withWireToolNames(given, { rule: OPENAI_NAMES }, losses);
    expect(named.tools.map((item) => item.type === "function" && item.name)).toEqual([wire, "fine"]);
    expect(named.messages.map(({ content }) => content[0])).toMatchObject([{ name: wire }, { name: wire }]);
    expect(named.toolChoice).toEqual({ type: "allowed", allowed: [wire, "fine"] });
    expect(losses.report().adapted).toMatchObject([{ feature: "tool-name" }]);
    expect(withWireToolNames(request([tool("fine")]), { rule: OPENAI_NAMES }, losses).tools).toEqual([tool("fine")]);
  });

  it("gets its own names back in the answer", () => {
    expect(shownToolName({ type: "tool-call", id: "c", name: wire, arguments: "" }, given)).toBe(DOTTED);
    expect(shownToolName({ type: "tool-call", id: "c", name: "other", arguments: "" }, given)).toBe("other");
  });

  it("keeps a namespace where there are namespaces, and joins it where the joined name is taken", () => {
    const losses = lossRecorder();
    const spaced = request([tool("t".repeat(60), "space")]);
    const flat = withWireToolNames(spaced, { rule: OPENAI_NAMES }, losses).tools[0];
    expect(flat).toMatchObject({ name: wireToolName(`space__${"t".repeat(60)}`, OPENAI_NAMES) });
    expect(toolOfFlatName(spaced, flat?.type === "function" ? flat.name : "")).toBe(spaced.tools[0]);
    expect(withWireToolNames(spaced, { rule: OPENAI_NAMES, flat: false }, losses).tools).toEqual(spaced.tools);
  });
});
