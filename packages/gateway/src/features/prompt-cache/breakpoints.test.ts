import type { CanonicalRequest, Message, Part, TextPart, Tool } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withBreakpoints } from "./breakpoints.ts";
import { ownBreakpoints } from "./own-breakpoints.ts";

const RULES = { minimumTokens: 1024, most: 4 } as const;

const text = (tokens: number, cache?: Part["cache"]): TextPart => ({
  type: "text",
  text: "word".repeat(tokens),
  ...(cache === undefined ? {} : { cache }),
});

const tool = (tokens: number): Tool => ({ type: "function", name: "read", description: "word".repeat(tokens) });
const user = (...content: readonly Part[]): Message => ({ role: "user", content });
const assistant = (...content: readonly Part[]): Message => ({ role: "assistant", content });

const request = (parts: Partial<CanonicalRequest>): CanonicalRequest => ({
  model: "m",
  stream: false,
  instructions: [],
  messages: [],
  tools: [],
  sampling: {},
  ...parts,
});

/** Where breakpoints stand: `tool 0`, `system 1`, `2.0` for a message and its part. */
function placesOf({ tools, instructions, messages }: CanonicalRequest): readonly string[] {
  return [
    ...tools.flatMap(({ cache }, at) => (cache === undefined ? [] : [`tool ${at}`])),
    ...instructions.flatMap(({ cache }, at) => (cache === undefined ? [] : [`system ${at}`])),
    ...messages.flatMap(({ content }, at) =>
      content.flatMap(({ cache }, part) => (cache === undefined ? [] : [`${at}.${part}`])),
    ),
  ];
}

describe("where breakpoints are set", () => {
  it("sets one at the end of the tools, of the instructions and of the two newest turns", () => {
    const asked = request({
      tools: [tool(10), tool(2000)],
      instructions: [text(10), text(2000)],
      messages: [user(text(20)), assistant(text(20)), user(text(20)), assistant(text(20)), user(text(20), text(5))],
    });
    expect(placesOf(withBreakpoints(asked, RULES))).toEqual(["tool 1", "system 1", "2.0", "4.1"]);
  });

  it("leaves alone what is shorter than the model's minimum, counted from the prompt's beginning", () => {
    const asked = request({ tools: [tool(600)], instructions: [text(600)], messages: [user(text(20))] });
    expect(placesOf(withBreakpoints(asked, RULES))).toEqual(["system 0"]);
    expect(withBreakpoints(asked, { ...RULES, minimumTokens: 4096 })).toBe(asked);
  });

  it("writes the first turn of a conversation only where it is long", () => {
    const instructions = [text(2000)];
    expect(placesOf(withBreakpoints(request({ instructions, messages: [user(text(2000))] }), RULES))).toEqual([
      "system 0",
    ]);
    const long = request({ instructions, messages: [user(text(2100))] });
    expect(placesOf(withBreakpoints(long, RULES))).toEqual(["system 0", "0.0"]);
  });

  it("counts results of tools among the client's turns, and marks the result itself", () => {
    const result: Part = { type: "tool-result", callId: "c", content: [text(3000)] };
    const call: Part = { type: "tool-call", id: "c", name: "read", arguments: "{}" };
    const asked = request({ messages: [user(text(10)), assistant(call), { role: "tool", content: [result] }] });
    expect(placesOf(withBreakpoints(asked, RULES))).toEqual(["2.0"]);
  });

  it("never marks empty text, thinking or Claude Code's billing header", () => {
    const asked = request({
      instructions: [
        text(2000),
        { type: "text", text: "x-anthropic-billing-header: cc_version=2" },
        { type: "text", text: " " },
      ],
      messages: [user(text(3000), { type: "reasoning", form: "full", text: "hm" }, { type: "text", text: "" })],
    });
    expect(placesOf(withBreakpoints(asked, RULES))).toEqual(["system 0", "0.0"]);
  });

  it("passes over tools that stand outside the prompt", () => {
    const deferred: Tool = {
      type: "function",
      name: "rare",
      extension: { dialect: "anthropic-messages", fields: { defer_loading: true } },
    };
    const asked = request({ tools: [tool(2000), deferred], messages: [user(text(1))] });
    expect(placesOf(withBreakpoints(asked, RULES))).toEqual(["tool 0"]);
    expect(withBreakpoints(asked, { ...RULES, tools: false })).toBe(asked);
  });
});

