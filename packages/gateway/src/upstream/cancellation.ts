import type { GatewayError } from "@signalbox/protocol";

/**
 * Aborts once, with a reason. What an AbortSignal does, without its EventTarget, which costs more than the parsing of a
 * request; every request needs two of these.
 */
export interface Cancellation {
  readonly reason: () => GatewayError | undefined;
  readonly abort: (reason: GatewayError) => void;
  /** Calls back on abort, at once when it is over already. Returns what forgets the listener. */
  readonly onAbort: (listener: (reason: GatewayError) => void) => () => void;
}

export function cancellation(): Cancellation {
  let aborted: GatewayError | undefined;
  const listeners = new Set<(reason: GatewayError) => void>();
  return {
    reason: () => aborted,
    abort(reason) {
      if (aborted !== undefined) return;
      aborted = reason;
      for (const listener of listeners) listener(reason);
      listeners.clear();
    },
    onAbort(listener) {
      if (aborted !== undefined) listener(aborted);
      else listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
