import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import { type Usage, usageOf } from "../../ir/usage.ts";
import { arrayOf, compact, numberOf, objectOf } from "../../json/read.ts";
import type { EgressOperation } from "../codec.ts";
import {
  checkedCount,
  type EmbeddingPurpose,
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
  textsOf,
} from "./embeddings.ts";
import { vectorOf } from "./vectors.ts";

/** The others have no word there. */
const INPUT_TYPES: Partial<Readonly<Record<EmbeddingPurpose, string>>> = {
  query: "search_query",
  document: "search_document",
  classification: "classification",
  clustering: "clustering",
};

/** `POST /v2/embed`. https://docs.cohere.com/reference/embed */
export const cohereEmbeddings: EgressOperation<EmbeddingsRequest, EmbeddingsAnswer> = {
  path: () => "/v2/embed",

  encodeRequest(request, { model }) {
    const losses = lossRecorder();
    const { purpose, dimensions, truncate } = request;
    const inputType = purpose === undefined ? undefined : INPUT_TYPES[purpose];
    if (purpose === undefined) losses.adapt("input-type", "Cohere wants one: 'search_document' was taken.");
    else if (inputType === undefined)
      losses.adapt("input-type", `Cohere has no word for '${purpose}': 'search_document' was taken.`);
    if (request.title !== undefined) losses.drop("title", "Cohere's embeddings know no titles.");
    if (request.endUser !== undefined) losses.drop("user", "Cohere's embeddings know no end users.");
    for (const field of Object.keys(request.others)) losses.drop(field, "Cohere's embeddings have no such field.");
    return {
      body: compact({
        model,
        texts: textsOf(request, "Cohere"),
        input_type: inputType ?? "search_document",
        embedding_types: ["float"],
        output_dimension: dimensions,
        truncate: truncate === undefined ? undefined : truncate ? "END" : "NONE",
      }),
      ...losses.report(),
    };
  },

  decodeResponse(body, request) {
    const fields = objectOf(body) ?? {};
    const vectors = arrayOf(objectOf(fields["embeddings"])?.["float"]).map(vectorOf);
    return checkedCount(compact({ vectors, usage: usageIn(objectOf(fields["meta"])) }), request);
  },
};

function usageIn(meta: JsonObject | undefined): Usage | undefined {
  const billed = objectOf(meta?.["billed_units"]);
  const tokens = numberOf(billed?.["input_tokens"]);
  return tokens === undefined ? undefined : usageOf({ inputTokens: tokens, outputTokens: 0 }, billed);
}
