import { describe, expect, it } from "vitest";
import { CODECS, READERS, type Spoken, type Upstream } from "./codecs.ts";
import { CELLS, contextFor, PAIRS, received, relay, relayStream, reported } from "./matrix.ts";
import type { Answer, Ask, Counts } from "./wire/kit.ts";
import { KITS, UPSTREAM_KITS } from "./wire/kits.ts";

const USAGE: Counts = { uncached: 100, cacheRead: 40, cacheWrite: 0, output: 30, reasoning: 10 };
const ASK: Ask = {
  turns: [{ role: "user", items: [{ kind: "text", text: "Weather?" }] }],
  tools: [{ name: "get_weather", description: "Weather", parameters: { type: "object", properties: {} } }],
  effort: "medium",
};

const FINISHES: Readonly<Record<Answer["finish"], Readonly<Record<Spoken, string>>>> = {
  stop: { "openai-chat": "stop", "openai-responses": "completed", "anthropic-messages": "end_turn", gemini: "STOP" },
  length: {
    "openai-chat": "length",
    "openai-responses": "max_output_tokens",
    "anthropic-messages": "max_tokens",
    gemini: "MAX_TOKENS",
  },
  "tool-calls": {
    "openai-chat": "tool_calls",
    "openai-responses": "completed",
    "anthropic-messages": "tool_use",
    gemini: "STOP",
  },
  "content-filter": {
    "openai-chat": "content_filter",
    "openai-responses": "content_filter",
    "anthropic-messages": "refusal",
    gemini: "SAFETY",
  },
};

describe.each(CELLS)("an answer to %s from %s (%s)", (client, upstream, form) => {
  const request = received(client, KITS[client].ask({ ...ASK, stream: form === "stream" }), form);
  const cell = [client, upstream, form] as const;

  it("shows text and thinking", () => {
    const thought = { text: "Let me think. ü€😀", signature: "c2lnbmF0dXJl" };
    const { seen } = relay({ thought, text: "Sunny. ü€😀", finish: "stop", usage: USAGE }, cell, request);
    expect(seen.text).toBe("Sunny. ü€😀");
    expect(seen.thought).toBe("Let me think. ü€😀");
    expect(seen.finish).toBe(FINISHES.stop[client]);
  });

  it("shows parallel tool calls apart, with ids of their own", () => {
    const call = (id: string, city: string) =>
      ({ kind: "call", id, name: "get_weather", args: { city, n: [1, 2] } }) as const;
    const calls = [call("call_a", 'Rome "x"'), call("call_b", "Oslo"), call("call_c", "Łódź 😀")];
    const { seen } = relay({ text: "Looking.", calls, finish: "tool-calls", usage: USAGE }, cell, request);
    expect(seen.calls.map(({ name, args }) => ({ name, args }))).toEqual(
      calls.map(({ name, args }) => ({ name, args })),
    );
    expect(new Set(seen.calls.map(({ id }) => id)).size).toBe(3);
    expect(seen.calls.every(({ id }) => id !== "")).toBe(true);
    expect(seen.text).toBe("Looking.");
    expect(seen.finish).toBe(FINISHES["tool-calls"][client]);
  });

  it("shows a call without arguments as an empty object", () => {
    const calls = [{ kind: "call", id: "call_a", name: "get_weather", args: {} } as const];
    const { seen } = relay({ calls, finish: "tool-calls", usage: USAGE }, cell, request);
    expect(seen.calls.map(({ args }) => args)).toEqual([{}]);
  });

  it.each(["stop", "length", "content-filter"] as const)("says that it ended by %s", (finish) => {
    const { seen } = relay({ text: "It is", finish, usage: USAGE }, cell, request);
    expect(seen.finish).toBe(FINISHES[finish][client]);
    expect(seen.text).toBe("It is");
  });

  it("counts tokens in the client's own habit", () => {
    const { seen } = relay({ text: "Hi.", finish: "stop", usage: USAGE }, cell, request);
    const { uncached, cacheRead, output } = USAGE;
    expect(seen.usage).toMatchObject({ uncached, cacheRead, output });
    const tells = upstream !== "anthropic-messages" && upstream !== "bedrock-converse";
    if (tells && client !== "anthropic-messages") expect(seen.usage.reasoning).toBe(10);
  });

  it.skipIf(upstream === "gemini")("counts what was written to the cache as input, whatever it is called", () => {
    const { seen } = relay({ text: "Hi.", finish: "stop", usage: { ...USAGE, cacheWrite: 7 } }, cell, request);
    if (client === "anthropic-messages")
      expect(seen.usage).toMatchObject({ uncached: 100, cacheRead: 40, cacheWrite: 7 });
    else expect((seen.usage.uncached ?? 0) + (client === "gemini" ? -7 : 0)).toBe(100);
  });

  it("shows where it comes from, or says that it cannot", () => {
    const citation = { url: "https://example.com/a", title: "A" };
    const { seen, losses } = relay({ text: "Sunny.", citation, finish: "stop", usage: USAGE }, cell, request);
    if (seen.citations.length === 0) expect(reported(losses)).toMatch(/citation/);
    else expect(seen.citations).toEqual(["https://example.com/a"]);
    expect(seen.text).toBe("Sunny.");
  });

  it.runIf(upstream === "openai-chat" || upstream === "openai-responses")("shows a refusal's words", () => {
    const { seen } = relay({ refusal: "I cannot help with that.", finish: "stop", usage: USAGE }, cell, request);
    expect(seen.refusal + seen.text).toBe("I cannot help with that.");
    if (client === "openai-chat" || client === "openai-responses") expect(seen.text).toBe("");
  });

  it.skipIf(form === "whole")("is told to be a stream cut short, by an error and without an end", () => {
    const whole = UPSTREAM_KITS[upstream].stream({ text: "It is sunny.", finish: "stop", usage: USAGE });
    for (let kept = 0; kept < whole.length - 1; kept += 1) {
      // Gemini's and chat's end stands in a data event: without its last event a chat stream lacks only [DONE].
      const messages = whole.slice(0, kept);
      if (upstream === "openai-chat" && kept >= whole.length - 2) continue;
      const context = contextFor({ ...request, stream: true });
      const shown = relayStream(messages, cell, context);
      expect(() => KITS[client].assemble(shown)).toThrow(/error/);
      expect(shown.map(({ data, event }) => event ?? data)).not.toContain("[DONE]");
      expect(shown.map(({ event }) => event)).not.toContain("message_stop");
      expect(shown.map(({ event }) => event)).not.toContain("response.completed");
    }
  });
});

