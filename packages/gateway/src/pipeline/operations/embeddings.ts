import {
  applyEdits,
  cohereEmbeddings,
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
  geminiEmbeddings,
  jsonBytes,
  memberIn,
  openaiEmbeddings,
  openingsWithin,
  type Usage,
  voyageEmbeddings,
} from "@signalbox/protocol";
import type { Exchange } from "../exchange.ts";
import { type JsonOperation, namedAtTop, readJsonOperation, tokensOfTexts } from "./json-operation.ts";
import type { Asked } from "./operation.ts";

export const embeddingsEgress: JsonOperation<EmbeddingsRequest, EmbeddingsAnswer>["egress"] = {
  openai: openaiEmbeddings,
  gemini: geminiEmbeddings,
  cohere: cohereEmbeddings,
  voyage: voyageEmbeddings,
};

type Gemini = JsonOperation<EmbeddingsRequest, EmbeddingsAnswer>;

const operation = { operation: "embeddings", egress: embeddingsEgress, worst: worstOf } as const;

/** `POST /v1/embeddings`. */
export function readOpenAiEmbeddings(exchange: Exchange): Promise<Asked> {
  return readJsonOperation(exchange, {
    ...operation,
    format: "openai",
    ingress: openaiEmbeddings,
    named: namedAtTop,
  });
}

/** `POST /v2/embed`. */
export function readCohereEmbeddings(exchange: Exchange): Promise<Asked> {
  return readJsonOperation(exchange, {
    ...operation,
    format: "cohere",
    ingress: cohereEmbeddings,
    named: namedAtTop,
  });
}

/** Gemini's `:embedContent` and `:batchEmbedContents`. */
export function readGeminiEmbeddings(exchange: Exchange): Promise<Asked> {
  return readJsonOperation(exchange, {
    ...operation,
    format: "gemini",
    ingress: geminiEmbeddings,
    named: namedInBatch,
  });
}

const MODEL = jsonBytes("model");

/** The path says the model; a body may say it too, and each request of a batch does. https://ai.google.dev/api/embeddings */
const namedInBatch: Gemini["named"] = ({ bytes, scan }, model) => {
  const requests = scan.members.get("requests");
  const opens = requests === undefined ? [] : openingsWithin(bytes, scan, { ...requests, depth: 3 });
  const spans = [scan.members.get("model"), ...opens.map((open) => memberIn(bytes, open, MODEL))];
  const text = JSON.stringify(`models/${model}`);
  const edits = spans.flatMap((span) => (span === undefined ? [] : [{ start: span.start, end: span.end, text }]));
  return applyEdits(
    bytes,
    edits.toSorted((a, b) => a.start - b.start),
  );
};

function worstOf({ inputs }: EmbeddingsRequest): Usage {
  const texts = inputs.flatMap((input) => (input.type === "text" ? [input.text] : []));
  const tokens = inputs.flatMap((input) => (input.type === "tokens" ? input.tokens : []));
  const others = inputs.flatMap((input) => (input.type === "other" ? [JSON.stringify(input.value)] : []));
  return { inputTokens: tokensOfTexts([...texts, ...others]) + tokens.length, outputTokens: 0 };
}
