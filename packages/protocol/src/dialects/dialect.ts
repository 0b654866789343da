import type { GatewayError } from "../ir/errors.ts";
import type { CanonicalResponse, StreamEvent } from "../ir/events.ts";
import type { JsonObject, JsonValue } from "../ir/json.ts";
import type { LossRecorder, LossReport } from "../ir/loss.ts";
import type { DialectId, Origin } from "../ir/origin.ts";
import type { CanonicalRequest } from "../ir/request.ts";
import type { SseMessage } from "../sse/message.ts";
import type { Transducer } from "../transducer.ts";

/** What the HTTP request says beside its body: Gemini puts model and streaming into the path. */
export interface DecodeContext {
  readonly model?: string;
  readonly stream?: boolean;
}

/** What is known of an upstream model. Absent means unknown; encoders then take the choice that fails least. */
export interface ModelFacts {
  readonly maxOutputTokens?: number;
  readonly contextTokens?: number;
  /** How the model is told to think in its own dialect. `none`: it cannot. */
  readonly reasoning?: "none" | "effort" | "budget" | "adaptive" | "level";
  /** A last assistant message is the beginning of its answer, and it goes on from there. */
  readonly prefill?: boolean;
  /** Whether the model, where it is, searches the web when it is asked to by its dialect's own tool. */
  readonly webSearch?: boolean;
}

/** Where a request goes. `quirks` is the endpoint's, in the closed type of its dialect. */
export interface EncodeTarget<Quirks> {
  readonly provider: string;
  /** The upstream's own name of the model. */
  readonly model: string;
  readonly quirks: Quirks;
  readonly facts?: ModelFacts;
}

export interface EncodedRequest extends LossReport {
  readonly body: JsonObject;
  /** Headers that belong to what the body says (`anthropic-beta`). */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an ingress encoder needs to know to answer a client. */
export interface AnswerContext {
  /** The request that is being answered. */
  readonly request: CanonicalRequest;
  /** The model's name where the upstream's answer says none. */
  readonly model: string;
  /** Shown to the client whatever the upstream says. */
  readonly shownModel?: string;
  /** A unique, URL-safe suffix for ids that must be made because the upstream gave none. */
  readonly uniqueId: string;
  /** Unix seconds, where the upstream gave none. */
  readonly now: number;
  /** A local estimate of the prompt, at least 1, for dialects that report input before the upstream does. */
  readonly estimatedInputTokens: number;
  /** Told what the client's dialect cannot say of the answer. */
  readonly losses: LossRecorder;
}

export interface UpstreamFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface WireError {
  readonly status: number;
  readonly body: JsonObject;
}

export interface ErrorContext {
  readonly requestId: string;
}

/** The client's side: four pure functions. All throw GatewayError and nothing else. */
export interface IngressDialect {
  readonly id: DialectId;
  readonly decodeRequest: (body: JsonObject, context: DecodeContext) => CanonicalRequest;
  readonly encodeResponse: (response: CanonicalResponse, context: AnswerContext) => JsonObject;
  /** Takes one terminal event at most; a `response-error` becomes the dialect's own error event. */
  readonly encodeStream: (context: AnswerContext) => Transducer<StreamEvent, SseMessage>;
  readonly encodeError: (error: GatewayError, context: ErrorContext) => WireError;
  /** The dialect's error event for a stream that is relayed rather than encoded. `sequence` counts the events before it. */
  readonly errorEvent: (error: GatewayError, context: ErrorContext & { readonly sequence: number }) => SseMessage;
  /** What stands behind the error event of a failed stream, for clients that overlook the event. */
  readonly errorTail?: (error: GatewayError, context: ErrorContext) => string;
  /** Bytes that keep an idle stream open, complete with their blank line. */
  readonly keepAlive: string;
}

/** The upstream's side: four pure functions, and one that saves their work. `decodeStream` always ends with exactly one terminal event. */
export interface EgressDialect<Quirks> {
  readonly id: DialectId;
  readonly encodeRequest: (request: CanonicalRequest, target: EncodeTarget<Quirks>) => EncodedRequest;
  /** Throws `upstream_invalid_response`, or the error that a 200 body turns out to carry. */
  readonly decodeResponse: (body: JsonValue, origin: Origin) => CanonicalResponse;
  /** Its `end` yields a `response-error` (`upstream_truncated`) when the stream's own terminal event was not seen. */
  readonly decodeStream: (origin: Origin) => Transducer<SseMessage, StreamEvent>;
  /**
   * False for messages of a stream that only carry more content. A meter may leave those out and hand `decodeStream` the
   * rest: end, usage and failure come out the same.
   */
  readonly isLandmark: (message: SseMessage) => boolean;
  readonly decodeError: (failure: UpstreamFailure) => GatewayError;
}

/** A whole dialect, spoken to clients and to upstreams. */
export interface Dialect<Quirks> extends IngressDialect, EgressDialect<Quirks> {}
