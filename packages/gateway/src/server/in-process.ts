import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from "node:http";
import { duplexPair } from "node:stream";
import type { InProcess } from "../pipeline/in-process.ts";

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
