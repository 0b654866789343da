import { isObject, type JsonObject } from "@signalbox/protocol";
import { describe, expect, it } from "vitest";
import { SPOKEN, type Upstream } from "./codecs.ts";
import { CELLS, FORMS, PAIRS, received, relay, sent } from "./matrix.ts";
import type { Answer, Ask, Found, Result } from "./wire/kit.ts";
import { KITS, UPSTREAM_KITS } from "./wire/kits.ts";

const ASK: Ask = {
  turns: [{ role: "user", items: [{ kind: "text", text: "Weather?" }] }],
  tools: [{ name: "get_weather", description: "Weather", parameters: { type: "object", properties: {} } }],
  effort: "medium",
};

/** Values in each maker's alphabet. */
const SIGNATURE = "EqQBCkYIARgCKkAx+/y8Lz0Zk+Q7e2hVbGlnbmF0dXJlPT0+Lw==";

const ANSWER: Answer = {
  thought: { text: 'They want "weather". ü€😀', signature: SIGNATURE },
  calls: [
    { kind: "call", id: "call_a", name: "get_weather", args: { city: "Rome" } },
    { kind: "call", id: "call_b", name: "get_weather", args: { city: "Oslo" } },
  ],
  finish: "tool-calls",
  usage: { uncached: 10, cacheRead: 0, cacheWrite: 0, output: 20, reasoning: 5 },
};

/** Chat completions have no signature of their own. */
const ORIGINS = CELLS.filter(([, origin]) => origin !== "openai-chat");

/** The client's second turn, with what it was shown in the first sent back as its real clients do. */
function secondTurn(cell: (typeof CELLS)[number], answer: Answer = ANSWER): JsonObject {
  const [client, , form] = cell;
  const first = received(client, KITS[client].ask({ ...ASK, stream: form === "stream" }), form);
  const { body, seen } = relay(answer, cell, first);
  const results = seen.calls.map(
    ({ id, name }, index): Result => ({ kind: "result", id, name, content: [{ kind: "text", text: `sun ${index}` }] }),
  );
  return KITS[client].echo(ASK, body, results);
}

function toldAgain(cell: (typeof CELLS)[number], target: Upstream, provider: string) {
  const [client, , form] = cell;
  const encoded = sent(received(client, secondTurn(cell), form), target, provider);
  return { ...encoded, items: UPSTREAM_KITS[target].told(encoded.body).items };
}

/** Which item the maker puts its signature on, and with which text beside it. */
function expectSigned(origin: Upstream, items: readonly Found[]) {
  const signed = items.filter(({ signature }) => signature === SIGNATURE);
  expect(signed).toHaveLength(1);
  if (origin === "gemini") expect(signed[0]).toMatchObject({ kind: "call", args: { city: "Rome" } });
  else expect(signed[0]?.kind).toBe("thought");
  // Anthropic's signature is of the text; OpenAI's encrypted content holds it, and the summary is for show.
  if (origin === "anthropic-messages" || origin === "bedrock-converse")
    expect(signed[0]?.text).toBe('They want "weather". ü€😀');
}

/** Every string that stands anywhere in a body. */
function strings(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  return isObject(value) ? Object.entries(value).flatMap(([key, field]) => [key, ...strings(field)]) : [];
}

describe.each(ORIGINS)("what %s was shown of %s's thinking (%s)", (client, origin, form) => {
  const cell = [client, origin, form] as const;

  it("comes back to its maker, byte for byte and before the calls", () => {
    const { items } = toldAgain(cell, origin, origin);
    expectSigned(origin, items);
    const calls = items.filter(({ kind }) => kind === "call");
    expect(calls.map(({ args }) => args)).toEqual([{ city: "Rome" }, { city: "Oslo" }]);
    const thought = items.findIndex(({ kind }) => kind === "thought");
    if (origin !== "gemini") expect(thought).toBeLessThan(items.findIndex(({ kind }) => kind === "call"));
    const results = items.filter(({ kind }) => kind === "result");
    expect(results.map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
    expect(results.map(({ text }) => text)).toEqual([
      expect.stringContaining("sun 0"),
      expect.stringContaining("sun 1"),
    ]);
  });

  it("gives the maker its own call ids back", () => {
    const { items } = toldAgain(cell, origin, origin);
    expect(items.filter(({ kind }) => kind === "call").map(({ id }) => id)).toEqual(["call_a", "call_b"]);
  });

  const others = PAIRS.filter(([from]) => from === client).map(([, target]) => target);
  it.each(others)("is not shown to another provider of %s", (target) => {
    const { body, items } = toldAgain(cell, target, "someone-else");
    const all = strings(body).join("\n");
    // A client that speaks the maker's own dialect sends the value as it would without a gateway: to whoever speaks it.
    const isOwn = client === origin && target === origin;
    if (!isOwn) expect(all).not.toContain(SIGNATURE);
    expect(all).not.toContain("sbx1_");
    expect(all).not.toContain("c2J4MV");
    expect(items.filter(({ kind }) => kind === "call").map(({ args }) => args)).toEqual([
      { city: "Rome" },
      { city: "Oslo" },
    ]);
  });

  it("leaves no envelope in what is sent to the maker", () => {
    const { body } = toldAgain(cell, origin, origin);
    expect(strings(body).join("\n")).not.toMatch(/sbx1_|c2J4MV/);
  });
});

describe.each(ORIGINS)("thinking before plain text, shown to %s by %s (%s)", (client, origin, form) => {
  it("does not break the next turn", () => {
    const answer: Answer = { ...ANSWER, text: "Sunny.", calls: [], finish: "stop" };
    const body = secondTurn([client, origin, form], answer);
    const encoded = sent(received(client, body, form), origin);
    const { items } = UPSTREAM_KITS[origin].told(encoded.body);
    const said = items.filter(({ kind, role }) => kind === "text" && role === "assistant");
    expect(said.map(({ text }) => text).join("")).toBe("Sunny.");
    expect(strings(encoded.body).join("\n")).not.toMatch(/sbx1_|c2J4MV/);
    // Chat and Gemini clients send no more than the text. Gemini asks for its signature back after calls only.
    if (client !== "openai-chat" && client !== "gemini" && origin !== "gemini") {
      expect(items.filter(({ signature }) => signature === SIGNATURE)).toHaveLength(1);
    }
  });
});

describe.each(FORMS)("calls to which Gemini gave no ids (%s)", (form) => {
  it.each(SPOKEN)("get ids for %s that lead back to their results", (client) => {
    const calls = ANSWER.calls?.map((call) => ({ ...call, id: "" })) ?? [];
    const body = secondTurn([client, "gemini", form], { ...ANSWER, calls });
    const { items } = KITS.gemini.told(sent(received(client, body, form), "gemini").body);
    expect(items.filter(({ kind }) => kind === "call").map(({ args }) => args)).toEqual([
      { city: "Rome" },
      { city: "Oslo" },
    ]);
    expect(items.filter(({ kind }) => kind === "result").map(({ text }) => text)).toEqual(["sun 0", "sun 1"]);
    expectSigned("gemini", items);
  });
});
