import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { OperationAnswer } from "../codec.ts";

export interface RerankRequest {
  readonly query: string;
  /** Texts, or the objects (`{text}`) that a client sent in their place. */
  readonly documents: readonly JsonValue[];
  /** How many of the best are wanted; absent: all. */
  readonly topN?: number;
  readonly returnDocuments?: boolean;
  readonly maxTokensPerDocument?: number;
  /** Wire fields that no other API has a word for. */
  readonly others: JsonObject;
}

export interface RankedDocument {
  /** In the request's list. */
  readonly index: number;
  /** 0 to 1, higher is better. */
  readonly score: number;
  /** As the upstream gave it back. */
  readonly document?: JsonValue;
}

export interface RerankAnswer extends OperationAnswer {
  readonly id?: string;
  /** Best first. */
  readonly results: readonly RankedDocument[];
}

/** A document as a text: an object's `text`, else its JSON. */
export function documentText(document: JsonValue): string {
  if (typeof document === "string") return document;
  if (typeof document === "object" && document !== null && !Array.isArray(document) && "text" in document) {
    const { text } = document;
    if (typeof text === "string") return text;
  }
  return JSON.stringify(document);
}
