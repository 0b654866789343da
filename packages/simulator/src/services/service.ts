import type { DialectId, Exchange, Failure } from "../exchange.ts";
import type { ReplyUsage } from "../journal.ts";
import type { SimulatorState } from "../state.ts";
import type { ReceivedForm } from "./form.ts";

/** An API of a vendor beside conversations. */
export interface Service {
  /** In whose words it fails. */
  readonly errors: DialectId;
  /** Undefined: the request is not for it. `model`: where the path says it. */
  /** Its requests may be forms: read while they come, and not kept. */
  readonly takesForm?: true;
  readonly match: (target: ServiceTarget) => { readonly model?: string } | undefined;
  readonly answer: (call: ServiceCall) => ServiceReply | Failure;
  /** Where it fails in words of its own. */
  readonly errorBody?: (failure: Failure) => unknown;
}

export interface ServiceTarget {
  readonly method: string;
  readonly path: string;
}

export interface ServiceCall {
  readonly method: string;
  readonly state: SimulatorState;
  readonly exchange: Exchange;
  /** The body as it arrived; empty where it was a form. */
  readonly bytes: Buffer;
  readonly form?: ReceivedForm;
}

export interface ServiceReply {
  readonly contentType: string;
  /** A whole body, or the events or pieces of a stream. */
  readonly body: string | Iterable<string | Uint8Array>;
  readonly usage?: ReplyUsage;
}

export const jsonReply = (value: unknown, usage?: ReplyUsage): ServiceReply => ({
  contentType: "application/json",
  body: JSON.stringify(value),
  ...(usage && { usage }),
});

export const isFailure = (answer: ServiceReply | Failure): answer is Failure => "status" in answer;

/** A path that ends so, whatever stands before it. */
export const postTo =
  (...suffixes: readonly string[]): Service["match"] =>
  ({ method, path }) =>
    method === "POST" && suffixes.some((suffix) => path.endsWith(suffix)) ? {} : undefined;
