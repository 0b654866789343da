import { lossRecorder } from "../../ir/loss.ts";
import { compact } from "../../json/read.ts";
import type { EgressOperation } from "../codec.ts";
import { type EmbeddingsAnswer, type EmbeddingsRequest, textsOf } from "./embeddings.ts";
import { openaiEmbeddings } from "./openai.ts";

/** `POST /v1/embeddings` of Voyage AI: OpenAI's answers, other names in requests. https://docs.voyageai.com/reference/embeddings-api */
export const voyageEmbeddings: EgressOperation<EmbeddingsRequest, EmbeddingsAnswer> = {
  path: () => "/embeddings",

  encodeRequest(request, { model }) {
    const losses = lossRecorder();
    const { purpose, dimensions, truncate, encoding } = request;
    const isKnown = purpose === "query" || purpose === "document";
    if (purpose !== undefined && !isKnown)
      losses.drop("input-type", `Voyage knows queries and documents, and not '${purpose}'.`);
    if (request.title !== undefined) losses.drop("title", "Voyage's embeddings know no titles.");
    if (request.endUser !== undefined) losses.drop("user", "Voyage's embeddings know no end users.");
    for (const field of Object.keys(request.others)) losses.drop(field, "Voyage's embeddings have no such field.");
    return {
      body: compact({
        model,
        input: textsOf(request, "Voyage"),
        input_type: isKnown ? purpose : undefined,
        truncation: truncate,
        output_dimension: dimensions,
        encoding_format: encoding === "base64" ? "base64" : undefined,
      }),
      ...losses.report(),
    };
  },

  decodeResponse: openaiEmbeddings.decodeResponse,
};
