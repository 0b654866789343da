import type { CanonicalResponse, StreamEvent } from "@signalbox/protocol";
import type { PlannedAttempt } from "../routing/plan.ts";

/** What comes after an upstream's answer that did not end the client's. */
export type NextStep =
  /** Upstreams are asked again; their events go through `push` again, as the next part of the same answer. The request is the same: its reworks know what is new. */
  | { readonly type: "ask" }
  /** These events go on with the answer. */
  | { readonly type: "tell"; readonly events: readonly StreamEvent[] };

/**
 * What one of the gateway's own features does to an answer between upstream and client: it sees decoded events, of streams and of
 * whole answers alike, so that a request with work to be done takes the translate lane.
 */
export interface AnswerWork {
  /**
   * The events of this upstream's answer follow, from its start. What an earlier attempt has said since the last `next` is void: the
   * client was told nothing of it.
   */
  readonly begin: (planned: PlannedAttempt) => void;
  /**
   * The client's events for the upstream's. All that was passed on since the answer began obeys the grammar of one answer: whoever
   * keeps a `response-end` back keeps the answer open, and says in `next` what follows.
   */
  readonly push: (events: readonly StreamEvent[]) => readonly StreamEvent[];
  /** Another feature has upstreams asked again: what was pushed so far stands. */
  readonly keep?: () => void;
  /** Asked after an answer whose end was kept back. Undefined: this feature has nothing to add. Rejects with GatewayError. */
  readonly next: () => Promise<NextStep> | undefined;
}

/** Hears an answer as the client gets it, and may keep it. */
export interface Keeper {
  /** The next events of a stream: of the one attempt that answers, and of several where features went on with its answer. */
  readonly events: (events: readonly StreamEvent[]) => void;
  /** The answer in whole. */
  readonly whole: (response: CanonicalResponse) => void;
  /** Once, when the request has ended in whatever way. */
  readonly end: () => void;
}
