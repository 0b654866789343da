import { GatewayError, invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import { type Usage, usageOf } from "../../ir/usage.ts";
import {
  arrayOf,
  compact,
  numberOf,
  objectOf,
  otherFields,
  readArray,
  readBoolean,
  readNumber,
  readString,
  stringOf,
} from "../../json/read.ts";
import type { EgressOperation, IngressOperation } from "../codec.ts";
import { documentText, type RankedDocument, type RerankAnswer, type RerankRequest } from "./rerank.ts";

const KNOWN: ReadonlySet<string> = new Set([
  "model",
  "query",
  "documents",
  "top_n",
  "return_documents",
  "max_tokens_per_doc",
]);

/**
 * `POST /v2/rerank`, which Jina, vLLM and llama.cpp speak too, with `return_documents` of its first version and Jina's `usage`.
 * https://docs.cohere.com/reference/rerank https://docs.vllm.ai/en/latest/serving/openai_compatible_server/#re-rank-api
 */
export const cohereRerank: IngressOperation<RerankRequest, RerankAnswer> &
  EgressOperation<RerankRequest, RerankAnswer> = {
  decodeRequest(body) {
    const query = readString(body["query"], "query");
    if (query === undefined) throw invalidRequest("'query' is missing.", "query");
    const documents = readArray(body["documents"], "documents") ?? [];
    if (documents.length === 0) throw invalidRequest("'documents' must be a list, and not empty.", "documents");
    const topN = readNumber(body["top_n"], "top_n");
    if (topN !== undefined && !(Number.isInteger(topN) && topN > 0))
      throw invalidRequest("'top_n' must be a positive whole number.", "top_n");
    return compact({
      query,
      documents,
      topN,
      returnDocuments: readBoolean(body["return_documents"], "return_documents"),
      maxTokensPerDocument: readNumber(body["max_tokens_per_doc"], "max_tokens_per_doc"),
      others: otherFields(body, KNOWN) ?? {},
    });
  },

  encodeResponse({ id, model, results, usage = {} }, { request, model: asked, uniqueId }) {
    const { inputTokens, searchUnits } = usage;
    return {
      id: id ?? `rerank-${uniqueId}`,
      object: "list",
      model: model ?? asked,
      results: results.map((result) => wireResult(result, request)),
      meta: {
        api_version: { version: "2" },
        ...(searchUnits === undefined ? {} : { billed_units: { search_units: searchUnits } }),
        ...(inputTokens === undefined ? {} : { tokens: { input_tokens: inputTokens } }),
      },
      ...(inputTokens === undefined ? {} : { usage: { total_tokens: inputTokens, prompt_tokens: inputTokens } }),
    };
  },

  path: () => "/v2/rerank",

  encodeRequest(request, { model }) {
    const losses = lossRecorder();
    if (request.documents.some((document) => typeof document !== "string"))
      losses.adapt("documents", "Cohere ranks texts: of objects the text was sent.");
    for (const field of Object.keys(request.others)) losses.drop(field, "Cohere's ranking has no such field.");
    const { query, documents, topN, maxTokensPerDocument } = request;
    return {
      body: compact({
        model,
        query,
        documents: documents.map(documentText),
        top_n: topN,
        max_tokens_per_doc: maxTokensPerDocument,
      }),
      ...losses.report(),
    };
  },

  decodeResponse(body, request) {
    const fields = objectOf(body) ?? {};
    if (!Array.isArray(fields["results"]))
      throw new GatewayError("upstream_invalid_response", "The upstream's answer has no 'results'.");
    return compact({
      id: stringOf(fields["id"]),
      model: stringOf(fields["model"]),
      results: rankedIn(fields["results"], request),
      usage: usageIn(fields),
    });
  },
};

/** The results of any of these APIs, best first. Some who copied them give them as they came, and all of them. */
export function rankedIn(
  results: JsonValue | undefined,
  { documents, topN }: Pick<RerankRequest, "documents" | "topN">,
): readonly RankedDocument[] {
  const ranked = arrayOf(results).map((result) => rankedDocument(objectOf(result) ?? {}, documents.length));
  if (new Set(ranked.map(({ index }) => index)).size < ranked.length)
    throw new GatewayError("upstream_invalid_response", "The upstream has ranked a document twice.");
  return ranked.toSorted((a, b) => b.score - a.score).slice(0, topN);
}

function rankedDocument(result: JsonObject, count: number): RankedDocument {
  const index = numberOf(result["index"]);
  const score = numberOf(result["relevance_score"]) ?? numberOf(result["score"]);
  if (index === undefined || score === undefined)
    throw new GatewayError("upstream_invalid_response", "A result of the upstream's has no index or no score.");
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new GatewayError("upstream_invalid_response", `The upstream has ranked a document ${index} of ${count}.`);
  return compact({ index, score, document: result["document"] });
}

/** Documents are given back by the gateway itself where the upstream does not: it has them. */
function wireResult({ index, score, document }: RankedDocument, request: RerankRequest): JsonObject {
  const own = request.documents[index];
  const asked =
    request.returnDocuments === true ? (document ?? (typeof own === "string" ? { text: own } : own)) : undefined;
  return compact({ index, relevance_score: score, document: asked });
}

function usageIn(fields: JsonObject): Usage | undefined {
  const meta = objectOf(fields["meta"]);
  const searchUnits = numberOf(objectOf(meta?.["billed_units"])?.["search_units"]);
  const told = objectOf(fields["usage"]);
  const tokens =
    numberOf(told?.["total_tokens"]) ??
    numberOf(objectOf(meta?.["billed_units"])?.["input_tokens"]) ??
    numberOf(objectOf(meta?.["tokens"])?.["input_tokens"]);
  if (searchUnits === undefined && tokens === undefined) return undefined;
  const inputTokens = tokens === undefined ? {} : { inputTokens: tokens, outputTokens: 0 };
  return usageOf({ ...inputTokens, searchUnits }, meta ?? told);
}
