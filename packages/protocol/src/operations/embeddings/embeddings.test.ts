import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { ErrorCode } from "../../ir/errors.ts";
import { GatewayError } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { outlineOf } from "../../json/outline.ts";
import { parseJson } from "../../json/parse.ts";
import type { EgressOperation } from "../codec.ts";
import { cohereEmbeddings } from "./cohere.ts";
import type { EmbeddingsAnswer, EmbeddingsRequest } from "./embeddings.ts";
import { geminiEmbeddings } from "./gemini.ts";
import { openaiEmbeddings } from "./openai.ts";
import { asBase64, asNumbers } from "./vectors.ts";
import { voyageEmbeddings } from "./voyage.ts";

type Egress = EgressOperation<EmbeddingsRequest, EmbeddingsAnswer>;

const TARGET = { provider: "p", model: "embedder" };
const request = (count: number, more: Partial<EmbeddingsRequest> = {}): EmbeddingsRequest => ({
  inputs: Array.from({ length: count }, (_, index) => ({ type: "text", text: `text ${index}` })),
  single: false,
  encoding: "float",
  others: {},
  ...more,
});
const context = (asked: EmbeddingsRequest) => ({ request: asked, model: "embedder", uniqueId: "x", now: 0 });

/** What each vendor answers with these vectors. */
const ANSWERS: Readonly<Record<string, readonly [Egress, (vectors: readonly JsonValue[]) => JsonObject]>> = {
  openai: [
    openaiEmbeddings,
    (vectors) => ({ data: vectors.map((embedding, index) => ({ index, embedding })), usage: { prompt_tokens: 7 } }),
  ],
  voyage: [
    voyageEmbeddings,
    (vectors) => ({ data: vectors.map((embedding, index) => ({ index, embedding })), usage: { total_tokens: 7 } }),
  ],
  gemini: [
    geminiEmbeddings,
    (vectors) => ({ embeddings: vectors.map((values) => ({ values })), usageMetadata: { promptTokenCount: 7 } }),
  ],
  cohere: [
    cohereEmbeddings,
    (vectors) => ({ embeddings: { float: vectors }, meta: { billed_units: { input_tokens: 7 } } }),
  ],
};

