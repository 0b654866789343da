import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface StreamHead {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What of a ServerResponse is needed here. */
export interface StreamedResponse extends Writable {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
}

/**
 * Writes as fast as the client reads; a client that leaves ends the source. A source that fails cuts the connection, so that nobody
 * takes half for the whole, and is what this rejects with.
 */
export async function sendStream(
  response: StreamedResponse,
  { status, headers }: StreamHead,
  source: AsyncIterable<string>,
): Promise<void> {
  response.writeHead(status, { ...headers, "cache-control": "no-store" });
  let failure: { readonly error: unknown } | undefined;
  const iterator = source[Symbol.asyncIterator]();
  // A client that leaves is told to the source as an error of its own: only what `next` throws is one of the source.
  const watched = async function* () {
    try {
      for (;;) {
        const next = await iterator.next().catch((error: unknown) => {
          failure = { error };
          throw error;
        });
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  };
  try {
    // One piece ahead of the socket, and no more.
    await pipeline(Readable.from(watched(), { highWaterMark: 1 }), response);
  } catch {
    if (failure !== undefined) throw failure.error;
  }
}
