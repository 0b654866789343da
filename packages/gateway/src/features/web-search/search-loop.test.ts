import { collect, explode, grammarViolation, type Part, type StreamEvent, type Usage } from "@signalbox/protocol";
import { describe, expect, it } from "vitest";
import { startSearchLoop } from "./search-loop.ts";

const options = { name: "web_search", nonce: "n0n", shows: false, cites: true, searchId: () => "srvtoolu_1" };
const limits = { maxSteps: 2, resultBytes: 4096 };

const call = (query: string, id = "call_1"): Part => ({
  type: "tool-call",
  id,
  name: "web_search",
  arguments: JSON.stringify({ query }),
});
const text = (said: string): Part => ({ type: "text", text: said });
const opaque = { origin: { dialect: "openai-responses", provider: "p", model: "m" }, data: "sealed" } as const;

function answer(parts: readonly Part[], usage: Usage = { inputTokens: 10, outputTokens: 5 }): readonly StreamEvent[] {
  const calls = parts.some(({ type }) => type === "tool-call");
  return [...explode({ id: "a", parts, finishReason: { unified: calls ? "tool-calls" : "stop", raw: "raw" }, usage })];
}

const found = [{ url: "https://a.example/", title: "A", text: "body" }];

/** All that a client is told while the upstream answers so, one after the other; each search finds one page. */
function run(answers: readonly (readonly Part[])[], more: Partial<typeof options> = {}) {
  const loop = startSearchLoop({ ...options, ...more });
  const told: StreamEvent[] = [];
  let asked = 0;
  for (const parts of answers) {
    loop.begin(limits);
    asked += 1;
    told.push(...loop.push(answer(parts)));
    const wanted = loop.wanted();
    if (wanted === undefined) break;
    loop.resume(wanted.map((one) => ({ ...one, results: found })));
  }
  return { loop, told, asked };
}

describe("the client's answer", () => {
  it("is one, with the calls hidden and the usage of all", () => {
    const { told, asked } = run([[text("a"), call("q")], [text("b [1]")]]);
    expect(asked).toBe(2);
    expect(grammarViolation(told)).toBeUndefined();
    expect(collect(told)).toMatchObject({
      parts: [text("a"), { type: "text", text: "b [1]", citations: [{ url: "https://a.example/", start: 2, end: 5 }] }],
      finishReason: { unified: "stop" },
      usage: { inputTokens: 20, outputTokens: 10 },
    });
  });

  it("ends after the last step, whatever the model wants, and says that nothing was called", () => {
    const { told, loop } = run([[call("1")], [call("2")], [call("3")], [text("never")]]);
    expect(loop.steps()).toBe(2);
    expect(collect(told)).toMatchObject({ parts: [], finishReason: { unified: "stop" } });
    expect(collect(told).finishReason.raw).toBeUndefined();
  });

  it("ends with the client's own calls", () => {
    const own: Part = { type: "tool-call", id: "x", name: "read", arguments: "{}" };
    const { told, loop } = run([[call("1"), own]]);
    expect(loop.wanted()).toBeUndefined();
    expect(collect(told)).toMatchObject({ parts: [own], finishReason: { unified: "tool-calls", raw: "raw" } });
  });

  it("does not go on from a call that was cut off", () => {
    const loop = startSearchLoop(options);
    loop.begin(limits);
    const cut = explode({ parts: [call("q")], finishReason: { unified: "length" } });
    expect(collect(loop.push([...cut]))).toMatchObject({ parts: [], finishReason: { unified: "length" } });
    expect(loop.wanted()).toBeUndefined();
  });

  it("tells of the searches where its client asked its own vendor for them", () => {
    const { told } = run([[call("q")], [text("b")]], { shows: true });
    expect(collect(told)).toMatchObject({
      parts: [
        { type: "web-search", id: "srvtoolu_1", queries: ["q"], results: [{ url: "https://a.example/" }] },
        text("b"),
      ],
      usage: { webSearches: 1 },
    });
  });

  it("holds no sealed thinking whose call is hidden", () => {
    const sealed: Part = { type: "reasoning", form: "summary", text: "hm", id: "rs_1", opaque };
    const redacted: Part = { type: "reasoning", form: "redacted", text: "", opaque };
    const { told, loop } = run([
      [sealed, call("q")],
      [redacted, call("r")],
      [sealed, text("b")],
    ]);
    expect(grammarViolation(told)).toBeUndefined();
    const { opaque: _, ...plain } = sealed;
    expect(collect(told).parts).toEqual([plain, sealed, text("b")]);
    // The upstream gets back all that it said.
    expect(loop.turns().map(({ content }) => content[0])).toMatchObject([sealed, {}, redacted, {}]);
  });

  it("forgets what an attempt said that the client never read", () => {
    const loop = startSearchLoop(options);
    loop.begin(limits);
    loop.push(answer([text("void"), call("q")]));
    loop.begin(limits);
    const told = loop.push(answer([text("kept")]));
    expect(grammarViolation(told)).toBeUndefined();
    expect(collect(told).parts).toEqual([text("kept")]);
  });
});

describe("what upstreams are asked again with", () => {
  it("pairs each call with its result, in order", () => {
    const { loop } = run([[text("a"), call("q", "one"), call("r", "two")], [text("b")]]);
    expect(loop.turns()).toMatchObject([
      { role: "assistant", content: [text("a"), { id: "one" }, { id: "two" }] },
      { role: "tool", content: [{ callId: "one" }, { callId: "two" }] },
    ]);
    expect(JSON.stringify(loop.turns())).toContain("[2] A");
  });

  it.each(["", "{", "[]", '{"query":7}', '{"query":"  "}', '{"other":"x"}'])(
    "tells a call with %j that it needs a query",
    (args) => {
      const loop = startSearchLoop(options);
      loop.begin(limits);
      loop.push(answer([{ type: "tool-call", id: "x", name: "web_search", arguments: args }]));
      const wanted = loop.wanted() ?? [];
      expect(wanted.map(({ query }) => query)).toEqual([undefined]);
      loop.resume(wanted);
      expect(loop.turns()[1]?.content).toMatchObject([
        { isError: true, content: [{ text: expect.stringContaining("'query'") }] },
      ]);
    },
  );

  it("asks for one line of at most 400 characters", () => {
    const loop = startSearchLoop(options);
    loop.begin(limits);
    loop.push(answer([call(`a\n\u0000b ${"😀".repeat(400)}`)]));
    const [{ query = "" } = {}] = loop.wanted() ?? [];
    expect(query.length).toBeLessThanOrEqual(400);
    expect(query).toMatch(/^a b 😀/u);
    expect(query.isWellFormed()).toBe(true);
  });
});
