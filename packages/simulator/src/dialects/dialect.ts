import type { Exchange, Failure, FailureKind } from "../exchange.ts";
import type { Fields } from "../json.ts";
import type { Reply } from "../reply.ts";
import type { RequestView } from "../request-view.ts";
import type { SimulatorState } from "../state.ts";

/** Prompt tokens, disjoint; each dialect adds them up in its own way. */
export interface PromptUsage {
  readonly uncached: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

export interface Answer {
  readonly exchange: Exchange;
  readonly reply: Reply;
  readonly prompt: PromptUsage;
  readonly state: SimulatorState;
}

export type Headers = Readonly<Record<string, string>>;

/** One vendor API, seen from its own side. `read` must not throw, whatever the body is. */
export interface Dialect {
  read(exchange: Exchange, state: SimulatorState): RequestView;
  validate(exchange: Exchange, state: SimulatorState): Failure | undefined;
  promptUsage(exchange: Exchange, state: SimulatorState): PromptUsage;
  countTokens(exchange: Exchange): Fields;
  respond(answer: Answer): Fields;
  /** The wire form of the stream; each string is one event. */
  stream(answer: Answer): Iterable<string>;
  readonly framing: Framing;
  readonly errors: Errors;
}

export interface Framing {
  contentType(exchange: Exchange): string;
  /** How many events come before the first content. */
  readonly preludeEvents: number;
  readonly ping: string;
  readonly malformed: string;
  /** The first event that tells that the answer is over. */
  isEnd(event: string): boolean;
  /** How each event becomes bytes, where the wire is not text. */
  encoder?(exchange: Exchange): ((event: string) => Uint8Array) | undefined;
}

export interface Errors {
  headers(requestId: string): Headers;
  failureHeaders(failure: Failure): Headers;
  failureFor(kind: FailureKind): Failure;
  /** A credential that begins with `bad-`, as this vendor answers it. */
  badCredential(exchange: Pick<Exchange, "headers" | "query">): Failure | undefined;
  invalidJson(): Failure;
  body(failure: Failure, requestId: string, exchange: Pick<Exchange, "stream" | "query">): unknown;
  /** The error event of a stream that has sent `sent` events. */
  event(failure: Failure, sent: number): string;
}
