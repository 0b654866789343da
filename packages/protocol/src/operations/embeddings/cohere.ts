import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import { type Usage, usageOf } from "../../ir/usage.ts";
import {
  arrayOf,
  compact,
  numberOf,
  objectOf,
  otherFields,
  readArray,
  readNumber,
  readString,
} from "../../json/read.ts";
import type { EgressOperation, IngressOperation } from "../codec.ts";
import {
  checkedCount,
  type EmbeddingInput,
  type EmbeddingPurpose,
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
  textsOf,
} from "./embeddings.ts";
import { readPurpose } from "./purpose.ts";
import { asBase64, asNumbers, vectorOf } from "./vectors.ts";

const KNOWN: ReadonlySet<string> = new Set([
  "model",
  "texts",
  "images",
  "inputs",
  "input_type",
  "embedding_types",
  "output_dimension",
  "truncate",
]);

/** The others have no word there. */
const INPUT_TYPES: Partial<Readonly<Record<EmbeddingPurpose, string>>> = {
  query: "search_query",
  document: "search_document",
  classification: "classification",
  clustering: "clustering",
};

/** `POST /v2/embed`. https://docs.cohere.com/reference/embed */
export const cohereEmbeddings: IngressOperation<EmbeddingsRequest, EmbeddingsAnswer> &
  EgressOperation<EmbeddingsRequest, EmbeddingsAnswer> = {
  decodeRequest(body) {
    const purpose = readPurpose(readString(body["input_type"], "input_type"));
    const dimensions = readNumber(body["output_dimension"], "output_dimension");
    if (dimensions !== undefined && !(Number.isInteger(dimensions) && dimensions > 0))
      throw invalidRequest("'output_dimension' must be a positive whole number.", "output_dimension");
    return compact({
      inputs: readInputs(body),
      single: false,
      dimensions,
      ...readTypes(body["embedding_types"]),
      purpose,
      truncate: readCut(readString(body["truncate"], "truncate")),
      others: otherFields(body, KNOWN) ?? {},
    });
  },

  encodeResponse({ vectors, usage }, { request, uniqueId }) {
    const isText = request.encoding === "base64";
    const tokens = usage?.inputTokens;
    return {
      id: `embed-${uniqueId}`,
      embeddings: isText ? { base64: vectors.map(asBase64) } : { float: vectors.map(asNumbers) },
      texts: request.inputs.map((input) => (input.type === "text" ? input.text : "")),
      meta: {
        api_version: { version: "2" },
        ...(tokens === undefined ? {} : { billed_units: { input_tokens: tokens } }),
      },
      response_type: "embeddings_by_type",
    };
  },

  path: () => "/v2/embed",

  encodeRequest(request, { model }) {
    const losses = lossRecorder();
    const { purpose, dimensions, truncate } = request;
    const inputType = purpose === undefined ? undefined : INPUT_TYPES[purpose];
    if (purpose === undefined) losses.adapt("input-type", "Cohere wants one: 'search_document' was taken.");
    else if (inputType === undefined)
      losses.adapt("input-type", `Cohere has no word for '${purpose}': 'search_document' was taken.`);
    if (request.title !== undefined) losses.drop("title", "Cohere's embeddings know no titles.");
    if (request.endUser !== undefined) losses.drop("user", "Cohere's embeddings know no end users.");
    for (const field of Object.keys(request.others)) losses.drop(field, "Cohere's embeddings have no such field.");
    return {
      body: compact({
        model,
        texts: textsOf(request, "Cohere"),
        input_type: inputType ?? "search_document",
        embedding_types: ["float"],
        output_dimension: dimensions,
        truncate: truncate === undefined ? undefined : truncate ? "END" : "NONE",
      }),
      ...losses.report(),
    };
  },

  decodeResponse(body, request) {
    const fields = objectOf(body) ?? {};
    const embeddings = objectOf(fields["embeddings"]) ?? {};
    // As many of every type.
    const vectors = arrayOf(embeddings["float"] ?? Object.values(embeddings)[0]).map(vectorOf);
    return checkedCount(compact({ vectors, usage: usageIn(objectOf(fields["meta"])) }), request);
  },
};

function readInputs(body: JsonObject): readonly EmbeddingInput[] {
  const texts = readArray(body["texts"], "texts") ?? [];
  const others = [...(readArray(body["images"], "images") ?? []), ...(readArray(body["inputs"], "inputs") ?? [])];
  const inputs = [
    ...texts.map((text, index): EmbeddingInput => {
      if (typeof text !== "string") throw invalidRequest(`'texts.${index}' must be a text.`, `texts.${index}`);
      return { type: "text", text };
    }),
    ...others.map((value): EmbeddingInput => ({ type: "other", value })),
  ];
  if (inputs.length === 0) throw invalidRequest("One of 'texts', 'images' and 'inputs' is needed.", "texts");
  return inputs;
}

/** Who asks for several, or for whole numbers, is answered by Cohere alone. */
function readTypes(value: JsonValue | undefined): Pick<EmbeddingsRequest, "encoding" | "needed"> {
  const types = readArray(value, "embedding_types") ?? [];
  const [type = "float"] = types;
  const isCommon = types.length <= 1 && (type === "float" || type === "base64");
  return { encoding: type === "base64" ? "base64" : "float", ...(isCommon ? {} : { needed: ["embedding_types"] }) };
}

const readCut = (where: string | undefined): boolean | undefined =>
  where === undefined ? undefined : where.toUpperCase() !== "NONE";

function usageIn(meta: JsonObject | undefined): Usage | undefined {
  const billed = objectOf(meta?.["billed_units"]);
  const tokens = numberOf(billed?.["input_tokens"]);
  return tokens === undefined ? undefined : usageOf({ inputTokens: tokens, outputTokens: 0 }, billed);
}
