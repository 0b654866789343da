import {
  type CanonicalRequest,
  collect,
  explode,
  formatSse,
  grammarViolation,
  type Part,
  parseSse,
  runAll,
  type StreamEvent,
} from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference } from "../recorded/difference.ts";
import { essence } from "../recorded/essence.ts";
import { CODECS, SPOKEN } from "./codecs.ts";
import { contextFor, originOf, received } from "./matrix.ts";
import { KITS } from "./wire/kits.ts";

const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== "");
/** No two values are alike, as no two signatures are. */
const opaque = fc.option(
  fc.record({
    origin: fc.constantFrom(
      { dialect: "anthropic-messages", provider: "anthropic" } as const,
      { dialect: "gemini", provider: "google" } as const,
    ),
    data: fc.uuid().map((id) => `${id}+/==`),
  }),
  { nil: undefined },
);

const part: fc.Arbitrary<Part> = fc.oneof(
  words.map((text): Part => ({ type: "text", text })),
  fc.tuple(words, opaque).map(
    ([text, signed]): Part => ({
      type: "reasoning",
      form: "full",
      text,
      ...(signed === undefined ? {} : { opaque: signed }),
    }),
  ),
  fc.tuple(fc.uuid(), fc.json({ maxDepth: 2 }), opaque).map(
    ([id, json, signed]): Part => ({
      type: "tool-call",
      id: `call_${id.slice(0, 8)}`,
      name: "look",
      arguments: JSON.stringify({ value: JSON.parse(json) }),
      ...(signed === undefined ? {} : { opaque: signed }),
    }),
  ),
);

/** Thinking first, then text and calls, as models answer; no two calls of one id. */
const parts = fc
  .uniqueArray(part, { maxLength: 6, selector: (one) => (one.type === "tool-call" ? one.id : one) })
  .map((all) => {
    const rank = { reasoning: 0, text: 1 } as const;
    const rankOf = (type: Part["type"]) => (type === "reasoning" || type === "text" ? rank[type] : 2);
    return [...all].sort((a, b) => rankOf(a.type) - rankOf(b.type));
  });

/** What overlaps in real streams: one thinking, one text, and calls. */
const overlapping = parts.map((all) =>
  all.filter((one, index) => one.type === "tool-call" || all.findIndex(({ type }) => type === one.type) === index),
);

/** A part's events, its text in pieces, its opaque value last. */
function eventsOf(whole: Part, index: number): readonly StreamEvent[] {
  const { opaque: last, ...bare } = whole;
  const start: Part =
    bare.type === "tool-call" ? { ...bare, arguments: "" } : "text" in bare ? { ...bare, text: "" } : bare;
  const all = whole.type === "tool-call" ? whole.arguments : "text" in whole ? whole.text : "";
  const type = whole.type === "tool-call" ? "arguments" : "text";
  const deltas = (all.match(/.{1,4}/gsu) ?? []).map(
    (text): StreamEvent => ({ type: "part-delta", index, delta: { type, text } }),
  );
  const sealed: readonly StreamEvent[] =
    last === undefined ? [] : [{ type: "part-delta", index, delta: { type: "opaque", opaque: last } }];
  return [{ type: "part-start", index, part: start }, ...deltas, ...sealed, { type: "part-end", index }];
}

/** The parts' events woven into one another, each part's in order. */
function woven(lists: readonly (readonly StreamEvent[])[], picks: readonly number[]): readonly StreamEvent[] {
  const rest = lists.map((list) => [...list]);
  const out: StreamEvent[] = [];
  for (let turn = 0; rest.some((list) => list.length > 0); turn += 1) {
    const left = rest.filter((list) => list.length > 0);
    const next = left[(picks[turn % Math.max(1, picks.length)] ?? 0) % left.length]?.shift();
    if (next !== undefined) out.push(next);
  }
  return out;
}

const request: CanonicalRequest = {
  ...received(
    "openai-chat",
    KITS["openai-chat"].ask({ turns: [{ role: "user", items: [{ kind: "text", text: "Hi" }] }] }),
  ),
  streamUsage: true,
  reasoning: { summary: "detailed", encrypted: true },
};

const usage = { inputTokens: 5, cacheReadTokens: 2, outputTokens: 9, reasoningTokens: 3 };

describe.each(SPOKEN)("any answer, shown to %s and read again", (client) => {
  const codec = CODECS[client];
  const finishOf = (all: readonly Part[]) =>
    ({ unified: all.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop" }) as const;

  it("is the same whole and streamed", () => {
    fc.assert(
      fc.property(parts, (all) => {
        const answer = { id: "x", model: "m", parts: all, finishReason: finishOf(all), usage };
        const whole = codec.decodeResponse(codec.encodeResponse(answer, contextFor(request)), originOf(client));
        expect(difference(essence(answer, client), essence(whole, client))).toBeUndefined();
        const messages = runAll(codec.encodeStream(contextFor({ ...request, stream: true })), explode(answer));
        const bytes = new TextEncoder().encode(messages.map(formatSse).join(""));
        const events = runAll(codec.decodeStream(originOf(client)), runAll(parseSse(), [bytes]));
        expect(grammarViolation(events)).toBeUndefined();
        expect(difference(essence(answer, client), essence(collect(events), client))).toBeUndefined();
      }),
    );
  });

  it("keeps text, thinking and calls of parts that overlap", () => {
    fc.assert(
      fc.property(overlapping, fc.array(fc.nat(7), { minLength: 1, maxLength: 40 }), (all, picks) => {
        const events: readonly StreamEvent[] = [
          { type: "response-start", id: "x", model: "m" },
          ...woven(all.map(eventsOf), picks),
          { type: "response-end", finishReason: finishOf(all), usage },
        ];
        expect(grammarViolation(events)).toBeUndefined();
        const messages = runAll(codec.encodeStream(contextFor({ ...request, stream: true })), events);
        KITS[client].assemble(messages);
        const shown = collect(runAll(codec.decodeStream(originOf(client)), messages));
        const letters = (text: unknown) => [...String(text)].sort().join("");
        const sorted = (body: ReturnType<typeof essence>) => ({
          ...body,
          text: letters(body["text"]),
          reasoning: letters(body["reasoning"]),
          toolCalls: JSON.stringify(body["toolCalls"]).split("").sort().join(""),
        });
        expect(sorted(essence(shown, client))).toEqual(sorted(essence(collect(events), client)));
        const callsOf = (list: readonly Part[]) =>
          list.flatMap((one) => (one.type === "tool-call" ? [JSON.stringify(JSON.parse(one.arguments))] : [])).sort();
        expect(callsOf(shown.parts)).toEqual(callsOf(all));
      }),
    );
  });
});
