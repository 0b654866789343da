import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** A request as a client would send it. */
export interface InProcessCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** `host` and `content-length` are set here; what is only of a connection (`upgrade`, `sec-websocket-*`, …) is left out. */
  readonly headers: IncomingHttpHeaders;
  readonly body?: Uint8Array;
  /** The address from which the client came, which policies may ask for. */
  readonly remoteAddress: string | undefined;
  /** Told of the gateway's end of the connection, which is the `request.socket` of this call and of no other. */
  readonly onSocket?: (socket: Duplex) => void;
}

export interface InProcessExchange {
  /**
   * The answer at its head: `statusCode`, `headers`, and a Readable of its body as the client would read it, with back-pressure:
   * what is not read is not written. Rejects where the gateway closed the connection before an answer, or after `abort`.
   */
  readonly answer: Promise<IncomingMessage>;
  /** As if the client had gone away. After the answer's end it does nothing. */
  readonly abort: () => void;
}

/** Calls the gateway's own routes, through the same gate as everybody, without a socket of the network. */
export interface InProcess {
  readonly call: (call: InProcessCall) => InProcessExchange;
}
