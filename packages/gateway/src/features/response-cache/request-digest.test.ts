import { scanObject } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SurfaceDialect } from "../../config/quirks.ts";
import { asksForOneOfItsKind, exactDigest, normalisedDigest, type ScannedRequest } from "./request-digest.ts";
import { wireFields } from "./wire-fields.ts";

const dialects: readonly SurfaceDialect[] = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"];

function scanned(body: unknown, dialect: SurfaceDialect = "openai-chat"): ScannedRequest {
  const bytes = Buffer.from(JSON.stringify(body));
  return { bytes, scan: scanObject(bytes, {}), dialect };
}

const both = (body: unknown, dialect?: SurfaceDialect, scope = "s") =>
  [exactDigest(scanned(body, dialect), scope), normalisedDigest(scanned(body, dialect), scope)] as const;

/** Values of every kind, with the traps of JSON among them. */
const values = fc.jsonValue({ maxDepth: 3, noUnicodeString: false }).filter((value) => !Object.is(value, -0));
const bodies = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== "__proto__"),
  values,
  { maxKeys: 5 },
);

describe("two requests have one digest", () => {
  test("only where each field but those beside the answer has one value", () => {
    fc.assert(
      fc.property(fc.constantFrom(...dialects), bodies, bodies, (dialect, one, other) => {
        const told = (body: object) =>
          JSON.stringify(
            Object.entries(body)
              .filter(([name]) => !wireFields[dialect].beside.has(name))
              .sort(([a], [b]) => (a < b ? -1 : 1)),
          );
        expect(exactDigest(scanned(one, dialect), "s") === exactDigest(scanned(other, dialect), "s")).toBe(
          told(one) === told(other),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test("never when a field is added, changed or taken away, at any depth", () => {
    const base = {
      model: "m",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "what is it" },
            { type: "image_url", image_url: { url: "data:,x" } },
          ],
        },
        {
          role: "assistant",
          content: "It.",
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "c", content: "42" },
        { role: "user", content: "what is it" },
      ],
      tools: [
        { type: "function", function: { name: "f", parameters: { type: "object", properties: { a: {}, b: {} } } } },
      ],
      temperature: 0.5,
    };
    const seen = new Map<string, unknown>();
    const places = placesIn(base).filter(([first]) => first !== "model");
    expect(places.length).toBeGreaterThan(30);
    for (const variant of [
      base,
      ...places.flatMap((place) => [
        changed(base, place, "other"),
        changed(base, place, undefined),
        added(base, place),
      ]),
    ]) {
      for (const digest of both(variant)) {
        const before = seen.get(digest);
        expect(before === undefined || JSON.stringify(before) === JSON.stringify(variant)).toBe(true);
        seen.set(digest, variant);
      }
    }
  });

  test("whatever else the order of the outermost fields is, and what is beside the answer", () => {
    const body = { model: "m", messages: [{ role: "user", content: "hi" }], temperature: 1 };
    const same = {
      stream: true,
      stream_options: { include_usage: true },
      metadata: { a: "b" },
      prompt_cache_key: "k",
      ...body,
    };
    expect(both(same)).toEqual(both(body));
    expect(both({ ...body, user: "somebody" })).not.toEqual(both(body));
  });

  test("not in another scope, nor in the other way of matching", () => {
    const body = { messages: [] };
    const [exact, normalised] = both(body);
    expect(exact).not.toBe(normalised);
    const [otherExact, otherNormalised] = both(body, "openai-chat", "t");
    expect(new Set([exact, normalised, otherExact, otherNormalised]).size).toBe(4);
  });

  test("not when the order of a schema's fields is another, which is the order in which models write them", () => {
    const format = (properties: object) => ({
      messages: [],
      response_format: { json_schema: { schema: { properties } } },
    });
    expect(both(format({ a: {}, b: {} }))).not.toEqual(both(format({ b: {}, a: {} })));
  });

  test("not by a name that changes what objects are", () => {
    expect(exactDigest(scanned(JSON.parse('{"__proto__":{"a":1}}')), "s")).not.toBe(exactDigest(scanned({}), "s"));
    expect(normalisedDigest(scanned(JSON.parse('{"__proto__":{"a":1}}')), "s")).not.toBe(
      normalisedDigest(scanned({}), "s"),
    );
  });
});

type Place = readonly (string | number)[];

function placesIn(value: unknown, place: Place = []): readonly Place[] {
  const here: readonly Place[] = place.length === 0 ? [] : [place];
  if (typeof value !== "object" || value === null) return here;
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  return [...here, ...keys.flatMap((key) => placesIn(Reflect.get(value, key), [...place, key]))];
}

function changed<T extends object>(base: T, place: Place, to: unknown): T {
  const copy = structuredClone(base);
  const parent = place.slice(0, -1).reduce<object>((at, key) => Reflect.get(at, key), copy);
  const key = place.at(-1) ?? "";
  if (to !== undefined) Reflect.set(parent, key, to);
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
  return copy;
}

function added<T extends object>(base: T, place: Place): T {
  const copy = structuredClone(base);
  const at = place.reduce<unknown>((within, key) => Reflect.get(Object(within), key), copy);
  if (typeof at === "object" && at !== null && !Array.isArray(at)) Reflect.set(at, "x_unknown", 1);
  return copy;
}

describe("the normalised digest", () => {
  const asked: Readonly<Record<SurfaceDialect, (text: string) => unknown>> = {
    "openai-chat": (text) => ({ messages: [{ role: "user", content: text }] }),
    "openai-responses": (text) => ({ input: [{ role: "user", content: [{ type: "input_text", text }] }] }),
    "anthropic-messages": (text) => ({
      messages: [{ role: "user", content: [{ type: "text", text, cache_control: { type: "ephemeral" } }] }],
    }),
    gemini: (text) => ({ contents: [{ parts: [{ text }] }] }),
  };

  test.each(dialects)("finds the question in %s", (dialect) => {
    const digest = (text: string) => normalisedDigest(scanned(asked[dialect](text), dialect), "s");
    expect(digest("Hello, what is the  capital of France?")).toBe(digest("what is the capital of France"));
    expect(digest("What is the capital of France?")).not.toBe(digest("What is the capital of Spain?"));
  });

  test("leaves all alone that is no question of the user", () => {
    const talk = (system: string, earlier: string, answer: string) => ({
      messages: [
        { role: "system", content: system },
        { role: "user", content: earlier },
        { role: "assistant", content: answer },
        { role: "user", content: "go on" },
      ],
    });
    const digest = (body: unknown) => normalisedDigest(scanned(body), "s");
    const plain = digest(talk("What is it?", "What is it?", "What is it?"));
    expect(digest(talk("what is it", "What is it?", "What is it?"))).not.toBe(plain);
    expect(digest(talk("What is it?", "what is it", "What is it?"))).not.toBe(plain);
    expect(digest(talk("What is it?", "What is it?", "what is it"))).not.toBe(plain);
    expect(digest(talk("What is it?", "What  is it?", "What is it?"))).toBe(plain);
    expect(digest(talk("What is it?", "What is it?", "What  is it?"))).not.toBe(plain);
  });

  test("is the same under whatever ids messages have, and not under other ids of thoughts, calls and references", () => {
    const said = {
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "It." }],
    };
    const after = (item: object) =>
      both(
        { input: [{ role: "user", content: "what is it" }, item, { role: "user", content: "why" }] },
        "openai-responses",
      );
    const [[exact, normalised], [otherExact, other]] = [
      after({ ...said, id: "msg_1" }),
      after({ ...said, id: "msg_2" }),
    ];
    expect([exact === otherExact, normalised === other]).toEqual([false, true]);
    for (const type of ["reasoning", "function_call", "item_reference", "message"])
      expect(after({ type, id: "1" })[1]).not.toBe(after({ type, id: "2" })[1]);
    expect(after({ ...said, status: "incomplete" })[1]).not.toBe(normalised);
  });

  test("does not ask which of several parts is the question", () => {
    const parts = (text: string) => ({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text },
            { type: "text", text: "it" },
          ],
        },
      ],
    });
    expect(normalisedDigest(scanned(parts("What is?")), "s")).not.toBe(
      normalisedDigest(scanned(parts("what is")), "s"),
    );
  });
});

