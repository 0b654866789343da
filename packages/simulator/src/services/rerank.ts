import { fieldsOf, listOf, numberOf, textOf } from "../json.ts";
import { cohereRefusal, tokensOf } from "./embeddings.ts";
import { jsonReply, postTo, type Service } from "./service.ts";

/** The share of the query's words that stand in the document. */
function scoreOf(query: string, document: string): number {
  const words = query.toLowerCase().split(/\W+/).filter(Boolean);
  const found = words.filter((word) => document.toLowerCase().includes(word));
  return words.length === 0 ? 0 : Math.round((found.length / words.length) * 1000) / 1000;
}

function ranked(query: string, documents: readonly string[], top: number | undefined) {
  return documents
    .map((document, index) => ({ index, relevance_score: scoreOf(query, document) }))
    .toSorted((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
    .slice(0, top);
}

const textsOf = (documents: unknown): readonly string[] =>
  listOf(documents).map((document) => textOf(document) ?? textOf(fieldsOf(document)["text"]) ?? "");

/** https://docs.cohere.com/reference/rerank */
export const cohereRerank: Service = {
  errors: "openai-chat",
  match: (target) => (target.path.includes("/voyage/") ? undefined : postTo("/rerank")(target)),
  answer({ exchange: { body, baseModel } }) {
    const query = textOf(body["query"]);
    const documents = textsOf(body["documents"]);
    if (query === undefined) return cohereRefusal("query is a required parameter");
    if (documents.length === 0) return cohereRefusal("documents must not be empty");
    const searches = Math.ceil(documents.length / 100);
    return jsonReply({
      id: "07734bd2-2473-4f07-94e1-0d9f0e6843cf",
      model: baseModel,
      results: ranked(query, documents, numberOf(body["top_n"])),
      meta: { api_version: { version: "2" }, billed_units: { search_units: searches } },
    });
  },
};

/** https://docs.voyageai.com/reference/reranker-api */
export const voyageRerank: Service = {
  errors: "openai-chat",
  match: (target) => (target.path.includes("/voyage/") ? postTo("/rerank")(target) : undefined),
  answer({ exchange: { body, baseModel } }) {
    const query = textOf(body["query"]);
    const documents = textsOf(body["documents"]);
    if (query === undefined || documents.length === 0) return cohereRefusal("query and documents are required");
    if (body["top_n"] !== undefined) return cohereRefusal("Argument 'top_n' is not supported by our API.");
    const tokens = documents.reduce((sum, text) => sum + tokensOf(text) + tokensOf(query), 0);
    const data = ranked(query, documents, numberOf(body["top_k"]));
    return jsonReply(
      { object: "list", data, model: baseModel, usage: { total_tokens: tokens } },
      { input: tokens, output: 0 },
    );
  },
};
