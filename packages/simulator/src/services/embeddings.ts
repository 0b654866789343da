import { createHash } from "node:crypto";
import { invalid } from "../dialects/openai-chat/errors.ts";
import type { Failure } from "../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, numberOf, textOf } from "../json.ts";
import { jsonReply, postTo, type Service } from "./service.ts";

const DEFAULT_DIMENSIONS = 16;
/** As text-embedding-3-large has. */
const MOST_DIMENSIONS = 3072;

/** The same vector for the same input: numbers from -1 to 1 that a 32-bit float holds exactly. */
export function vectorOf(input: unknown, dimensions = DEFAULT_DIMENSIONS): readonly number[] {
  const text = typeof input === "string" ? input : JSON.stringify(input);
  return Array.from({ length: dimensions }, (_, index) => {
    const digest = createHash("sha256").update(`${index} ${text}`).digest();
    return Math.fround((digest.readInt16LE(0) / 32_768) * 0.5);
  });
}

export const tokensOf = (text: string): number => Math.max(1, Math.ceil(text.length / 4));
const tokensIn = (input: unknown): number =>
  typeof input === "string" ? tokensOf(input) : listOf(input).length || tokensOf(JSON.stringify(input));

/** https://developers.openai.com/api/reference/resources/embeddings/methods/create */
export const openaiEmbeddings: Service = {
  errors: "openai-chat",
  match: (target) => (isVoyage(target.path) ? undefined : postTo("/embeddings")(target)),
  answer({ exchange: { body, baseModel } }) {
    const refused = refuseOpenAi(body, OPENAI_FIELDS);
    if (refused !== undefined) return refused;
    const inputs = inputsOf(body["input"]);
    const tokens = inputs.reduce<number>((sum, input) => sum + tokensIn(input), 0);
    const dimensions = numberOf(body["dimensions"]);
    const asBase64 = body["encoding_format"] === "base64";
    const data = inputs.map((input, index) => {
      const vector = vectorOf(input, dimensions);
      return { object: "embedding", index, embedding: asBase64 ? base64Of(vector) : vector };
    });
    const usage = { prompt_tokens: tokens, total_tokens: tokens };
    return jsonReply({ object: "list", data, model: baseModel, usage }, { input: tokens, output: 0 });
  },
};

const OPENAI_FIELDS: ReadonlySet<string> = new Set(["model", "input", "dimensions", "encoding_format", "user"]);

function refuseOpenAi(body: Fields, known: ReadonlySet<string>): Failure | undefined {
  const { model, input, dimensions, encoding_format: encoding } = body;
  if (textOf(model) === undefined) return invalid("you must provide a model parameter");
  if (inputsOf(input).length === 0) return invalid("'$.input' is invalid. Please check the API reference.", "input");
  const other = Object.keys(body).find((field) => !known.has(field));
  if (other !== undefined) return invalid(`Unrecognized request argument supplied: ${other}`);
  if (!isAbsent(encoding) && encoding !== "float" && encoding !== "base64")
    return invalid(`Invalid value: '${String(encoding)}'. Supported values are: 'float' and 'base64'.`);
  const size = numberOf(dimensions);
  if (size !== undefined && (size < 1 || size > MOST_DIMENSIONS))
    return invalid(`Invalid value for 'dimensions' = ${size}. Must be less than or equal to ${MOST_DIMENSIONS}.`);
  return undefined;
}

function inputsOf(input: unknown): readonly unknown[] {
  if (typeof input === "string") return [input];
  const items = listOf(input);
  return items.length > 0 && items.every((item) => typeof item === "number") ? [items] : items;
}

function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}

/** https://ai.google.dev/api/embeddings */
export const geminiEmbeddings: Service = {
  errors: "gemini",
  match({ method, path }) {
    const found = /\/models\/(.+):(embedContent|batchEmbedContents)$/.exec(path);
    return method === "POST" && found?.[1] !== undefined ? { model: decodeURIComponent(found[1]) } : undefined;
  },
  answer({ exchange: { body, path, model } }) {
    const isBatch = path.endsWith(":batchEmbedContents");
    const requests = isBatch ? listOf(body["requests"]).map(fieldsOf) : [body];
    const refused =
      requests.length === 0 ? badArgument("requests must not be empty") : refuseGemini(requests, model, isBatch);
    if (refused !== undefined) return refused;
    const embeddings = requests.map((request) => ({
      values: vectorOf(geminiText(request), geminiDimensions(request)),
    }));
    const tokens = requests.reduce((sum, request) => sum + tokensOf(geminiText(request)), 0);
    const usageMetadata = { promptTokenCount: tokens };
    const answer = isBatch ? { embeddings, usageMetadata } : { embedding: embeddings[0], usageMetadata };
    return jsonReply(answer, { input: tokens, output: 0 });
  },
};

