/**
 * The least that a proxy on Node can do: node:http in front, undici behind, nothing decided and nothing checked. It shows
 * which part of the distance to nginx is the platform's. `node bench/bare-proxy.ts UPSTREAM`
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { Agent }: typeof import("undici") = createRequire(new URL("../packages/gateway/package.json", import.meta.url))(
  "undici",
);
const upstream = process.argv[2] ?? "";
const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const headers = { "content-type": "application/json", "anthropic-version": "2023-06-01" };
    const body = Buffer.concat(chunks);
    agent.dispatch(
      { origin: upstream, path: request.url ?? "/", method: "POST", headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, status, { "content-type": type = "" }) =>
          void response.writeHead(status, { "content-type": String(type) }),
        onResponseData: (_controller, chunk) => void response.write(chunk),
        onResponseEnd: () => void response.end(),
        onResponseError: () => void response.destroy(),
      },
    );
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address !== "string") process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
