import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";

/**
 * Documented normalisations: camel case, one list of function declarations, neighbours of one role merged, no role in the
 * system instruction, `parametersJsonSchema` for `parameters`, empty text beside other parts left out.
 */
const target = { provider: "google", model: "m", quirks: {} };
const roundTrip = (body: JsonObject) => encodeRequest(decodeRequest(body, { model: "m", stream: true }), target);

const word = fc.string({ minLength: 1, maxLength: 8 });
const name = fc.constantFrom("f", "g", "h_2");
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const base64 = fc.constantFrom("AA==", "c2ln", "T1dO");
const json = fc.dictionary(
  fc.constantFrom("a", "b", "c"),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  {
    maxKeys: 3,
  },
);

const textPart = fc.record({ text: word, thoughtSignature: maybe(base64) }).map((part) => compact(part));
const mediaPart = fc.oneof(
  fc.record({ inlineData: fc.record({ mimeType: fc.constantFrom("image/png", "application/pdf"), data: base64 }) }),
  fc.record({
    fileData: fc.record({
      mimeType: fc.constant("video/mp4"),
      fileUri: fc.constantFrom("https://e.com/v", "gs://b/v", "files/x"),
    }),
    videoMetadata: fc.record({ fps: fc.integer() }),
  }),
);
const thoughtPart = textPart.map((part) => ({ ...part, thought: true }));
const codePart = word.map((code) => ({ executableCode: { language: "PYTHON", code } }));

const response = fc.oneof(
  word.map((output) => ({ output })),
  word.map((result) => ({ result })),
  word.map((error) => ({ error })),
  json.filter((object) => !("error" in object)),
);
const step = fc
  .array(fc.record({ name, args: json, response, signature: maybe(base64), media: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((calls) => [
    {
      role: "model",
      parts: calls.map(({ args, signature, ...call }, at) =>
        compact({ functionCall: { id: `c${at}`, name: call.name, args }, thoughtSignature: signature }),
      ),
    },
    {
      role: "user",
      parts: calls.map((call, at) => ({
        functionResponse: {
          id: `c${at}`,
          name: call.name,
          response: call.response,
          ...(call.media ? { parts: [{ inlineData: { mimeType: "image/png", data: "AA==" } }] } : {}),
        },
      })),
    },
  ]);
const user = fc
  .array(fc.oneof(textPart, mediaPart), { minLength: 1, maxLength: 3 })
  .map((parts) => ({ role: "user", parts }));
const model = fc
  .array(fc.oneof(textPart, thoughtPart, codePart), { minLength: 1, maxLength: 3 })
  .map((parts) => ({ role: "model", parts }));
const exchange = fc
  .tuple(
    user,
    fc.oneof(
      model.map((content) => [content]),
      step,
    ),
  )
  .map(([first, rest]) => [first, ...rest]);
/** A step ends in a user content; a model's answer keeps the roles alternating. */
const contents = fc
  .array(fc.tuple(exchange, model), { maxLength: 3 })
  .map((turns) => turns.flatMap(([rows, answer]) => (rows.length === 3 ? [...rows, answer] : rows)))
  .chain((rows) => user.map((last) => [...rows, last]));

const generationConfig = fc
  .record({
    stopSequences: maybe(fc.array(word, { maxLength: 5 })),
    responseMimeType: maybe(fc.constant("application/json")),
    maxOutputTokens: maybe(fc.integer({ min: 1 })),
    temperature: maybe(fc.integer({ min: 0, max: 2 })),
    topK: maybe(fc.integer({ min: 1, max: 40 })),
    candidateCount: maybe(fc.constant(1)),
    thinkingConfig: maybe(
      fc.constantFrom<JsonObject>(
        { thinkingBudget: 0 },
        { thinkingLevel: "LOW" },
        { includeThoughts: true, thinkingBudget: 999 },
      ),
    ),
  })
  .map((config) => compact(config));

const body = fc
  .record({
    systemInstruction: maybe(word.map((text) => ({ parts: [{ text }] }))),
    tools: maybe(
      fc.constantFrom<readonly JsonObject[]>(
        [
          {
            functionDeclarations: [
              { name: "f", parametersJsonSchema: { type: "object" } },
              { name: "g", behavior: "BLOCKING" },
            ],
          },
        ],
        [{ googleSearch: {} }, { functionDeclarations: [{ name: "h_2", description: "H" }] }],
      ),
    ),
    safetySettings: maybe(fc.constant([{ category: "C", threshold: "OFF" }])),
    cachedContent: maybe(word),
    generationConfig: maybe(generationConfig.filter((config) => Object.keys(config).length > 0)),
    contents,
  })
  .map((fields) => compact(fields) as JsonObject);

test("a request to Gemini survives the IR without loss", () => {
  fc.assert(
    fc.property(body, (wire) => {
      const quirks = { toolResultMedia: true };
      const {
        body: again,
        dropped,
        adapted,
      } = encodeRequest(decodeRequest(wire, { model: "m" }), { ...target, quirks });
      expect(again).toEqual(wire);
      expect([dropped, adapted]).toEqual([[], []]);
    }),
  );
});

test("what was encoded decodes to the same request", () => {
  fc.assert(
    fc.property(body, (wire) => {
      const canonical = decodeRequest(wire, { model: "m", stream: true });
      expect(decodeRequest(roundTrip(wire).body, { model: "m", stream: true })).toEqual({
        ...canonical,
        messages: expect.anything(),
      });
    }),
  );
});

test("a canonical request made of what Gemini can say comes back", () => {
  const origin: Origin = { dialect: "gemini" };
  const request: CanonicalRequest = {
    model: "m",
    stream: true,
    instructions: [{ type: "text", text: "s" }],
    messages: [
      { role: "user", content: [{ type: "text", text: "hi" }] },
      {
        role: "assistant",
        content: [
          { type: "reasoning", form: "summary", text: "hm", opaque: { origin, data: "" } },
          { type: "tool-call", id: "1", name: "f", arguments: '{"a":1}', opaque: { origin, data: "c2ln" } },
          { type: "tool-call", id: "2", name: "f", arguments: "{}" },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", callId: "1", name: "f", content: [{ type: "text", text: '{"output":"x"}' }] },
          { type: "tool-result", callId: "2", name: "f", content: [{ type: "text", text: "no" }], isError: true },
        ],
      },
      { role: "user", content: [{ type: "text", text: "go on" }] },
    ],
    tools: [{ type: "function", name: "f", description: "F", parameters: { type: "object", properties: {} } }],
    toolChoice: { type: "allowed", allowed: ["f"] },
    sampling: { temperature: 1, topP: 0.5, seed: 3, presencePenalty: 0.5, frequencyPenalty: 0.1, stopSequences: ["x"] },
    reasoning: { mode: "on", effort: "low", summary: "auto" },
    output: { type: "json-schema", schema: { type: "object" } },
    serviceTier: "flex",
    extensions: { gemini: { labels: { a: "b" }, "toolConfig.retrievalConfig": { languageCode: "en" } } },
  };
  const { body: wire, dropped, adapted } = encodeRequest(request, target);
  expect([dropped, adapted]).toEqual([[], []]);
  expect(decodeRequest(wire, { model: "m", stream: true })).toEqual(request);
});
