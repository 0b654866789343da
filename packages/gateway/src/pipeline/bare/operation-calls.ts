import {
  cohereEmbeddings,
  cohereRerank,
  type EmbeddingsRequest,
  geminiEmbeddings,
  isObject,
  type JsonValue,
  moderationUsage,
  numberOf,
  objectsOf,
  openaiEmbeddings,
  type RerankRequest,
  type Usage,
  voyageEmbeddings,
  voyageRerank,
} from "@signalbox/protocol";
import type { ResolvedOperation } from "../../providers/resolved.ts";

/** An operation whose answer tells what it used, and which uses nothing that its request does not show. */
export interface OperationCall {
  readonly paths: readonly string[];
  /** Throws GatewayError where the answer is another one. */
  readonly usage: (answer: JsonValue) => Usage | undefined;
}

/** By operation and format. What is not here is passed on, too, and its price is not known. */
const CALLS: Readonly<Record<string, OperationCall>> = {
  "embeddings/openai": {
    paths: ["/embeddings"],
    usage: (answer) => openaiEmbeddings.decodeResponse(answer, embedded(rowsAt(answer, "data"))).usage,
  },
  "embeddings/voyage": {
    paths: ["/embeddings"],
    usage: (answer) => voyageEmbeddings.decodeResponse(answer, embedded(rowsAt(answer, "data"))).usage,
  },
  "embeddings/cohere": {
    paths: ["/v2/embed"],
    usage: (answer) => cohereEmbeddings.decodeResponse(answer, embedded(cohereRows(answer))).usage,
  },
  "embeddings/gemini": {
    paths: ["/v1beta/models/{model}:embedContent", "/v1beta/models/{model}:batchEmbedContents"],
    usage: (answer) => geminiEmbeddings.decodeResponse(answer, embedded(rowsAt(answer, "embeddings") || 1)).usage,
  },
  "rerank/cohere": {
    paths: ["/v2/rerank"],
    usage: (answer) => cohereRerank.decodeResponse(answer, ranked(answer, "results")).usage,
  },
  "rerank/voyage": {
    paths: ["/rerank"],
    usage: (answer) => voyageRerank.decodeResponse(answer, ranked(answer, "data")).usage,
  },
  "moderation/openai": { paths: ["/moderations"], usage: moderationUsage },
};

export function operationCall({ operation, format, path }: ResolvedOperation): OperationCall | undefined {
  const call = CALLS[`${operation}/${format}`];
  return call === undefined || path === undefined ? call : { ...call, paths: [path] };
}

/** What the codec compares an answer with: here it is asked for its usage only. */
function embedded(count: number): EmbeddingsRequest {
  const inputs = Array.from({ length: count }, () => ({ type: "text", text: "" }) as const);
  return { inputs, single: false, encoding: "float", others: {} };
}

/** As many documents as the answer speaks of. */
function ranked(answer: JsonValue, name: string): RerankRequest {
  const places = objectsOf(isObject(answer) ? answer[name] : undefined).map(({ index }) => numberOf(index) ?? 0);
  const count = Math.min(MOST_RANKED, 1 + places.reduce((most, place) => Math.max(most, place), 0));
  return { query: "", documents: Array.from({ length: count }, () => ""), others: {} };
}

/** Cohere takes ten thousand. https://docs.cohere.com/reference/rerank */
const MOST_RANKED = 100_000;

function rowsAt(answer: JsonValue | undefined, name: string): number {
  const rows = isObject(answer) ? answer[name] : undefined;
  return Array.isArray(rows) ? rows.length : 0;
}

const cohereRows = (answer: JsonValue): number => rowsAt(isObject(answer) ? answer["embeddings"] : undefined, "float");

/** The fewest characters that any text has for a token. */
const CHARACTERS_PER_TOKEN = 3;
/** Cohere's searches. https://cohere.com/pricing */
const DOCUMENTS_A_SEARCH = 100;

/** What such a request uses at most, as far as can be seen from its size. */
export function worstOf(operation: ResolvedOperation["operation"], bytes: number, documents: number): Usage {
  const inputTokens = Math.ceil(bytes / CHARACTERS_PER_TOKEN) * (operation === "rerank" ? Math.max(1, documents) : 1);
  const searchUnits = Math.max(1, Math.ceil(documents / DOCUMENTS_A_SEARCH));
  return { inputTokens, outputTokens: 0, ...(operation === "rerank" ? { searchUnits } : {}) };
}
