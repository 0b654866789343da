/** Beyond this many bytes that nobody reads yet the upstream's socket is paused. */
const HIGH_WATER_MARK = 64 * 1024;

interface Flow {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly abort: (reason: Error) => void;
}

/**
 * The body of an upstream's answer. It is consumed by a synchronous callback: a stream of many small chunks costs no
 * promise for each of them.
 */
export interface ResponseBody {
  /** Hands over every chunk, also those that came before. Resolves at the end; what the callback throws ends it too. */
  readonly consume: (onChunk: (chunk: Buffer) => void) => Promise<void>;
  /** Backpressure, for who consumes. */
  readonly pause: () => void;
  readonly resume: () => void;
}

export interface ResponseBodyWriter extends ResponseBody {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

interface Consumer {
  readonly onChunk: (chunk: Buffer) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function responseBody(flow: Flow): ResponseBodyWriter {
  let early: Buffer[] = [];
  let earlySize = 0;
  let outcome: { readonly error?: Error } | undefined;
  let consumer: Consumer | undefined;

  const hand = ({ onChunk, reject }: Consumer, chunk: Buffer) => {
    try {
      onChunk(chunk);
    } catch (error) {
      consumer = undefined;
      outcome ??= {};
      reject(error);
      flow.abort(error instanceof Error ? error : new Error("The answer was given up.", { cause: error }));
    }
  };
  const finish = () => {
    if (consumer === undefined || outcome === undefined) return;
    if (outcome.error === undefined) consumer.resolve();
    else consumer.reject(outcome.error);
  };

  return {
    consume: (onChunk) =>
      new Promise((resolve, reject) => {
        consumer = { onChunk, resolve, reject };
        const waiting = early;
        early = [];
        for (const chunk of waiting) if (consumer !== undefined) hand(consumer, chunk);
        if (earlySize > HIGH_WATER_MARK) flow.resume();
        finish();
      }),
    push(chunk) {
      if (consumer !== undefined) return hand(consumer, chunk);
      early.push(chunk);
      earlySize += chunk.length;
      if (earlySize > HIGH_WATER_MARK) flow.pause();
    },
    end() {
      outcome ??= {};
      finish();
    },
    fail(error) {
      outcome ??= { error };
      finish();
    },
    pause: flow.pause,
    resume: flow.resume,
  };
}

/** A body that was read before. */
export function wholeBody(bytes: Buffer): ResponseBody {
  const body = responseBody({ pause: () => {}, resume: () => {}, abort: () => {} });
  body.push(bytes);
  body.end();
  return body;
}
