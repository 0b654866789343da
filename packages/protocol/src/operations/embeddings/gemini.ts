import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import { type Usage, usageOf } from "../../ir/usage.ts";
import { isObject } from "../../json/parse.ts";
import {
  booleanOf,
  compact,
  numberOf,
  objectOf,
  objectsOf,
  otherFields,
  readNumber,
  readObject,
  readString,
  stringOf,
} from "../../json/read.ts";
import type { EgressOperation, IngressOperation } from "../codec.ts";
import {
  checkCount,
  checkedCount,
  type EmbeddingInput,
  type EmbeddingPurpose,
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
  textsOf,
} from "./embeddings.ts";
import { readPurpose } from "./purpose.ts";
import { asNumbers, vectorOf } from "./vectors.ts";

const TASK_TYPES: Readonly<Record<EmbeddingPurpose, string>> = {
  query: "RETRIEVAL_QUERY",
  document: "RETRIEVAL_DOCUMENT",
  similarity: "SEMANTIC_SIMILARITY",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
  question: "QUESTION_ANSWERING",
  fact: "FACT_VERIFICATION",
  code: "CODE_RETRIEVAL_QUERY",
};

const KNOWN: ReadonlySet<string> = new Set([
  "model",
  "content",
  "taskType",
  "title",
  "outputDimensionality",
  "embedContentConfig",
]);
const KNOWN_SETTINGS: ReadonlySet<string> = new Set(["taskType", "title", "outputDimensionality", "autoTruncate"]);

/** `:embedContent` and `:batchEmbedContents`, told apart by their bodies. https://ai.google.dev/api/embeddings */
export const geminiEmbeddings: IngressOperation<EmbeddingsRequest, EmbeddingsAnswer> &
  EgressOperation<EmbeddingsRequest, EmbeddingsAnswer> = {
  decodeRequest(body) {
    if (body["requests"] === undefined) return decodeOne(body, "");
    const requests = objectsOf(body["requests"]).map((request, index) => decodeOne(request, `requests.${index}.`));
    const [first] = requests;
    if (first === undefined) throw invalidRequest("'requests' must be a list, and not empty.", "requests");
    if (!requests.every((request) => settingsOf(request) === settingsOf(first)))
      throw invalidRequest(
        "All 'requests' must have the same taskType, title, outputDimensionality and embedContentConfig.",
        "requests",
      );
    return { ...first, single: false, inputs: requests.flatMap(({ inputs }) => inputs) };
  },

  encodeResponse({ vectors, usage }, { request }) {
    const embeddings = vectors.map((vector) => ({ values: asNumbers(vector) }));
    const [embedding = { values: [] }] = embeddings;
    const told = usage?.inputTokens === undefined ? {} : { usageMetadata: { promptTokenCount: usage.inputTokens } };
    return request.single ? { embedding, ...told } : { embeddings, ...told };
  },

  path: ({ single }) => `/v1beta/models/{model}:${single ? "embedContent" : "batchEmbedContents"}`,

  encodeRequest(request, { model }) {
    const losses = lossRecorder();
    if (request.endUser !== undefined) losses.drop("user", "Gemini's embeddings know no end users.");
    for (const field of Object.keys(request.others)) losses.drop(field, "Gemini's embeddings have no such field.");
    const { dimensions, purpose, title, truncate } = request;
    const requests = textsOf(request, "Gemini").map((text) =>
      compact({
        model: `models/${model}`,
        content: { parts: [{ text }] },
        taskType: purpose === undefined ? undefined : TASK_TYPES[purpose],
        title,
        outputDimensionality: dimensions,
        embedContentConfig: truncate === undefined ? undefined : { autoTruncate: truncate },
      }),
    );
    const [first = {}] = requests;
    return { body: request.single ? first : { requests }, ...losses.report() };
  },

  decodeResponse(body, request) {
    const fields = objectOf(body) ?? {};
    const single = objectOf(fields["embedding"]);
    const rows = single === undefined ? objectsOf(fields["embeddings"]) : [single];
    const vectors = rows.map(({ values }) => vectorOf(values));
    return checkedCount(compact({ vectors, usage: usageIn(objectOf(fields["usageMetadata"])) }), request);
  },

  readOutline({ fields, lengths }, request) {
    checkCount(lengths.get("embeddings") ?? (isObject(fields["embedding"]) ? 1 : 0), request);
    return usageIn(objectOf(fields["usageMetadata"]));
  },
};

function usageIn(told: JsonObject | undefined): Usage | undefined {
  const tokens = numberOf(told?.["promptTokenCount"]);
  return tokens === undefined ? undefined : usageOf({ inputTokens: tokens, outputTokens: 0 }, told);
}

function decodeOne(body: JsonObject, at: string): EmbeddingsRequest {
  const content = readObject(body["content"], `${at}content`);
  if (content === undefined) throw invalidRequest(`'${at}content' is missing.`, `${at}content`);
  const settings = readObject(body["embedContentConfig"], `${at}embedContentConfig`) ?? {};
  const title = stringOf(settings["title"]) ?? readString(body["title"], `${at}title`);
  const taskType = stringOf(settings["taskType"]) ?? readString(body["taskType"], `${at}taskType`);
  const dimensions =
    numberOf(settings["outputDimensionality"]) ?? readNumber(body["outputDimensionality"], `${at}outputDimensionality`);
  return compact({
    inputs: [inputOf(content)],
    single: true,
    dimensions,
    encoding: "float" as const,
    purpose: readPurpose(taskType, `${at}taskType`),
    title,
    truncate: booleanOf(settings["autoTruncate"]),
    others: { ...otherFields(body, KNOWN), ...otherFields(settings, KNOWN_SETTINGS) },
  });
}

/** Parts of text are one text. */
function inputOf(content: JsonObject): EmbeddingInput {
  const parts = objectsOf(content["parts"]);
  const texts = parts.map((part) => stringOf(part["text"]));
  const isText = parts.length > 0 && texts.every((text) => text !== undefined);
  return isText ? { type: "text", text: texts.join("\n") } : { type: "other", value: content };
}

function settingsOf({ inputs: _, ...settings }: EmbeddingsRequest): string {
  return JSON.stringify(settings);
}
