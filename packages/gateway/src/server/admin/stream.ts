import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface StreamHead {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Writes as fast as the client reads; a client that leaves ends the source. A source that fails cuts the connection, so that nobody
 * takes half for the whole, and is what this rejects with.
 */
export async function sendStream(
  response: ServerResponse,
  { status, headers }: StreamHead,
  source: AsyncIterable<string>,
): Promise<void> {
  response.writeHead(status, { ...headers, "cache-control": "no-store" });
  let failure: { readonly error: unknown } | undefined;
  const watched = async function* () {
    try {
      yield* source;
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  try {
    // One piece ahead of the socket, and no more.
    await pipeline(Readable.from(watched(), { highWaterMark: 1 }), response);
  } catch {
    if (failure !== undefined) throw failure.error;
  }
}