describe("what has not come before", () => {
  const asked = request({
    tools: [tool(2000)],
    instructions: [text(2000)],
    messages: [user(text(20)), assistant(text(20)), user(text(20))],
  });

  it("is not written: nothing of it is likely to be read", () => {
    expect(withBreakpoints(asked, { ...RULES, known: "nothing" })).toBe(asked);
    expect(placesOf(withBreakpoints(asked, { ...RULES, known: "beginning" }))).toEqual(["tool 0", "system 0"]);
    expect(withBreakpoints(asked, { ...RULES, known: "conversation" })).toEqual(withBreakpoints(asked, RULES));
  });
});

describe("the client's own breakpoints", () => {
  const messages = [user(text(3000)), assistant(text(9)), user(text(3000))];

  it("stay, and nothing is set beside them in their part of the request", () => {
    const asked = request({ tools: [tool(2000)], instructions: [text(2000, {}), text(2000)], messages });
    expect(placesOf(withBreakpoints(asked, RULES))).toEqual(["tool 0", "system 0", "0.0", "2.0"]);
  });

  it("count among the four", () => {
    const own = [user(text(9, {}), text(9, {}), text(9, {}))];
    const asked = request({ tools: [tool(2000)], instructions: [text(2000)], messages: own });
    expect(placesOf(withBreakpoints(asked, RULES))).toEqual(["system 0", "0.0", "0.1", "0.2"]);
  });

  it("count where they stand beside the messages", () => {
    const extensions = { "anthropic-messages": { cache_control: { type: "ephemeral" } } };
    expect(placesOf(withBreakpoints(request({ instructions: [text(2000)], messages, extensions }), RULES))).toEqual([
      "system 0",
    ]);
  });

  it("keep an hour before five minutes", () => {
    const hours = { ...RULES, ttl: "1h" } as const;
    const short = withBreakpoints(request({ instructions: [text(2000, {})], tools: [tool(2000)], messages }), hours);
    expect(short.tools[0]?.cache).toEqual({ ttl: "1h" });
    expect(short.messages[2]?.content[0]?.cache).toEqual({});
    const long = request({ instructions: [text(2000)], messages: [user(text(10, { ttl: "1h" }))] });
    expect(withBreakpoints(long, RULES).instructions[0]?.cache).toEqual({ ttl: "1h" });
  });
});

describe("with one breakpoint left for the messages", () => {
  const own = { instructions: [text(2000, {}), text(1, {}), text(1, {})] };
  const blocks = (count: number) => Array.from({ length: count }, () => text(1));

  it("takes the newest turn if what the turn before it wrote is within reach", () => {
    const near = request({ ...own, messages: [user(text(3000)), assistant(...blocks(18)), user(text(9))] });
    expect(placesOf(withBreakpoints(near, RULES)).slice(3)).toEqual(["2.0"]);
  });

  it("writes nothing that no later request would look for", () => {
    const far = request({ ...own, messages: [user(text(3000)), assistant(...blocks(19)), user(text(9))] });
    expect(withBreakpoints(far, RULES)).toBe(far);
  });
});

const cache = fc.option(fc.constantFrom({}, { ttl: "5m" as const }, { ttl: "1h" as const }), {
  nil: undefined,
  freq: 8,
});
const words = fc.constantFrom("", " ", "a", "word".repeat(300), "word".repeat(1500), "word".repeat(5000));
const marked = <T extends object>(made: fc.Arbitrary<T>) =>
  fc.tuple(made, cache).map(([part, own]) => (own === undefined ? part : { ...part, cache: own }));
