import {
  cohereRerank,
  documentText,
  type RerankAnswer,
  type RerankRequest,
  type Usage,
  voyageRerank,
} from "@signalbox/protocol";
import type { Exchange } from "../exchange.ts";
import { type JsonOperation, namedAtTop, readJsonOperation, tokensOfTexts } from "./json-operation.ts";
import type { Asked } from "./operation.ts";

/** A search of Cohere's is one query with up to so many documents. https://cohere.com/pricing */
const DOCUMENTS_A_SEARCH = 100;

const operation: JsonOperation<RerankRequest, RerankAnswer> = {
  operation: "rerank",
  format: "cohere",
  ingress: cohereRerank,
  egress: { cohere: cohereRerank, voyage: voyageRerank },
  worst: worstOf,
  named: namedAtTop,
  // A field of the API's first version, which the second leaves out.
  completes: ({ returnDocuments }) => returnDocuments === true,
};

/** `POST /v1/rerank` and `/v2/rerank`. */
export function readRerank(exchange: Exchange): Promise<Asked> {
  return readJsonOperation(exchange, operation);
}

/** Voyage counts the query once for every document. https://docs.voyageai.com/docs/pricing */
function worstOf({ query, documents }: RerankRequest): Usage {
  return {
    inputTokens: tokensOfTexts([query]) * documents.length + tokensOfTexts(documents.map(documentText)),
    outputTokens: 0,
    searchUnits: Math.ceil(documents.length / DOCUMENTS_A_SEARCH),
  };
}
