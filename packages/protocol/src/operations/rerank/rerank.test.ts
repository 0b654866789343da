import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../ir/errors.ts";
import { GatewayError } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { parseJson } from "../../json/parse.ts";
import type { EgressOperation } from "../codec.ts";
import { cohereRerank } from "./cohere.ts";
import type { RerankAnswer, RerankRequest } from "./rerank.ts";
import { voyageRerank } from "./voyage.ts";

type Egress = EgressOperation<RerankRequest, RerankAnswer>;

const TARGET = { provider: "p", model: "ranker" };
const request = (count: number, more: Partial<RerankRequest> = {}): RerankRequest => ({
  query: "fox",
  documents: Array.from({ length: count }, (_, index) => `document ${index}`),
  others: {},
  ...more,
});

const APIS: Readonly<Record<string, readonly [Egress, (results: JsonValue) => JsonObject]>> = {
  cohere: [cohereRerank, (results) => ({ results, meta: { billed_units: { search_units: 1 } } })],
  voyage: [voyageRerank, (data) => ({ data, usage: { total_tokens: 7 } })],
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

describe.each(Object.entries(APIS))("an answer of %s", (_, [codec, answered]) => {
  it("is ranked best first, and no longer than was asked", () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(scores, fc.integer({ min: 1, max: 25 }), (given, topN) => {
        const results = given.map((relevance_score, index) => ({ index, relevance_score }));
        const asked = request(given.length, { topN });
        const ranked = codec.decodeResponse(answered(results), asked).results;
        expect(ranked.map(({ score }) => score)).toEqual(given.toSorted((a, b) => b - a).slice(0, topN));
        for (const { index, score } of ranked) expect(given[index]).toBe(score);
      }),
    );
  });

  it.each([
    ["of a document that was not sent", [{ index: 3, relevance_score: 1 }]],
    ["of a document before the first", [{ index: -1, relevance_score: 1 }]],
    ["of half a document", [{ index: 0.5, relevance_score: 1 }]],
    [
      "of one document twice",
      [
        { index: 1, relevance_score: 1 },
        { index: 1, relevance_score: 0.5 },
      ],
    ],
    ["without a score", [{ index: 1 }]],
    ["with a word for a score", [{ index: 1, relevance_score: "NaN" }]],
    ["without an index", [{ relevance_score: 1 }]],
    ["of nothing", [null]],
  ])("with a rank %s is none", (_what, results) => {
    expect(codeOf(() => codec.decodeResponse(answered(results), request(3)))).toBe("upstream_invalid_response");
  });

  it("of any other JSON is none, and nothing else is thrown", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const body = parseJson(JSON.stringify(value));
        expect(codeOf(() => codec.decodeResponse(body, request(2)))).toBe("upstream_invalid_response");
      }),
    );
  });

  it("gives documents back where the upstream does not", () => {
    const documents = ["plain", { text: "an object", id: 7 }];
    const asked = request(0, { documents, returnDocuments: true });
    const results = [
      { index: 1, relevance_score: 0.9 },
      { index: 0, relevance_score: 0.1 },
    ];
    const answer = codec.decodeResponse(answered(results), asked);
    const context = { request: asked, model: "ranker", uniqueId: "x", now: 0 };
    expect(cohereRerank.encodeResponse(answer, context)["results"]).toEqual([
      { index: 1, relevance_score: 0.9, document: { text: "an object", id: 7 } },
      { index: 0, relevance_score: 0.1, document: { text: "plain" } },
    ]);
  });
});

describe("requests", () => {
  it("are said in each API's words, and what it has none for is reported", () => {
    const asked = request(2, { topN: 1, maxTokensPerDocument: 9, others: { rank_fields: ["a"] } });
    expect(cohereRerank.encodeRequest(asked, TARGET)).toMatchObject({
      body: { model: "ranker", query: "fox", top_n: 1, max_tokens_per_doc: 9 },
      dropped: [{ feature: "rank_fields" }],
    });
    const voyage = voyageRerank.encodeRequest(asked, TARGET);
    expect(voyage.body).toEqual({ model: "ranker", query: "fox", documents: asked.documents, top_k: 1 });
    expect(voyage.dropped.map(({ feature }) => feature)).toEqual(["max-tokens-per-doc", "rank_fields"]);
  });

  it("of objects are said as their texts, which is reported", () => {
    for (const [codec] of Object.values(APIS)) {
      const { body, adapted } = codec.encodeRequest(request(0, { documents: [{ text: "a" }, { b: 1 }, "c"] }), TARGET);
      expect(body["documents"]).toEqual(["a", '{"b":1}', "c"]);
      expect(adapted).toMatchObject([{ feature: "documents" }]);
    }
  });

  it("of any JSON are read, or refused as the client's fault", () => {
    const key = fc.constantFrom("query", "documents", "top_n", "return_documents", "max_tokens_per_doc", "__proto__");
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), (value) => {
        const body = Object(parseJson(JSON.stringify(value)));
        expect(["none", "invalid_request"]).toContain(codeOf(() => cohereRerank.decodeRequest(body)));
      }),
    );
  });
});