function codeOf(run: () => unknown): ErrorCode | "none" {
  try {
    run();
    return "none";
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const matrix = fc
  .integer({ min: 1, max: 9 })
  .chain((size) => fc.array(fc.array(float32, { minLength: size, maxLength: size }), { minLength: 1, maxLength: 9 }));

describe("vectors", () => {
  it("are base64 as Buffer writes it, and come back from it", () => {
    fc.assert(
      fc.property(fc.array(float32, { minLength: 1 }), (vector) => {
        const bytes = Buffer.alloc(vector.length * 4);
        for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
        const text = bytes.toString("base64");
        expect(asBase64(vector)).toBe(text);
        expect(asNumbers(text)).toEqual(vector);
      }),
    );
  });

  it.each(["!!!!", "AAA", "AAAAAAA=", "\u{1f600}"])("are not read from %j", (text) => {
    expect(codeOf(() => asNumbers(text))).toBe("upstream_invalid_response");
  });
});

describe.each(Object.entries(ANSWERS))("an answer of %s", (_, [codec, answered]) => {
  const decode = (body: JsonValue, count: number) => codec.decodeResponse(body, request(count));

  it("is the same vectors for every client, in the order of the inputs", () => {
    fc.assert(
      fc.property(matrix, (vectors) => {
        const asked = request(vectors.length);
        const answer = codec.decodeResponse(answered(vectors), asked);
        expect(answer.vectors).toEqual(vectors);
        expect(answer.usage).toMatchObject({ inputTokens: 7, outputTokens: 0 });
        expect(geminiEmbeddings.encodeResponse(answer, context(asked))["embeddings"]).toEqual(
          vectors.map((values) => ({ values })),
        );
        expect(openaiEmbeddings.encodeResponse(answer, context(asked))["data"]).toEqual(
          vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
        );
      }),
    );
  });

  it("with another count of vectors than of inputs is none", () => {
    for (const count of [0, 1, 3]) {
      expect(codeOf(() => decode(answered(Array.from({ length: count }, () => [1])), 2))).toBe(
        "upstream_invalid_response",
      );
    }
  });

  it.each([
    ["words for numbers", ["NaN", "1"]],
    ["nothing for a number", [1, null]],
    ["an empty vector", []],
    ["nothing", null],
    ["an object", { 0: 1 }],
    ["a number", 1],
    ["lists in lists", [[1]]],
    ["empty text", ""],
  ])("with %s for a vector is none", (_what, vector) => {
    expect(codeOf(() => decode(answered([[1, 2], vector]), 2))).toBe("upstream_invalid_response");
  });

  it("of any other JSON is none, and nothing else is thrown", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const body = parseJson(JSON.stringify(value));
        expect(codeOf(() => decode(body, 2))).toBe("upstream_invalid_response");
      }),
    );
    const hostile = '{"__proto__": {"data": [{"embedding": [1]}]}, "constructor": 1}';
    expect(codeOf(() => decode(parseJson(hostile), 1))).toBe("upstream_invalid_response");
  });

  it("tells the same usage where it is large and not decoded", () => {
    const { readOutline } = codec;
    if (readOutline === undefined) return;
    const outline = (count: number) =>
      outlineOf(Buffer.from(JSON.stringify(answered(Array.from({ length: count }, () => [1, 2])))));
    expect(readOutline(outline(3), request(3))).toEqual(decode(answered([[1], [2], [3]]), 3).usage);
    expect(codeOf(() => readOutline(outline(2), request(3)))).toBe("upstream_invalid_response");
    expect(codeOf(() => readOutline(outlineOf(Buffer.from('{"error": {}}')), request(1)))).toBe(
      "upstream_invalid_response",
    );
  });
});

describe("OpenAI's rows", () => {
  it("are put in the order of their indexes", () => {
    fc.assert(
      fc.property(
        matrix.chain((vectors) =>
          fc.tuple(
            fc.constant(vectors),
            fc.shuffledSubarray(
              vectors.map((_, index) => index),
              { minLength: vectors.length },
            ),
          ),
        ),
        ([vectors, order]) => {
          const data = order.map((index) => ({ index, embedding: vectors[index] ?? [] }));
          expect(openaiEmbeddings.decodeResponse({ data }, request(vectors.length)).vectors).toEqual(vectors);
        },
      ),
    );
  });

  it("stay as they came where there are no indexes, or only zeros", () => {
    for (const index of [undefined, null, 0]) {
      const data = [[3], [1], [2]].map((embedding) => (index === undefined ? { embedding } : { index, embedding }));
      expect(openaiEmbeddings.decodeResponse({ data }, request(3)).vectors).toEqual([[3], [1], [2]]);
    }
  });

  it.each([[[0, 0, 1]], [[1, 2, 3]], [[0, 1, 7]], [[-1, 0, 1]], [[0.5, 1, 2]]])(
    "with the indexes %j are nobody's",
    (indexes) => {
      const data = indexes.map((index) => ({ index, embedding: [1] }));
      expect(codeOf(() => openaiEmbeddings.decodeResponse({ data }, request(3)))).toBe("upstream_invalid_response");
    },
  );
});

