import { createServer, request as httpRequest } from "node:http";

/** One request of a client, as it went over the wire, and the status that it was answered with. */
export interface Passed {
  readonly path: string;
  readonly status: number;
}

export interface CountingProxy {
  readonly url: string;
  /** Since the last time that this was asked. */
  readonly take: () => readonly Passed[];
  readonly close: () => Promise<void>;
}

/** Stands before the gateway and counts: what a library does on its own is seen on the wire only. */
export async function startCountingProxy(gateway: string): Promise<CountingProxy> {
  let passed: Passed[] = [];
  const { hostname, port } = new URL(gateway);
  const server = createServer((incoming, answer) => {
    const { method, url: path = "", headers } = incoming;
    const onward = httpRequest(
      { hostname, port, method, path, headers: { ...headers, host: "localhost" } },
      (reply) => {
        const { statusCode: status = 0 } = reply;
        passed.push({ path, status });
        answer.writeHead(status, reply.rawHeaders);
        reply.pipe(answer);
      },
    );
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    take: () => {
      const taken = passed;
      passed = [];
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
