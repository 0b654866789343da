import type { ServerResponse } from "node:http";

/** What went to a client, as it went. */
export interface AnswerTap {
  /** The beginning of it, up to the limit. */
  readonly bytes: () => Buffer;
  /** All of it. */
  readonly size: () => number;
  /** Whoever answers has said the last of it. */
  readonly isEnded: () => boolean;
}

export interface TapOptions {
  readonly limit: number;
  /** What the answer's end waits for, once all of the answer is known. Must not reject. */
  readonly beforeEnd?: (tap: AnswerTap) => Promise<void>;
}

/**
 * Reads along what is written to a response from here on. What its writer is told of back-pressure is the response's own word.
 * Encodings and callbacks are not passed on: the pipeline has none.
 */
export function tapAnswer(response: ServerResponse, { limit, beforeEnd }: TapOptions): AnswerTap {
  const write: (chunk: Chunk) => boolean = response.write.bind(response);
  const end: (chunk?: Chunk) => ServerResponse = response.end.bind(response);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  const note = (chunk: Chunk) => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (size < limit) chunks.push(bytes.subarray(0, limit - size));
    size += bytes.length;
  };
  const tap: AnswerTap = { bytes: () => Buffer.concat(chunks), size: () => size, isEnded: () => ended };

  response.write = (chunk: Chunk) => {
    // An end that waits has been said all the same.
    if (ended) return true;
    note(chunk);
    return write(chunk);
  };
  response.end = (last?: unknown) => {
    if (ended) return response;
    ended = true;
    const chunk = isChunk(last) ? last : undefined;
    if (chunk !== undefined) note(chunk);
    const finish = () => end(chunk);
    if (beforeEnd === undefined) finish();
    else void beforeEnd(tap).then(finish);
    return response;
  };
  return tap;
}

type Chunk = string | Uint8Array;

const isChunk = (value: unknown): value is Chunk => typeof value === "string" || value instanceof Uint8Array;
