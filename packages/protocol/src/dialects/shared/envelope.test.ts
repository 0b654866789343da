import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compact } from "../../json/read.ts";
import { toBase64, toBase64Url } from "./base64.ts";
import {
  type Carried,
  ENVELOPE_MARK_BASE64,
  mayHoldEnvelope,
  openEnvelope,
  openToolCallId,
  sealEnvelope,
  sealToolCallId,
} from "./envelope.ts";

const anyText = fc.string({ unit: "grapheme" });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const carried: fc.Arbitrary<Carried> = fc
  .record({
    of: fc.constantFrom("reasoning", "tool-call", "text"),
    dialect: fc.constantFrom("openai-chat", "openai-responses", "anthropic-messages", "gemini", "bedrock-converse"),
    provider: optional(anyText),
    model: optional(anyText),
    data: anyText,
    id: optional(anyText),
    text: optional(anyText),
    form: optional(fc.constantFrom("full", "summary", "redacted")),
  })
  .map(({ of, dialect, provider, model, data, id, text, form }) =>
    compact({ of, opaque: compact({ origin: compact({ dialect, provider, model }), data, id }), text, form }),
  );

const signature: Carried = {
  of: "reasoning",
  opaque: { origin: { dialect: "gemini", provider: "google", model: "gemini-3-pro" }, data: "c2lnbmF0dXJl+/==" },
  text: "Thinking…",
  form: "summary",
};

describe("an envelope", () => {
  it("gives back what was put in, whatever that is", () => {
    fc.assert(
      fc.property(fc.array(carried), (values) => {
        const envelope = sealEnvelope(values);
        expect(envelope).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(openEnvelope(envelope)).toEqual(values);
        expect(mayHoldEnvelope(JSON.stringify({ id: envelope }))).toBe(true);
      }),
    );
  });

  it("is found when it stands base64-encoded in a bytes field", () => {
    const inBytes = toBase64(sealEnvelope([signature]));
    expect(inBytes.startsWith(ENVELOPE_MARK_BASE64)).toBe(true);
    expect(mayHoldEnvelope(JSON.stringify({ thoughtSignature: inBytes }))).toBe(true);
    expect(mayHoldEnvelope('{"model":"gpt-5"}')).toBe(false);
  });

  it.each([
    "",
    "sbx1_",
    "sbx1__xbs",
    "sbx1_!!!_xbs",
    "sbx1_AAAA_xbs",
    "sbx1_AAAA",
    `sbx1_${toBase64Url("{not json")}_xbs`,
    ` ${sealEnvelope([signature])}`,
    `${sealEnvelope([signature])} `,
    sealEnvelope([signature]).slice(0, -6),
  ])("is not seen in %s", (text) => {
    expect(openEnvelope(text)).toBeUndefined();
  });

  it.each([
    "[1,null,{}]",
    '[{"k":"reasoning","d":"unheard-of","v":"x"}]',
    '[{"k":"x","d":"gemini","v":"x"}]',
    '[{"k":"text","d":"gemini"}]',
  ])("skips rows that it does not understand: %s", (json) => {
    expect(openEnvelope(`sbx1_${toBase64Url(json)}_xbs`)).toEqual([]);
  });
});

describe("a tool call's id", () => {
  const wireId = fc.string({ unit: fc.constantFrom(..."abcXYZ019_-"), minLength: 1 });

  it("carries values and gives both back", () => {
    fc.assert(
      fc.property(wireId, fc.array(carried), (id, values) => {
        const sealed = sealToolCallId(id, values);
        expect(sealed).toMatch(/^[a-zA-Z0-9_-]+$/);
        expect(openToolCallId(sealed)).toEqual({ id, carried: values });
      }),
    );
  });

  it("is itself when there is nothing to carry, or when what follows the mark is no envelope", () => {
    expect(sealToolCallId("toolu_01", [])).toBe("toolu_01");
    for (const id of ["toolu_01", "call_sbx1_", "call_sbx1_x", "call_sbx1_!_xbs", "", "_sbx1__xbs"]) {
      expect(openToolCallId(id)).toEqual({ id, carried: [] });
    }
  });

  it("keeps an id that another gateway of this kind has sealed", () => {
    const outer = { ...signature, opaque: { ...signature.opaque, data: "outer" } };
    const inner = sealToolCallId("call_1", [signature]);
    expect(openToolCallId(sealToolCallId(inner, [outer]))).toEqual({ id: inner, carried: [outer] });
  });

  it("opens in a time that grows with its length alone", () => {
    const before = performance.now();
    expect(openToolCallId(`${"_sbx1_".repeat(200_000)}A_xbs`).carried).toEqual([]);
    expect(openToolCallId(`x_sbx1_${"=".repeat(1_000_000)}A_xbs`).carried).toEqual([]);
    expect(performance.now() - before).toBeLessThan(1000);
  });
});
