import type { Socket } from "node:net";

const LINGER_MS = 5000;
const refused = new WeakSet<Socket>();

interface Refusal {
  readonly status: string;
  readonly message: string;
}

const REFUSALS: ReadonlyMap<string, Refusal> = new Map([
  ["ERR_HTTP_REQUEST_TIMEOUT", { status: "408 Request Timeout", message: "The request took too long to arrive." }],
  [
    "HPE_HEADER_OVERFLOW",
    { status: "431 Request Header Fields Too Large", message: "The head of the request is too large." },
  ],
]);
const OTHERWISE: Refusal = { status: "400 Bad Request", message: "This is not a valid HTTP request." };

/**
 * Answers what the parser has refused: no more is known of it than that, so in the shape that most clients read. A socket that is
 * closed while its client still sends is reset, and the client would not see the answer: what comes is thrown away for a while. The
 * parser tells of each piece of it again.
 */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  // Who opens connections ahead of need would take an answer for that of its first request.
  const isUnused = socket.bytesRead === 0;
  if (error.code === "ECONNRESET" || !socket.writable || isUnused) {
    socket.destroy();
    return;
  }
  const { status, message } = REFUSALS.get(error.code ?? "") ?? OTHERWISE;
  const body = JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code: null } });
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.on("close", () => clearTimeout(timer));
}