const geminiText = (request: Fields): string =>
  listOf(fieldsOf(request["content"])["parts"])
    .map((part) => textOf(fieldsOf(part)["text"]) ?? "")
    .join("\n");

const geminiDimensions = (request: Fields): number | undefined =>
  numberOf(fieldsOf(request["embedContentConfig"])["outputDimensionality"]) ??
  numberOf(request["outputDimensionality"]);

const badArgument = (message: string): Failure => ({ status: 400, message, type: "INVALID_ARGUMENT" });

function refuseGemini(requests: readonly Fields[], model: string, isBatch: boolean): Failure | undefined {
  for (const [index, request] of requests.entries()) {
    if (!isFields(request["content"])) return badArgument(`requests[${index}].content must be specified.`);
    if (isBatch && request["model"] !== `models/${model}`)
      return badArgument(`requests[${index}].model must match the model of the batch: models/${model}`);
    const size = geminiDimensions(request) ?? 1;
    if (size < 1 || size > MOST_DIMENSIONS)
      return badArgument("outputDimensionality must be in the range of 1 to 3072.");
  }
  return undefined;
}

/** https://docs.cohere.com/reference/embed */
export const cohereEmbeddings: Service = {
  errors: "openai-chat",
  match: postTo("/v2/embed"),
  answer({ exchange: { body } }) {
    const texts = listOf(body["texts"]);
    if (texts.length === 0) return cohereRefusal("at least one of texts, images or inputs must be specified");
    if (texts.length > 96) return cohereRefusal("too many texts: at most 96 are embedded at once");
    if (textOf(body["input_type"]) === undefined) return cohereRefusal("input_type is a required parameter");
    if (listOf(body["embedding_types"]).length === 0) return cohereRefusal("embedding_types is a required parameter");
    const size = numberOf(body["output_dimension"]);
    const tokens = texts.reduce<number>((sum, text) => sum + tokensIn(text), 0);
    const answer = {
      id: "5807ee2e-0cda-445a-9ec8-864c60a06606",
      embeddings: Object.fromEntries(
        listOf(body["embedding_types"]).map((type) => [
          String(type),
          texts.map((text) => typed(vectorOf(text, size), type)),
        ]),
      ),
      texts,
      meta: { api_version: { version: "2" }, billed_units: { input_tokens: tokens } },
      response_type: "embeddings_by_type",
    };
    return jsonReply(answer, { input: tokens, output: 0 });
  },
};

function typed(vector: readonly number[], type: unknown): unknown {
  if (type === "base64") return base64Of(vector);
  return type === "float" ? vector : vector.map((value) => Math.round(value * 127));
}

export const cohereRefusal = (message: string): Failure => invalid(message);

const isVoyage = (path: string): boolean => path.includes("/voyage/");

const VOYAGE_FIELDS: ReadonlySet<string> = new Set([
  "model",
  "input",
  "input_type",
  "truncation",
  "output_dimension",
  "output_dtype",
  "encoding_format",
]);

/** Below `/voyage/`, since its path is OpenAI's. https://docs.voyageai.com/reference/embeddings-api */
export const voyageEmbeddings: Service = {
  errors: "openai-chat",
  match: (target) => (isVoyage(target.path) ? postTo("/embeddings")(target) : undefined),
  answer({ exchange: { body, baseModel } }) {
    const refused = refuseOpenAi(body, VOYAGE_FIELDS);
    if (refused !== undefined) return refused;
    const inputs = inputsOf(body["input"]);
    const tokens = inputs.reduce<number>((sum, input) => sum + tokensIn(input), 0);
    const asBase64 = body["encoding_format"] === "base64";
    const data = inputs.map((input, index) => {
      const vector = vectorOf(input, numberOf(body["output_dimension"]));
      return { object: "embedding", index, embedding: asBase64 ? base64Of(vector) : vector };
    });
    return jsonReply(
      { object: "list", data, model: baseModel, usage: { total_tokens: tokens } },
      { input: tokens, output: 0 },
    );
  },
};
