import {
  cohereEmbeddings,
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
  geminiEmbeddings,
  openaiEmbeddings,
  type Usage,
  voyageEmbeddings,
} from "@signalbox/protocol";
import type { Exchange } from "../exchange.ts";
import { type JsonOperation, readJsonOperation, tokensOfTexts } from "./json-operation.ts";
import type { Asked } from "./operation.ts";

const egress: JsonOperation<EmbeddingsRequest, EmbeddingsAnswer>["egress"] = {
  openai: openaiEmbeddings,
  gemini: geminiEmbeddings,
  cohere: cohereEmbeddings,
  voyage: voyageEmbeddings,
};

const operation = { operation: "embeddings", egress, worst: worstOf } as const;

/** `POST /v1/embeddings`. */
export function readOpenAiEmbeddings(exchange: Exchange): Promise<Asked> {
  return readJsonOperation(exchange, {
    ...operation,
    format: "openai",
    ingress: openaiEmbeddings,
    modelInBody: true,
  });
}

/** Gemini's `:embedContent` and `:batchEmbedContents`. */
export function readGeminiEmbeddings(exchange: Exchange): Promise<Asked> {
  return readJsonOperation(exchange, {
    ...operation,
    format: "gemini",
    ingress: geminiEmbeddings,
    modelInBody: false,
  });
}

function worstOf({ inputs }: EmbeddingsRequest): Usage {
  const texts = inputs.flatMap((input) => (input.type === "text" ? [input.text] : []));
  const tokens = inputs.flatMap((input) => (input.type === "tokens" ? input.tokens : []));
  const others = inputs.flatMap((input) => (input.type === "other" ? [JSON.stringify(input.value)] : []));
  return { inputTokens: tokensOfTexts([...texts, ...others]) + tokens.length, outputTokens: 0 };
}