describe("a request that no other answer serves", () => {
  test.each<readonly [SurfaceDialect, object]>([
    ["openai-chat", { n: 2 }],
    ["openai-chat", { logprobs: true }],
    ["openai-chat", { top_logprobs: 3 }],
    ["openai-chat", { store: true }],
    ["openai-chat", { web_search_options: { search_context_size: "low" } }],
    ["openai-responses", { previous_response_id: "resp_1" }],
    ["openai-responses", { conversation: { id: "conv_1" } }],
    ["openai-responses", { background: true }],
    ["openai-responses", { include: ["message.output_text.logprobs"] }],
    ["anthropic-messages", { container: "c" }],
    ["anthropic-messages", { mcp_servers: [{}] }],
    ["gemini", { cachedContent: "cachedContents/1" }],
    ["gemini", { generationConfig: { candidateCount: 2 } }],
    ["gemini", { generation_config: { response_logprobs: true } }],
  ])("%s says %j", (dialect, body) => {
    expect(asksForOneOfItsKind(scanned(body, dialect))).toBe(true);
  });

  test.each<readonly [SurfaceDialect, object]>([
    ["openai-chat", { n: 1, logprobs: false, top_logprobs: 0, store: false }],
    [
      "openai-responses",
      { previous_response_id: null, store: true, background: false, include: ["reasoning.encrypted_content"] },
    ],
    ["anthropic-messages", { container: null, mcp_servers: [] }],
    ["gemini", { generationConfig: { candidateCount: 1, responseLogprobs: false } }],
  ])("is none where %s says %j", (dialect, body) => {
    expect(asksForOneOfItsKind(scanned(body, dialect))).toBe(false);
  });
});
