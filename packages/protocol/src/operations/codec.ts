import type { JsonObject, JsonValue } from "../ir/json.ts";
import type { LossReport } from "../ir/loss.ts";
import type { Usage } from "../ir/usage.ts";
import type { Outline } from "../json/outline.ts";

/**
 * An API beside conversations, such as embeddings. Each has one canonical request and answer, and two pure functions on either side for
 * every vendor whose API we speak. All throw GatewayError and nothing else.
 */
export interface IngressOperation<Request, Answer> {
  /** Throws `invalid_request` naming the field. */
  readonly decodeRequest: (body: JsonObject) => Request;
  readonly encodeResponse: (answer: Answer, context: AnsweredRequest<Request>) => JsonObject;
}

export interface AnsweredRequest<Request> {
  readonly request: Request;
  /** The model's name where the answer says none. */
  readonly model: string;
  /** A unique, URL-safe suffix for ids that must be made. */
  readonly uniqueId: string;
  /** Unix seconds. */
  readonly now: number;
}

export interface EgressOperation<Request, Answer> {
  /** Below the base URL; `{model}` stands for the model's name. */
  readonly path: (request: Request) => string;
  /** Throws `unsupported_feature` where the request would mean something else without what cannot be said. */
  readonly encodeRequest: (request: Request, target: OperationTarget) => EncodedOperation;
  /** Throws `upstream_invalid_response`. */
  readonly decodeResponse: (body: JsonValue, request: Request) => Answer;
  /** What a large answer that goes on as it is tells of its usage. Throws `upstream_invalid_response` where it answers something else. */
  readonly readOutline?: (outline: Outline, request: Request) => Usage | undefined;
}

export interface OperationTarget {
  readonly provider: string;
  /** The upstream's own name of the model. */
  readonly model: string;
}

export interface EncodedOperation extends LossReport {
  readonly body: JsonObject;
}

/** What every answer may tell. */
export interface OperationAnswer {
  readonly model?: string;
  readonly usage?: Usage;
}
