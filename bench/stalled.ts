import { connect, type Socket } from "node:net";
import { KEY } from "./cases.ts";

/** Readers that ask for an endless stream and then read nothing, over raw sockets that never drain. */
export async function stalledReaders(url: string, count: number): Promise<readonly Socket[]> {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({
    model: "chat/sim",
    stream: true,
    messages: [{ role: "user", content: "[[endless]]" }],
  });
  const head = [
    "POST /v1/chat/completions HTTP/1.1",
    `host: ${hostname}:${port}`,
    `authorization: Bearer ${KEY}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname));
  for (const socket of sockets) {
    socket.on("error", () => socket.destroy());
    socket.pause();
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  }
  return sockets;
}