describe("what an API has no word for", () => {
  const rich = request(1, {
    purpose: "fact",
    title: "A title",
    truncate: true,
    endUser: "u-1",
    dimensions: 8,
    others: { late_chunking: true },
  });

  it.each([
    ["openai", ["input-type", "title", "truncate", "late_chunking"], []],
    ["voyage", ["input-type", "title", "user", "late_chunking"], []],
    ["gemini", ["user", "late_chunking"], []],
    ["cohere", ["title", "user", "late_chunking"], ["input-type"]],
  ])("is reported for %s", (name, dropped, adapted) => {
    const encoded = ANSWERS[name]?.[0].encodeRequest(rich, TARGET);
    expect(encoded?.dropped.map(({ feature }) => feature)).toEqual(dropped);
    expect(encoded?.adapted.map(({ feature }) => feature)).toEqual(adapted);
  });

  it("is refused where nothing would be left", () => {
    for (const input of [
      { type: "tokens" as const, tokens: [1, 2] },
      { type: "other" as const, value: {} },
    ]) {
      for (const name of ["voyage", "gemini", "cohere"]) {
        const asked = request(0, { inputs: [input] });
        expect(codeOf(() => ANSWERS[name]?.[0].encodeRequest(asked, TARGET))).toBe("unsupported_feature");
      }
    }
  });
});

describe("requests", () => {
  it("say the same in OpenAI's and Gemini's API", () => {
    const openai = openaiEmbeddings.decodeRequest({ input: ["a", "b"], dimensions: 8, input_type: "query" });
    const gemini = geminiEmbeddings.decodeRequest({
      requests: ["a", "b"].map((text) => ({
        content: { parts: [{ text }] },
        taskType: "RETRIEVAL_QUERY",
        outputDimensionality: 8,
      })),
    });
    expect(gemini).toEqual(openai);
  });

  it("say the same in Cohere's API", () => {
    const body = { texts: ["a", "b"], input_type: "search_query", output_dimension: 8, embedding_types: ["float"] };
    expect(cohereEmbeddings.decodeRequest(body)).toEqual(
      openaiEmbeddings.decodeRequest({ input: ["a", "b"], dimensions: 8, input_type: "query" }),
    );
    const typed = cohereEmbeddings.decodeRequest({ texts: ["a"], embedding_types: ["int8"] });
    for (const codec of [openaiEmbeddings, geminiEmbeddings, voyageEmbeddings, cohereEmbeddings]) {
      expect(codeOf(() => codec.encodeRequest(typed, TARGET))).toBe("unsupported_feature");
    }
  });

  it("in Gemini's API are told apart from those whose settings differ", () => {
    const content = { parts: [{ text: "a" }] };
    for (const other of [{ taskType: "CLUSTERING" }, { embedContentConfig: { autoTruncate: true } }, { later: 1 }]) {
      const requests = [{ content }, { content, ...other }];
      expect(codeOf(() => geminiEmbeddings.decodeRequest({ requests }))).toBe("invalid_request");
    }
  });

  it("keep what Gemini's configuration says beside what all know, to be reported", () => {
    const body = { content: { parts: [{ text: "a" }] }, embedContentConfig: { documentOcr: true } };
    expect(geminiEmbeddings.decodeRequest(body).others).toEqual({ documentOcr: true });
  });

  it("of any JSON are read, or refused as the client's fault", () => {
    const known = fc.constantFrom("input", "dimensions", "encoding_format", "input_type", "truncate", "user");
    const gemini = fc.constantFrom(
      "content",
      "requests",
      "taskType",
      "embedContentConfig",
      "outputDimensionality",
      "texts",
      "images",
    );
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(known, gemini, fc.constant("__proto__")), fc.jsonValue()), (value) => {
        const body = Object(parseJson(JSON.stringify(value)));
        for (const { decodeRequest } of [openaiEmbeddings, geminiEmbeddings, cohereEmbeddings]) {
          expect(["none", "invalid_request"]).toContain(codeOf(() => decodeRequest(body)));
        }
      }),
    );
  });

  test("of a long text are said whole", () => {
    const text = "lörem ".repeat(20_000);
    const asked = openaiEmbeddings.decodeRequest({ input: text });
    for (const [codec] of Object.values(ANSWERS)) {
      expect(JSON.stringify(codec.encodeRequest(asked, TARGET).body)).toContain(text);
    }
  });
});
