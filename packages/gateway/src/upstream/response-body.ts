/** Beyond this many unread bytes the upstream's socket is paused. */
const HIGH_WATER_MARK = 64 * 1024;

interface Flow {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly abort: (reason: Error) => void;
}

/**
 * The body of an upstream's answer as it arrives: an async iterable of what came since the last look, bounded by pausing
 * the socket. Leaving the loop early aborts the exchange.
 */
export interface ResponseBody extends AsyncIterable<readonly Buffer[]> {
  /** Gives the answer up when nobody will read it. */
  readonly discard: (reason: Error) => void;
}

export interface ResponseBodyWriter extends ResponseBody {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

export function responseBody(flow: Flow): ResponseBodyWriter {
  let waiting: Buffer[] = [];
  let size = 0;
  let ended = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  const signal = () => {
    wake?.();
    wake = undefined;
  };
  const take = (): readonly Buffer[] => {
    const taken = waiting;
    waiting = [];
    if (size > HIGH_WATER_MARK) flow.resume();
    size = 0;
    return taken;
  };
  const next = async (): Promise<IteratorResult<readonly Buffer[], undefined>> => {
    while (waiting.length === 0) {
      if (failure !== undefined) throw failure;
      if (ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return { done: false, value: take() };
  };

  return {
    push(chunk) {
      waiting.push(chunk);
      size += chunk.length;
      if (size > HIGH_WATER_MARK) flow.pause();
      signal();
    },
    end() {
      ended = true;
      signal();
    },
    fail(error) {
      failure ??= error;
      signal();
    },
    discard: flow.abort,
    [Symbol.asyncIterator]: () => ({
      next,
      return: async () => {
        if (!ended) flow.abort(new Error("The answer was not read to its end."));
        return { done: true, value: undefined };
      },
    }),
  };
}
