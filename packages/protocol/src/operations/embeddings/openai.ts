import { GatewayError, invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import { type Usage, usageOf } from "../../ir/usage.ts";
import { isObject } from "../../json/parse.ts";
import {
  arrayOf,
  compact,
  numberOf,
  objectOf,
  objectsOf,
  otherFields,
  readBoolean,
  readNumber,
  readString,
  stringOf,
} from "../../json/read.ts";
import type { EgressOperation, IngressOperation } from "../codec.ts";
import { refuseNeeded } from "../needed.ts";
import {
  checkCount,
  checkedCount,
  type EmbeddingInput,
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
} from "./embeddings.ts";
import { readPurpose } from "./purpose.ts";
import { asBase64, asNumbers, vectorOf } from "./vectors.ts";

const KNOWN: ReadonlySet<string> = new Set([
  "model",
  "input",
  "dimensions",
  "encoding_format",
  "user",
  "input_type",
  "truncate",
  "truncation",
]);

/**
 * `POST /v1/embeddings`. https://developers.openai.com/api/reference/resources/embeddings/methods/create `input_type` is what others
 * who copied the API added to it.
 */
export const openaiEmbeddings: IngressOperation<EmbeddingsRequest, EmbeddingsAnswer> &
  EgressOperation<EmbeddingsRequest, EmbeddingsAnswer> = {
  decodeRequest(body) {
    const inputs = readInputs(body["input"]);
    const dimensions = readNumber(body["dimensions"], "dimensions");
    if (dimensions !== undefined && !(Number.isInteger(dimensions) && dimensions > 0))
      throw invalidRequest("'dimensions' must be a positive whole number.", "dimensions");
    return compact({
      inputs,
      single: typeof body["input"] === "string" || arrayOf(body["input"]).every((item) => typeof item === "number"),
      dimensions,
      encoding: readEncoding(body["encoding_format"]),
      purpose: readPurpose(readString(body["input_type"], "input_type")),
      truncate: readTruncate(body),
      endUser: readString(body["user"], "user"),
      others: otherFields(body, KNOWN) ?? {},
    });
  },

  encodeResponse({ vectors, model, usage = {} }, { request, model: asked }) {
    const shape = request.encoding === "base64" ? asBase64 : asNumbers;
    const tokens = usage.inputTokens ?? 0;
    return {
      object: "list",
      data: vectors.map((vector, index) => ({ object: "embedding", index, embedding: shape(vector) })),
      model: model ?? asked,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  },

  path: () => "/embeddings",

  encodeRequest(request, { model }) {
    const losses = lossRecorder();
    refuseNeeded(request, "OpenAI");
    if (request.purpose !== undefined)
      losses.drop("input-type", "OpenAI's embeddings know no purpose of their inputs.");
    if (request.title !== undefined) losses.drop("title", "OpenAI's embeddings know no titles.");
    if (request.truncate !== undefined) losses.drop("truncate", "OpenAI's embeddings are never made of cut inputs.");
    for (const field of Object.keys(request.others)) losses.drop(field, "OpenAI's embeddings have no such field.");
    const inputs = request.inputs.map(wireInput);
    const [first = ""] = inputs;
    const { dimensions, endUser, encoding } = request;
    return {
      body: compact({
        model,
        input: request.single && inputs.length === 1 ? first : inputs,
        encoding_format: encoding,
        dimensions,
        user: endUser,
      }),
      ...losses.report(),
    };
  },

  decodeResponse(body, request) {
    const fields = objectOf(body) ?? {};
    const vectors = inOrder(objectsOf(fields["data"])).map(({ embedding }) => vectorOf(embedding));
    return checkedCount(compact({ vectors, model: stringOf(fields["model"]), usage: usageIn(fields) }), request);
  },

  readOutline({ fields, lengths }, request) {
    checkCount(lengths.get("data") ?? 0, request);
    return usageIn(fields);
  },
};

function usageIn(fields: JsonObject): Usage | undefined {
  const usage = objectOf(fields["usage"]);
  const tokens = numberOf(usage?.["prompt_tokens"]) ?? numberOf(usage?.["total_tokens"]);
  return tokens === undefined ? undefined : usageOf({ inputTokens: tokens, outputTokens: 0 }, usage);
}

/** By their indexes, of which servers that copied the API write none, or 0 in every row: then as they came. */
function inOrder(rows: readonly JsonObject[]): readonly JsonObject[] {
  const places = new Map(rows.map((row) => [numberOf(row["index"]) ?? 0, row]));
  if (places.size <= 1 && places.has(0)) return rows;
  const ordered = rows.flatMap((_, index) => {
    const row = places.get(index);
    return row === undefined ? [] : [row];
  });
  if (ordered.length === rows.length) return ordered;
  throw new GatewayError("upstream_invalid_response", "The indexes of the upstream's embeddings are not in order.");
}

function readInputs(input: JsonValue | undefined): readonly EmbeddingInput[] {
  if (typeof input === "string") return [{ type: "text", text: input }];
  if (!Array.isArray(input) || input.length === 0)
    throw invalidRequest("'input' must be a text, or a list of texts or of tokens, and not empty.", "input");
  if (input.every((item) => typeof item === "number")) return [{ type: "tokens", tokens: input }];
  return input.map((item, index): EmbeddingInput => {
    if (typeof item === "string") return { type: "text", text: item };
    if (Array.isArray(item)) return { type: "tokens", tokens: item };
    if (isObject(item)) return { type: "other", value: item };
    throw invalidRequest(`'input.${index}' must be a text or a list of tokens.`, `input.${index}`);
  });
}

function readEncoding(value: JsonValue | undefined): "float" | "base64" {
  const encoding = readString(value, "encoding_format") ?? "float";
  if (encoding === "float" || encoding === "base64") return encoding;
  throw invalidRequest("'encoding_format' must be 'float' or 'base64'.", "encoding_format");
}

/** Cohere's word is where to cut; Voyage's is whether. */
function readTruncate(body: JsonObject): boolean | undefined {
  const where = body["truncate"];
  if (typeof where === "string") return where.toUpperCase() !== "NONE";
  return readBoolean(where, "truncate") ?? readBoolean(body["truncation"], "truncation");
}

function wireInput(input: EmbeddingInput): JsonValue {
  switch (input.type) {
    case "text":
      return input.text;
    case "tokens":
      return input.tokens;
    case "other":
      throw new GatewayError("unsupported_feature", "OpenAI's embeddings take text and tokens only.", {
        param: "input",
      });
  }
}
