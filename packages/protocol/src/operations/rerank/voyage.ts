import { GatewayError } from "../../ir/errors.ts";
import { lossRecorder } from "../../ir/loss.ts";
import { usageOf } from "../../ir/usage.ts";
import { compact, numberOf, objectOf, stringOf } from "../../json/read.ts";
import type { EgressOperation } from "../codec.ts";
import { rankedIn } from "./cohere.ts";
import { documentText, type RerankAnswer, type RerankRequest } from "./rerank.ts";

/** `POST /v1/rerank` of Voyage AI. https://docs.voyageai.com/reference/reranker-api */
export const voyageRerank: EgressOperation<RerankRequest, RerankAnswer> = {
  path: () => "/rerank",

  encodeRequest(request, { model }) {
    const losses = lossRecorder();
    if (request.maxTokensPerDocument !== undefined)
      losses.drop("max-tokens-per-doc", "Voyage cuts documents at its model's own length.");
    if (request.documents.some((document) => typeof document !== "string"))
      losses.adapt("documents", "Voyage ranks texts: of objects the text was sent.");
    for (const field of Object.keys(request.others)) losses.drop(field, "Voyage's ranking has no such field.");
    const { query, documents, topN } = request;
    return {
      body: compact({ model, query, documents: documents.map(documentText), top_k: topN }),
      ...losses.report(),
    };
  },

  decodeResponse(body, request) {
    const fields = objectOf(body) ?? {};
    if (!Array.isArray(fields["data"]))
      throw new GatewayError("upstream_invalid_response", "The upstream's answer has no 'data'.");
    const told = objectOf(fields["usage"]);
    const tokens = numberOf(told?.["total_tokens"]);
    return compact({
      model: stringOf(fields["model"]),
      results: rankedIn(fields["data"], request),
      usage: tokens === undefined ? undefined : usageOf({ inputTokens: tokens, outputTokens: 0 }, told),
    });
  },
};
