import type { IncomingMessage, Server } from "node:http";

/**
 * Answers a request that offers another protocol as one that offers none, which every server may do (RFC 9110, section 7.8): curl offers
 * HTTP/2 with any request. Node hands all of them over once somebody listens for upgrades, so it is given this one anew.
 */
export function asOrdinary(server: Server, request: IncomingMessage, head: Buffer): void {
  const { method = "GET", url = "/", httpVersion, rawHeaders, socket } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    const kept = keptOf(name.toLowerCase(), value);
    if (kept !== undefined) lines.push(`${name}: ${kept}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}

function keptOf(name: string, value: string): string | undefined {
  if (name === "upgrade" || name === "http2-settings") return undefined;
  if (name !== "connection") return value;
  const others = value.split(",").filter((token) => !/^\s*(upgrade|http2-settings)\s*$/i.test(token));
  return others.length === 0 ? undefined : others.join(",");
}
