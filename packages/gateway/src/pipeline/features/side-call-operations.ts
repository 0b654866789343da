import {
  asNumbers,
  type EgressOperation,
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
  type EmbeddingVector,
  GatewayError,
  isObject,
  type JsonObject,
  type JsonValue,
  moderationUsage,
  numberOf,
  objectOf,
  objectsOf,
} from "@signalbox/protocol";
import type { OperationFormat } from "../../config/operations.ts";
import type { PlannedOperation } from "../../routing/plan.ts";
import { embeddingsEgress } from "../operations/embeddings.ts";
import { renamedFields } from "../operations/json-operation.ts";
import { operationUrl } from "../operations/operation.ts";
import { parsed } from "../operations/relay.ts";
import type { SideRequest } from "./side-call-attempts.ts";
import type { ModerationVerdict } from "./side-calls-types.ts";

const HEADERS = { accept: "application/json" } as const;

/** Throws `unsupported_feature` where this API cannot be asked for it. */
export function embeddingCall(
  { endpoint, target }: PlannedOperation,
  texts: readonly string[],
): SideRequest<readonly Float32Array[]> {
  const request: EmbeddingsRequest = {
    inputs: texts.map((text) => ({ type: "text", text })),
    single: false,
    encoding: "float",
    purpose: "similarity",
    others: {},
  };
  const codec = embeddingsCodec(endpoint.format);
  const { body } = codec.encodeRequest(request, { provider: target.provider.id, model: target.model });
  return {
    url: operationUrl(endpoint, codec.path(request), target.model),
    headers: HEADERS,
    body: JSON.stringify(renamedFields(body, endpoint.fields).body),
    read({ bytes }) {
      const { vectors, usage } = codec.decodeResponse(parsed(bytes), request);
      return { value: () => vectors.map(floats), usage };
    },
  };
}

function embeddingsCodec(format: OperationFormat): EgressOperation<EmbeddingsRequest, EmbeddingsAnswer> {
  const codec = embeddingsEgress[format];
  if (codec === undefined) throw new Error(`No codec speaks ${format} for embeddings.`);
  return codec;
}

function floats(vector: EmbeddingVector): Float32Array {
  return Float32Array.from(asNumbers(vector), Number);
}

/** https://developers.openai.com/api/reference/resources/moderations/methods/create, which Mistral has taken over. */
export function moderationCall(
  { endpoint, target }: PlannedOperation,
  texts: readonly string[],
): SideRequest<readonly ModerationVerdict[]> {
  const body = { model: target.model, input: texts };
  return {
    url: operationUrl(endpoint, "/moderations", target.model),
    headers: HEADERS,
    body: JSON.stringify(renamedFields(body, endpoint.fields).body),
    read({ bytes }) {
      const answer = parsed(bytes);
      return { value: () => verdictsIn(answer, texts.length), usage: moderationUsage(answer) };
    },
  };
}

function verdictsIn(answer: JsonValue, texts: number): readonly ModerationVerdict[] {
  const results = objectsOf(objectOf(answer)?.["results"]);
  if (results.length !== texts) throw unreadable(`${texts} texts with ${results.length} verdicts`);
  return results.map(verdictOf);
}

/** Mistral says categories only: https://docs.mistral.ai/capabilities/guardrailing */
function verdictOf({ flagged, categories, category_scores: scores }: JsonObject): ModerationVerdict {
  if (!isObject(categories ?? null)) throw unreadable("a verdict without categories");
  const named = Object.entries(objectOf(categories) ?? {}).flatMap(([name, holds]) => (holds === true ? [name] : []));
  return {
    flagged: typeof flagged === "boolean" ? flagged : named.length > 0,
    categories: named,
    scores: scoresIn(scores),
  };
}

function scoresIn(scores: JsonValue | undefined): Readonly<Record<string, number>> {
  const known = Object.entries(objectOf(scores) ?? {}).flatMap(([name, value]) => {
    const score = numberOf(value);
    return score === undefined ? [] : [[name, score] as const];
  });
  return Object.fromEntries(known);
}

function unreadable(what: string): GatewayError {
  return new GatewayError("upstream_invalid_response", `The upstream answered ${what}.`);
}
