import type { GatewayError } from "./errors.ts";
import type { FinishReason } from "./finish-reason.ts";
import type { JsonObject } from "./json.ts";
import type { Opaque } from "./origin.ts";
import type { Citation, Part } from "./parts.ts";
import type { Usage } from "./usage.ts";

export interface ResponseStart {
  readonly type: "response-start";
  readonly id?: string;
  /** The model's name as the upstream tells it. */
  readonly model?: string;
  /** Unix seconds. */
  readonly createdAt?: number;
  /** Early usage, where the upstream sends it first (Anthropic's `message_start`). */
  readonly usage?: Usage;
}

/**
 * Opens a part. `part` holds what is known at the start: text-like parts and tool calls usually start empty and grow by
 * deltas; tool results, searches and unknown parts are whole at the start and have no deltas, and so are media but sounds.
 */
export interface PartStart {
  readonly type: "part-start";
  readonly index: number;
  readonly part: Part;
}

export type Delta =
  /** Appends to the text of a text, reasoning or refusal part. */
  | { readonly type: "text"; readonly text: string }
  /** Appends to the verbatim arguments of a tool call. */
  | { readonly type: "arguments"; readonly text: string }
  /**
   * Appends to the base64 of a sound. Each piece but the last stands for a multiple of six bytes, so that pieces can be joined
   * as they are and none cuts a sample in two.
   */
  | { readonly type: "data"; readonly data: string }
  /** Appends to the words of a sound. */
  | { readonly type: "transcript"; readonly text: string }
  /** Adds a citation to a text part. */
  | { readonly type: "citation"; readonly citation: Citation }
  /** Sets the part's opaque value (it often arrives last). */
  | { readonly type: "opaque"; readonly opaque: Opaque };

export interface PartDelta {
  readonly type: "part-delta";
  readonly index: number;
  readonly delta: Delta;
}

export interface PartEnd {
  readonly type: "part-end";
  readonly index: number;
}

export interface ResponseEnd {
  readonly type: "response-end";
  readonly finishReason: FinishReason;
  readonly usage?: Usage;
  readonly serviceTier?: string;
  /** Answer fields that only the origin's dialect can say. */
  readonly extensions?: JsonObject;
}

/** The other terminal event: the upstream failed after it began. Nothing follows it. */
export interface ResponseError {
  readonly type: "response-error";
  readonly error: GatewayError;
}

/** `response-start (part-start part-delta* part-end)* (response-end | response-error)`; parts may overlap. */
export type StreamEvent = ResponseStart | PartStart | PartDelta | PartEnd | ResponseEnd | ResponseError;

/** A whole answer. `collect(decodeStream(sse))` equals `decodeResponse(json)` for the same answer. */
export interface CanonicalResponse {
  readonly id?: string;
  readonly model?: string;
  readonly createdAt?: number;
  readonly parts: readonly Part[];
  readonly finishReason: FinishReason;
  readonly usage?: Usage;
  readonly serviceTier?: string;
  readonly extensions?: JsonObject;
}
