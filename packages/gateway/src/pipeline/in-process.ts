import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from "node:http";
import { type Duplex, duplexPair } from "node:stream";

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

/**
 * A pair of streams in the place of a TCP connection: Node's own server and client are at its ends, so that heads, framing,
 * back-pressure, keep-alives and aborts are what they are for every client.
 * https://nodejs.org/api/http.html#event-connection
 */
export function inProcess(server: Server): InProcess {
  return {
    call({ method, path, headers, body, remoteAddress, onSocket }) {
      const [clientEnd, serverEnd] = duplexPair();
      Object.defineProperty(serverEnd, "remoteAddress", { value: remoteAddress });
      // What one end cannot write any more ends the other: a socket does so by itself.
      clientEnd.once("close", () => serverEnd.destroy());
      serverEnd.once("close", () => clientEnd.destroy());
      onSocket?.(serverEnd);
      server.emit("connection", serverEnd);
      const outgoing = request({
        method,
        path,
        headers: {
          ...ofRequest(headers),
          host: "localhost",
          connection: "close",
          ...(body === undefined ? {} : { "content-length": body.length }),
        },
        createConnection: () => clientEnd,
      });
      const answer = answerOf(outgoing);
      outgoing.end(body);
      return { answer, abort: () => outgoing.destroy() };
    },
  };
}

function answerOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", reject);
    outgoing.once("close", () => reject(new Error("The call was given up before it was answered.")));
  });
}

const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function ofRequest(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => value !== undefined && !OF_CONNECTION.has(name) && !name.startsWith("sec-websocket-"),
    ),
  );
}
