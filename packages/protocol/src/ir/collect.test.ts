import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDelta, collect, explode } from "./collect.ts";
import { GatewayError } from "./errors.ts";
import type { CanonicalResponse, StreamEvent } from "./events.ts";
import { grammarViolation } from "./grammar.ts";
import type { Part } from "./parts.ts";

const opaque = { origin: { dialect: "anthropic-messages" }, data: "c2ln" } as const;

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ type: fc.constant("text"), text: fc.string() }),
  fc.record({ type: fc.constant("reasoning"), form: fc.constantFrom("full", "summary"), text: fc.string() }),
  fc.record({ type: fc.constant("tool-call"), id: fc.string(), name: fc.string(), arguments: fc.json() }),
  fc.record({ type: fc.constant("refusal"), text: fc.string(), opaque: fc.constant(opaque) }),
);

/** The same part in pieces of at most three characters. */
function streamed(whole: Part, index: number): StreamEvent[] {
  if (whole.type === "tool-call") {
    const deltas = (whole.arguments.match(/.{1,3}/gsu) ?? []).map((text) => ({ type: "arguments", text }) as const);
    return [
      { type: "part-start", index, part: { ...whole, arguments: "" } },
      ...deltas.map((delta): StreamEvent => ({ type: "part-delta", index, delta })),
      { type: "part-end", index },
    ];
  }
  if (!("text" in whole)) return [];
  const { opaque: last, ...rest } = whole;
  const deltas = (whole.text.match(/.{1,3}/gsu) ?? []).map((text) => ({ type: "text", text }) as const);
  return [
    { type: "part-start", index, part: { ...rest, text: "" } },
    ...deltas.map((delta): StreamEvent => ({ type: "part-delta", index, delta })),
    ...(last === undefined ? [] : [{ type: "part-delta", index, delta: { type: "opaque", opaque: last } } as const]),
    { type: "part-end", index },
  ];
}

const finishReason = { unified: "stop", raw: "end_turn" } as const;

describe("collect", () => {
  it("joins deltas, also of parts that overlap", () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.boolean(), (parts, interleave) => {
        const lists = parts.map(streamed);
        const longest = Math.max(0, ...lists.map((list) => list.length));
        const woven = Array.from({ length: longest }, (_, row) => lists.flatMap((list) => list.slice(row, row + 1)));
        const events: StreamEvent[] = [
          { type: "response-start", id: "r" },
          ...(interleave ? woven.flat() : lists.flat()),
          { type: "response-end", finishReason },
        ];
        expect(grammarViolation(events)).toBeUndefined();
        expect(collect(events)).toEqual({ id: "r", parts, finishReason });
      }),
    );
  });

  it("merges early and late usage, later counts winning", () => {
    const { usage } = collect([
      { type: "response-start", usage: { inputTokens: 10, cacheReadTokens: 5, outputTokens: 1 } },
      { type: "response-end", finishReason, usage: { outputTokens: 20 } },
    ]);
    expect(usage).toEqual({ inputTokens: 10, cacheReadTokens: 5, outputTokens: 20 });
  });

  it("adds citations to their text", () => {
    const citation = { kind: "url", url: "https://example.com" } as const;
    const text: Part = { type: "text", text: "x" };
    expect(applyDelta(applyDelta(text, { type: "citation", citation }), { type: "citation", citation })).toEqual({
      ...text,
      citations: [citation, citation],
    });
  });

  it("leaves a part alone that does not take the delta", () => {
    const call: Part = { type: "tool-call", id: "1", name: "f", arguments: "{}" };
    expect(applyDelta(call, { type: "text", text: "x" })).toBe(call);
    const text: Part = { type: "text", text: "x" };
    expect(applyDelta(text, { type: "arguments", text: "x" })).toBe(text);
  });

  it("throws the stream's own error, and its own when the end is missing", () => {
    const error = new GatewayError("upstream_overloaded", "busy");
    expect(() => collect([{ type: "response-start" }, { type: "response-error", error }])).toThrow(error);
    expect(() => collect([{ type: "response-start" }])).toThrow(
      expect.objectContaining({ code: "upstream_truncated" }),
    );
  });
});

describe("explode", () => {
  it("is undone by collect, and keeps the grammar", () => {
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const response = fc
      .record({
        id: optional(fc.string()),
        model: optional(fc.string()),
        createdAt: optional(fc.nat()),
        serviceTier: optional(fc.string()),
        usage: optional(fc.record({ inputTokens: fc.nat(), outputTokens: fc.nat() })),
        extensions: optional(fc.constant({ system_fingerprint: "fp" })),
        parts: fc.array(part),
      })
      .map((fields) => ({ finishReason, ...withoutAbsent(fields) }));
    fc.assert(
      fc.property(response, (whole) => {
        const events = [...explode(whole)];
        expect(grammarViolation(events)).toBeUndefined();
        expect(collect(events)).toEqual(whole);
      }),
    );
  });
});

type Fields = Omit<CanonicalResponse, "finishReason">;

function withoutAbsent({
  parts,
  ...rest
}: { readonly [K in keyof Fields]: Fields[K] | undefined } & Pick<Fields, "parts">): Fields {
  return { parts, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) };
}
