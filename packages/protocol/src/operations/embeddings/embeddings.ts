import { GatewayError } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { OperationAnswer } from "../codec.ts";
import { refuseNeeded } from "../needed.ts";

/** What the vectors are for: models that know it make better ones. */
export type EmbeddingPurpose =
  | "query"
  | "document"
  | "similarity"
  | "classification"
  | "clustering"
  | "question"
  | "fact"
  | "code";

export type EmbeddingInput =
  | { readonly type: "text"; readonly text: string }
  /** Tokens of the model's own tokenizer. */
  | { readonly type: "tokens"; readonly tokens: readonly JsonValue[] }
  /** Pictures and whatever else only the client's own API can say. */
  | { readonly type: "other"; readonly value: JsonValue };

export interface EmbeddingsRequest {
  readonly inputs: readonly EmbeddingInput[];
  /** The client sent one input and not a list of them. */
  readonly single: boolean;
  readonly dimensions?: number;
  /** How the client wants its vectors; `base64`: little-endian 32-bit floats. */
  readonly encoding: "float" | "base64";
  readonly purpose?: EmbeddingPurpose;
  /** Of the document. */
  readonly title?: string;
  /** Whether what is too long may be cut. */
  readonly truncate?: boolean;
  readonly endUser?: string;
  /** Wire fields that no other API has a word for. */
  readonly others: JsonObject;
  /** The same of fields without which the answer would be another. */
  readonly needed?: readonly string[];
}

/** Numbers, or their base64 where the upstream sent that. */
export type EmbeddingVector = readonly JsonValue[] | string;

export interface EmbeddingsAnswer extends OperationAnswer {
  /** In the order of the inputs. */
  readonly vectors: readonly EmbeddingVector[];
}

/** The texts of the inputs. Throws `unsupported_feature` where an input is none. */
export function textsOf(request: EmbeddingsRequest, api: string): readonly string[] {
  refuseNeeded(request, api);
  const { inputs } = request;
  return inputs.map((input) => {
    if (input.type === "text") return input.text;
    const what = input.type === "tokens" ? "Lists of tokens" : "Inputs other than text";
    throw new GatewayError("unsupported_feature", `${what} cannot be said to ${api}: send text.`, { param: "input" });
  });
}

/** A vector for every input, or `upstream_invalid_response`. */
export function checkedCount(answer: EmbeddingsAnswer, request: EmbeddingsRequest): EmbeddingsAnswer {
  checkCount(answer.vectors.length, request);
  return answer;
}

export function checkCount(count: number, { inputs }: EmbeddingsRequest): void {
  if (count === inputs.length) return;
  throw new GatewayError(
    "upstream_invalid_response",
    `The upstream answered ${inputs.length} inputs with ${count} embeddings.`,
  );
}
