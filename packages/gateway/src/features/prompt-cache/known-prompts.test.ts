import type { CanonicalRequest, Message } from "@signalbox/protocol";
import { describe, expect, it } from "vitest";
import { createKnownPrompts } from "./known-prompts.ts";

const MINUTE = 60_000;
const TTL = 5 * MINUTE;

const said = (role: Message["role"], text: string): Message => ({ role, content: [{ type: "text", text }] });

/** A conversation of so many turns of its user. */
function conversation(name: string, turns: number, more: Partial<CanonicalRequest> = {}): CanonicalRequest {
  const messages = Array.from({ length: turns * 2 - 1 }, (_, at) =>
    said(at % 2 === 0 ? "user" : "assistant", `${name} ${at}`),
  );
  return {
    model: "m",
    stream: false,
    instructions: [{ type: "text", text: "Be careful." }],
    messages,
    tools: [],
    sampling: {},
    ...more,
  };
}

function setUp({ limit = 1000, uptime = 60 * MINUTE } = {}) {
  const clock = { now: 0 };
  const known = createKnownPrompts({ limit, now: () => clock.now });
  clock.now = uptime;
  const sight = (request: CanonicalRequest, tenant = "t") => known.sight({}, { request, tenant, ttlMs: TTL });
  return { clock, known, sight };
}

describe("what has come before", () => {
  it("is nothing at first, then the beginning of another conversation, and one's own as soon as it goes on", () => {
    const { sight, clock } = setUp();
    expect(sight(conversation("a", 1))).toBe("nothing");
    clock.now += MINUTE;
    expect(sight(conversation("b", 1))).toBe("beginning");
    expect(sight(conversation("a", 2))).toBe("conversation");
    expect(sight(conversation("a", 3))).toBe("conversation");
  });

  it("is a beginning for as long as a vendor keeps it, and its tenant's own", () => {
    const { sight, clock } = setUp();
    sight(conversation("a", 1));
    clock.now += TTL - 1;
    expect(sight(conversation("b", 1))).toBe("beginning");
    expect(sight(conversation("b", 1), "another")).toBe("nothing");
    expect(sight(conversation("b", 1, { model: "n" }))).toBe("nothing");
    clock.now += TTL;
    expect(sight(conversation("c", 1))).toBe("nothing");
  });

  it("is the same prompt asked once more", () => {
    const { sight } = setUp();
    sight(conversation("a", 1));
    expect(sight(conversation("a", 1))).toBe("conversation");
  });

  it("is told alike to all who ask of one exchange", () => {
    const { known } = setUp();
    const exchange = {};
    const prompt = { request: conversation("a", 2), tenant: "t", ttlMs: TTL };
    expect(known.sight(exchange, prompt)).toBe("nothing");
    expect(known.sight(exchange, prompt)).toBe("nothing");
    expect(known.sight({}, prompt)).toBe("conversation");
  });

  it("is found whatever breakpoints have moved on", () => {
    const { sight } = setUp();
    const marked = (request: CanonicalRequest): CanonicalRequest => ({
      ...request,
      messages: request.messages.map((message, at) =>
        at < request.messages.length - 1
          ? message
          : { ...message, content: message.content.map((part) => ({ ...part, cache: {} })) },
      ),
    });
    sight(marked(conversation("a", 1)));
    expect(sight(marked(conversation("a", 2)))).toBe("conversation");
  });

  it("is nothing where the beginning is another one every time", () => {
    const { sight, clock } = setUp();
    for (let turn = 1; turn < 9; turn += 1) {
      clock.now += MINUTE;
      const instructions = [{ type: "text" as const, text: `It is ${clock.now}.` }];
      expect(sight(conversation("a", turn, { instructions }))).toBe("nothing");
      const { messages } = conversation("b", 9);
      expect(sight(conversation("b", 9, { instructions: [], messages: messages.slice(turn * 2) }))).not.toBe(
        "conversation",
      );
    }
  });
});

describe("a conversation that pauses for longer than its cache lives", () => {
  it("is not written while it always does", () => {
    const { sight, clock } = setUp();
    sight(conversation("a", 1));
    for (let turn = 2; turn < 6; turn += 1) {
      clock.now += 2 * TTL;
      expect(sight(conversation("a", turn))).toBe("nothing");
    }
  });

  it("is written again where it mostly goes on at once", () => {
    const { sight, clock } = setUp();
    for (let turn = 1; turn < 6; turn += 1) sight(conversation("a", turn));
    clock.now += 2 * TTL;
    expect(sight(conversation("a", 6))).toBe("conversation");
  });
});

it("a process that has just started takes conversations that go on for known", () => {
  const { sight, clock } = setUp({ uptime: 1 });
  expect(sight(conversation("a", 1))).toBe("nothing");
  expect(sight(conversation("b", 7))).toBe("conversation");
  clock.now += TTL;
  expect(sight(conversation("c", 7))).toBe("nothing");
});

it("processes that take turns find what they have seen themselves", () => {
  const one = setUp();
  const other = setUp();
  const served = [1, 2, 3, 4, 5].map((turn) => (turn % 2 === 0 ? other : one).sight(conversation("a", turn)));
  expect(served).toEqual(["nothing", "nothing", "conversation", "conversation", "conversation"]);
});

it("no more is remembered than the limit", () => {
  const { sight, known } = setUp({ limit: 50 });
  for (let at = 0; at < 200; at += 1) sight(conversation(`c${at}`, 3));
  expect(known.size()).toBe(50);
});
