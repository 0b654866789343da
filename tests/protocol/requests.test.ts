import { describe, expect, it } from "vitest";
import { PAIRS, reported, tell } from "./matrix.ts";
import type { Ask, Found, Turn } from "./wire/kit.ts";

const user = (text: string): Turn => ({ role: "user", items: [{ kind: "text", text }] });
const PARAMETERS = {
  type: "object",
  properties: { city: { type: "string", description: "The city" } },
  required: ["city"],
} as const;
const TOOL = { name: "get_weather", description: "Weather of a city", parameters: PARAMETERS };
const PIXEL = "iVBORw0KGgo=";
const PDF = "JVBERi0xLjQK";

const texts = (items: readonly Found[]) => items.filter(({ kind }) => kind === "text").map(({ text }) => text ?? "");
const ofKind = (items: readonly Found[], kind: Found["kind"]) => items.filter((item) => item.kind === kind);

/** Where in the conversation a piece of text stands, whatever stands around it in the same part. */
const placeOf = (items: readonly Found[], piece: string) =>
  items.findIndex((item) => item.text?.includes(piece) ?? false);

describe.each(PAIRS)("a request of %s for %s", (client, upstream) => {
  it("keeps system prompt and text in order", () => {
    const ask: Ask = {
      system: [{ kind: "text", text: "Be brief. ü€😀" }],
      turns: [user("One?"), { role: "assistant", items: [{ kind: "text", text: "1" }] }, user("Two?")],
    };
    const { told, dropped } = tell(ask, client, upstream);
    expect(texts(told.items)).toEqual(["Be brief. ü€😀", "One?", "1", "Two?"]);
    expect(told.items.map(({ role }) => role.replace("developer", "system"))).toEqual([
      "system",
      "user",
      "assistant",
      "user",
    ]);
    expect(dropped).toEqual([]);
  });

  it.skipIf(client === "gemini")("keeps a system message within the conversation in its place", () => {
    const ask: Ask = {
      system: [{ kind: "text", text: "Be brief." }],
      turns: [
        user("One?"),
        { role: "assistant", items: [{ kind: "text", text: "Uno." }] },
        user("Two?"),
        { role: "system", items: [{ kind: "text", text: "Now speak French." }] },
      ],
    };
    const { told, dropped } = tell(ask, client, upstream);
    const places = ["Be brief.", "One?", "Uno.", "Two?", "Now speak French."].map((text) => placeOf(told.items, text));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(dropped).toEqual([]);
  });

  it("keeps tools, parallel calls and their results by id", () => {
    const call = (id: string, city: string) => ({ kind: "call", id, name: "get_weather", args: { city } }) as const;
    const result = (id: string, text: string) =>
      ({ kind: "result", id, name: "get_weather", content: [{ kind: "text", text }] }) as const;
    const ask: Ask = {
      tools: [TOOL, { ...TOOL, name: "get_time" }],
      turns: [
        user("Weather?"),
        {
          role: "assistant",
          items: [{ kind: "text", text: "Looking." }, call("call_a", "Rome"), call("call_b", "Oslo")],
        },
        { role: "tool", items: [result("call_b", "snow"), result("call_a", "sun")] },
      ],
    };
    const { told, dropped } = tell(ask, client, upstream);
    expect(told.tools).toEqual([
      { name: "get_weather", parameters: PARAMETERS },
      { name: "get_time", parameters: PARAMETERS },
    ]);
    const calls = ofKind(told.items, "call");
    const results = ofKind(told.items, "result");
    expect(calls.map(({ args }) => args)).toEqual([{ city: "Rome" }, { city: "Oslo" }]);
    const answerTo = (args: object) => {
      const { id } = calls.find((item) => JSON.stringify(item.args) === JSON.stringify(args)) ?? {};
      return results.find((item) => item.id === id)?.text;
    };
    expect(answerTo({ city: "Rome" })).toContain("sun");
    expect(answerTo({ city: "Oslo" })).toContain("snow");
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    expect(dropped).toEqual([]);
  });

  it("keeps images and PDFs byte for byte", () => {
    const ask: Ask = {
      turns: [
        {
          role: "user",
          items: [
            { kind: "text", text: "Compare." },
            { kind: "image", data: PIXEL },
            { kind: "pdf", data: PDF, name: "report.pdf" },
          ],
        },
      ],
    };
    const { told, dropped } = tell(ask, client, upstream);
    expect(ofKind(told.items, "image").map(({ data }) => data)).toEqual([PIXEL]);
    expect(ofKind(told.items, "pdf").map(({ data }) => data)).toEqual([PDF]);
    expect(dropped.filter(({ feature }) => feature !== "media-name")).toEqual([]);
  });

  it("keeps an image inside a tool's result, there or right behind it", () => {
    const ask: Ask = {
      tools: [TOOL],
      turns: [
        user("Look."),
        { role: "assistant", items: [{ kind: "call", id: "call_a", name: "get_weather", args: { city: "Rome" } }] },
        {
          role: "tool",
          items: [
            {
              kind: "result",
              id: "call_a",
              name: "get_weather",
              content: [
                { kind: "text", text: "A map" },
                { kind: "image", data: PIXEL },
              ],
            },
          ],
        },
      ],
    };
    const { told, dropped, adapted } = tell(ask, client, upstream);
    const inside = ofKind(told.items, "result").flatMap(({ media = [] }) => media);
    const behind = ofKind(told.items, "image").map(({ data }) => data);
    expect([...inside, ...behind]).toEqual([PIXEL]);
    expect(ofKind(told.items, "result")[0]?.text).toContain("A map");
    if (behind.length > 0) expect(reported({ dropped, adapted })).not.toBe("");
    expect(dropped).toEqual([]);
  });

  it("keeps the schema of the answer", () => {
    const schema = {
      type: "object",
      properties: { x: { type: "integer" } },
      required: ["x"],
      additionalProperties: false,
    };
    const { told, dropped } = tell({ turns: [user("x?")], schema }, client, upstream);
    expect(told.schema).toEqual(schema);
    expect(dropped).toEqual([]);
  });

  it.skipIf(client === "openai-responses")("keeps stop sequences, or says that it cannot", () => {
    const { told, dropped } = tell({ turns: [user("Count.")], stop: ["END", "STOP"] }, client, upstream);
    if (upstream === "openai-responses") expect(dropped.map(({ feature }) => feature)).toContain("stop-sequences");
    else expect(told.stop).toEqual(["END", "STOP"]);
  });

  it("keeps the output limit and the temperature", () => {
    const { told } = tell({ turns: [user("Hi.")], maxTokens: 1234, temperature: 0.5 }, client, upstream);
    expect(told.maxTokens).toBe(1234);
    expect(told.temperature).toBe(0.5);
  });

  it.each([
    ["none", ["none", { type: "none" }, { mode: "NONE" }]],
    ["required", ["required", { type: "any" }, { mode: "ANY" }]],
    [
      { name: "get_weather" },
      [
        { type: "function", function: { name: "get_weather" } },
        { type: "function", name: "get_weather" },
        { type: "tool", name: "get_weather" },
        { mode: "ANY", allowedFunctionNames: ["get_weather"] },
      ],
    ],
  ] as const)("keeps the tool choice %j", (toolChoice, spellings) => {
    const { told, dropped } = tell({ turns: [user("Hi.")], tools: [TOOL], toolChoice }, client, upstream);
    expect(spellings).toContainEqual(told.toolChoice);
    expect(dropped).toEqual([]);
  });

  it.each(["low", "medium", "high"] as const)("says effort %s as effort, budget or level", (effort) => {
    const { told, dropped } = tell({ turns: [user("Think.")], effort, maxTokens: 30_000 }, client, upstream);
    const spellings = { low: ["low", 2048, "LOW"], medium: ["medium", 8192, "MEDIUM"], high: ["high", 16_384, "HIGH"] };
    expect(spellings[effort]).toContain(told.effort);
    expect(dropped).toEqual([]);
  });

  const hasBreakpoints = client === "openai-chat" || client === "anthropic-messages";
  it.runIf(hasBreakpoints)("keeps cache breakpoints with their ttl, or reports them", () => {
    const ask: Ask = {
      system: [{ kind: "text", text: "Long.", cache: "1h" }],
      turns: [{ role: "user", items: [{ kind: "text", text: "Hi.", cache: "5m" }] }],
    };
    const { told, dropped, adapted } = tell(ask, client, upstream);
    const breakpoints = told.items.map(({ cache }) => cache);
    if (upstream === "anthropic-messages" || upstream === "bedrock-converse") expect(breakpoints).toEqual(["1h", "5m"]);
    else expect(reported({ dropped, adapted })).toMatch(/cache/);
  });
});
