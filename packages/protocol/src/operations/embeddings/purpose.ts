import { invalidRequest } from "../../ir/errors.ts";
import { entryOf } from "../../json/read.ts";
import type { EmbeddingPurpose } from "./embeddings.ts";

/** The vendors' words, in lower case. */
const WORDS: Readonly<Record<string, EmbeddingPurpose>> = {
  query: "query",
  search_query: "query",
  retrieval_query: "query",
  document: "document",
  passage: "document",
  search_document: "document",
  retrieval_document: "document",
  semantic_similarity: "similarity",
  classification: "classification",
  clustering: "clustering",
  question_answering: "question",
  fact_verification: "fact",
  code_retrieval_query: "code",
};

/** Any vendor's word for what embeddings are for. Throws `invalid_request` for one that is none. */
export function readPurpose(word: string | undefined, param = "input_type"): EmbeddingPurpose | undefined {
  if (word === undefined || word === "TASK_TYPE_UNSPECIFIED") return undefined;
  const purpose = entryOf(WORDS, word.toLowerCase());
  if (purpose !== undefined) return purpose;
  throw invalidRequest(`'${param}' must be one of ${Object.keys(WORDS).join(", ")}.`, param);
}
