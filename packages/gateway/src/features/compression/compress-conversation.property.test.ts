import type { CanonicalRequest, Message } from "@signalbox/protocol";
import { decode } from "@toon-format/toon";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateTokens } from "./estimate-tokens.ts";
import { minifyJson } from "./json-text.ts";
import { LEAST_SAVED } from "./levels.ts";
import { compressAt, compressBy } from "./testing/compress.ts";
import { conversations, EXACT, resultTexts } from "./testing/conversations.ts";
import { isDiff, kindOf } from "./text-kind.ts";
import { tidy } from "./tidy.ts";

const levels = fc.constantFrom(0, 0.3, 0.5, 0.79, 0.8, 1);
const RUNS = { numRuns: 60 };

/** What a server is sent turn by turn: everything up to each answer. */
function turnsOf({ messages }: CanonicalRequest): readonly (readonly Message[])[] {
  return messages.flatMap(({ role }, at) => (role === "assistant" && at > 0 ? [messages.slice(0, at)] : []));
}

describe("a conversation under compression", () => {
  test("is sent the same on every turn, as far as it was sent before", () => {
    fc.assert(
      fc.property(conversations, levels, (request, level) => {
        const whole = compressAt(request, level).request.messages;
        for (const messages of turnsOf(request)) {
          const earlier = compressAt({ ...request, messages }, level).request.messages;
          expect(earlier).toEqual(whole.slice(0, messages.length));
        }
      }),
      RUNS,
    );
  });

  test("keeps what nobody may touch: instructions, answers, calls, diffs, questions", () => {
    fc.assert(
      fc.property(conversations, levels, (request, level) => {
        const { request: sent } = compressAt(request, level);
        expect(sent.instructions).toEqual(request.instructions);
        const shape = ({ content }: Message) => content.map(({ type }) => type);
        expect(sent.messages.map(shape)).toEqual(request.messages.map(shape));
        expect(untouchable(sent)).toEqual(untouchable(request));
        for (const [at, text] of resultTexts(request).entries()) {
          if (isDiff(text)) expect(resultTexts(sent)[at]).toBe(text);
        }
      }),
      RUNS,
    );
  });

  test("loses nothing at aggressiveness 0: what is left out stands where the line in its place says", () => {
    fc.assert(
      fc.property(conversations, (request) => {
        const before = resultTexts(request);
        const after = resultTexts(compressAt(request, 0).request);
        const labels = labelsOf(request);
        for (const [at, text] of before.entries()) {
          const restored = restore(after, labels, at);
          if (kindOf(text) === "json") expect(meantBy(restored)).toEqual(JSON.parse(text));
          else expect([text, tidied(text)]).toContain(tidied(restored) === tidied(text) ? tidied(text) : restored);
        }
      }),
      RUNS,
    );
  });

  test("keeps fenced code byte for byte, however eager", () => {
    fc.assert(
      fc.property(conversations, levels, (request, level) => {
        const after = resultTexts(compressAt(request, level).request);
        for (const [at, text] of resultTexts(request).entries()) {
          const fence = /```ts\n[\s\S]*?```/.exec(text)?.[0];
          const isAgain = /^\[This is the same, word for word/.test(after[at] ?? "");
          if (fence !== undefined && !isAgain) expect(after[at]).toContain(fence);
        }
      }),
      RUNS,
    );
  });

  test("loses no sentence with a number, a negation, an address or an identifier below 0.8", () => {
    fc.assert(
      fc.property(conversations, fc.constantFrom(0.1, 0.5, 0.79), (request, level) => {
        const after = resultTexts(compressAt(request, level).request);
        const pages = [...resultTexts(request).entries()].filter(
          ([at, text]) => kindOf(text) === "prose" && !/^\[This is the same|\[Lines/m.test(after[at] ?? ""),
        );
        for (const [at, text] of pages) for (const said of exactIn(text)) expect(after[at]).toContain(said);
      }),
      RUNS,
    );
  });

  test("sends nothing longer, and changes nothing for little", () => {
    fc.assert(
      fc.property(conversations, levels, (request, level) => {
        const made = compressAt(request, level);
        const after = resultTexts(made.request);
        for (const [at, text] of resultTexts(request).entries()) {
          if (after[at] === text) continue;
          expect(estimateTokens(text) - estimateTokens(after[at] ?? "")).toBeGreaterThanOrEqual(LEAST_SAVED);
        }
        expect(made.savedTokens).toBe(made.freshTokens + made.historyTokens);
        expect(made.originalTokens - made.compressedTokens).toBe(made.savedTokens);
      }),
      RUNS,
    );
  });

  test("leaves alone what was sent before it was switched on", () => {
    fc.assert(
      fc.property(conversations, fc.nat(), (request, seed) => {
        const from = seed % (request.messages.length + 1);
        const sent = compressBy(request, [{ from: 0 }, { from, aggressiveness: 0.5 }]).request.messages;
        expect(sent.slice(0, from)).toEqual(request.messages.slice(0, from));
      }),
      RUNS,
    );
  });

  test("leaves alone what stands before the client's breakpoint", () => {
    fc.assert(
      fc.property(conversations, fc.nat(), levels, (request, seed, level) => {
        const at = seed % request.messages.length;
        const messages = request.messages.map((message, place) =>
          place === at ? { ...message, content: message.content.map((part) => ({ ...part, cache: {} })) } : message,
        );
        const sent = compressAt({ ...request, messages }, level).request.messages;
        expect(sent.slice(0, at + 1)).toEqual(messages.slice(0, at + 1));
      }),
      RUNS,
    );
  });
});

const tidied = (text: string): string => tidy(text);

/** Answers, and what a user asked last before one. */
function untouchable({ messages }: CanonicalRequest): readonly Message[] {
  return messages.filter(({ role }, at) => {
    const next = messages[at + 1];
    return role === "assistant" || (role === "user" && (next === undefined || next.role === "assistant"));
  });
}

/** Sentences that say something exact. */
const exactIn = (text: string): readonly string[] =>
  (text.match(/[A-Z][^.\n]*(?:\.[^\s][^.\n]*)*\./g) ?? []).filter((sentence) => EXACT.test(sentence));

/** The names by which results are pointed to, with their places. */
function labelsOf({ messages }: CanonicalRequest): ReadonlyMap<string, number> {
  const labels = new Map<string, number>();
  const seen = new Map<string, number>();
  let place = 0;
  for (const { content } of messages) {
    for (const part of content) {
      if (part.type !== "tool-result") continue;
      const label = `the result of read_file (${part.callId})`;
      const count = (seen.get(label) ?? 0) + 1;
      seen.set(label, count);
      labels.set(count === 1 ? label : `${label}, no. ${count}`, place);
      place += 1;
    }
  }
  return labels;
}

/** What a reader gets who looks up what every line points to. */
function restore(texts: readonly string[], labels: ReadonlyMap<string, number>, at: number): string {
  const text = texts[at] ?? "";
  const same = /^\[This is the same, word for word, as (.*) above\.\]$/.exec(text)?.[1];
  if (same !== undefined) {
    const source = labels.get(same);
    expect(source, text).toBeLessThan(at);
    return restore(texts, labels, source ?? -1);
  }
  return text
    .split("\n")
    .flatMap((line) => {
      const [, first, last, label = ""] =
        /^\[Lines (\d+)-(\d+) of (.*) above stand here again, from ".*" on\.\]$/.exec(line) ?? [];
      if (first === undefined) return [line];
      const source = labels.get(label);
      expect(source, line).toBeLessThan(at);
      return (texts[source ?? -1] ?? "").split("\n").slice(Number(first) - 1, Number(last));
    })
    .join("\n");
}

function meantBy(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return decode(text);
  }
}

test("JSON is shortened to what means the same, with integers of any length and numbers as they were written", () => {
  const numbers = '{ "id": 12345678901234567890, "price": 1.50, "small": 1e-7, "text": "a \\" b  c" }';
  expect(minifyJson(numbers)).toBe('{"id":12345678901234567890,"price":1.50,"small":1e-7,"text":"a \\" b  c"}');
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 2, 4, "\t"), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(minifyJson(text)).toBe(JSON.stringify(value));
    }),
  );
});