describe.each(PAIRS)("a failure shown to %s from %s", (client, upstream) => {
  const bodies: Readonly<Record<Upstream, object>> = {
    "openai-chat": {
      error: { message: "Overloaded", type: "server_error", code: "server_is_overloaded", param: null },
    },
    "openai-responses": {
      error: { message: "Overloaded", type: "server_error", code: "server_is_overloaded", param: null },
    },
    "anthropic-messages": { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    gemini: { error: { code: 503, message: "Overloaded", status: "UNAVAILABLE" } },
    "bedrock-converse": { message: "Overloaded" },
  };

  it("is the same failure in the client's words", () => {
    const error = READERS[upstream].decodeError({
      status: 503,
      headers: { "retry-after": "2" },
      body: JSON.stringify(bodies[upstream]),
    });
    expect(error.code).toBe("upstream_overloaded");
    expect(error.detail.retryAfterMs).toBe(2000);
    const { status, body } = CODECS[client].encodeError(error, { requestId: "req_1" });
    expect([503, 529]).toContain(status);
    const back = CODECS[client].decodeError({ status, headers: {}, body: JSON.stringify(body) });
    expect(back.code).toBe("upstream_overloaded");
    expect(back.message).toContain("Overloaded");
  });

  const eventNames: { readonly [U in Upstream]?: string } = {
    "anthropic-messages": "error",
    "openai-responses": "error",
    "bedrock-converse": "serviceUnavailableException",
  };

  it("within a stream ends it with the client's error event", () => {
    const eventName = eventNames[upstream];
    const whole = UPSTREAM_KITS[upstream].stream({ text: "It is sunny.", finish: "stop", usage: USAGE });
    const failure = {
      ...(eventName === undefined ? {} : { event: eventName }),
      data: JSON.stringify(
        upstream === "openai-responses"
          ? { type: "error", code: "server_error", message: "Overloaded", param: null, sequence_number: 9 }
          : bodies[upstream],
      ),
    };
    const request = received(client, KITS[client].ask({ ...ASK, stream: true }), "stream");
    const shown = relayStream([...whole.slice(0, 3), failure], [client, upstream, "stream"], contextFor(request));
    expect(() => KITS[client].assemble(shown)).toThrow(/error/);
    expect(JSON.stringify(shown.at(-1))).toContain("Overloaded");
  });
});