const textPart = marked(words.map((said) => ({ type: "text" as const, text: said })));
const anyPart: fc.Arbitrary<Part> = fc.oneof(
  textPart,
  fc.record({ type: fc.constant("reasoning" as const), form: fc.constant("full" as const), text: words }),
  marked(
    fc.record({
      type: fc.constant("tool-result" as const),
      callId: fc.constant("c"),
      content: fc.array(textPart, { maxLength: 2 }),
    }),
  ),
);
const anyMessage: fc.Arbitrary<Message> = fc.record({
  role: fc.constantFrom("user" as const, "assistant" as const, "tool" as const),
  content: fc.array(anyPart, { maxLength: 4 }),
});
const anyTool = marked(
  fc.record({ type: fc.constant("function" as const), name: fc.constant("t"), description: words }),
);
const anyRequest = fc
  .record({
    tools: fc.array(anyTool, { maxLength: 3 }),
    instructions: fc.array(textPart, { maxLength: 3 }),
    messages: fc.array(anyMessage, { maxLength: 8 }),
  })
  .map(request);
const anyRules = fc.record({
  minimumTokens: fc.constantFrom(512, 1024, 4096),
  most: fc.constantFrom(1, 2, 4),
  ttl: fc.constantFrom("5m" as const, "1h" as const),
});

const counted = (made: CanonicalRequest): number => {
  const { tools, system, messages } = ownBreakpoints(made);
  return tools.length + system.length + messages.length;
};

function bare<T>(value: T): unknown {
  return JSON.parse(JSON.stringify(value, (name, inner: unknown) => (name === "cache" ? undefined : inner)));
}

const sections = (made: CanonicalRequest) => [
  made.tools,
  made.instructions,
  made.messages.flatMap(({ content }) => content),
];
const hasOwn = (list: readonly unknown[]) => JSON.stringify(list).includes('"cache"');

describe("for any request", () => {
  it("changes nothing but breakpoints, and keeps the client's own", () => {
    fc.assert(
      fc.property(anyRequest, anyRules, (asked, rules) => {
        const made = withBreakpoints(asked, rules);
        expect(bare(made)).toEqual(bare(asked));
        expect(counted(made)).toBeLessThanOrEqual(Math.max(rules.most, counted(asked)));
        for (const [at, section] of sections(asked).entries()) {
          if (hasOwn(section)) expect(sections(made)[at]).toEqual(section);
        }
      }),
    );
  });

  it("says the same again, and adds nothing to what it said", () => {
    fc.assert(
      fc.property(anyRequest, anyRules, (asked, rules) => {
        const made = withBreakpoints(asked, rules);
        expect(withBreakpoints(structuredClone(asked), rules)).toEqual(made);
        expect(withBreakpoints(made, rules)).toBe(made);
      }),
    );
  });

  it("never sets one of an hour behind one of five minutes that was in order before", () => {
    const inOrder = (made: CanonicalRequest) => {
      const { tools, system, messages } = ownBreakpoints(made);
      const ttls = [...tools, ...system, ...messages].map(({ ttl }) => ttl === "1h");
      return ttls.lastIndexOf(true) < (ttls.includes(false) ? ttls.indexOf(false) : ttls.length);
    };
    fc.assert(
      fc.property(anyRequest, anyRules, (asked, rules) => {
        fc.pre(inOrder(asked));
        expect(inOrder(withBreakpoints(asked, rules))).toBe(true);
      }),
    );
  });

  it("writes in one turn what the next turn looks for", () => {
    const clean = anyRequest.map((made) => request(JSON.parse(JSON.stringify(bare(made)))));
    fc.assert(
      fc.property(clean, fc.array(anyPart, { maxLength: 3 }), (asked, said) => {
        fc.pre(!hasOwn(said));
        const now = withBreakpoints(asked, RULES);
        const next = { ...asked, messages: [...asked.messages, assistant(text(9)), user(...said)] };
        const later = withBreakpoints(next, RULES);
        const written = placesOf(now);
        // The newest place of this turn, and all that stands before the messages, is found by the next one.
        const kept = written.filter((place, at) => /^\d/.test(place) === false || at === written.length - 1);
        expect(placesOf(later)).toEqual(expect.arrayContaining(kept));
      }),
    );
  });
});
