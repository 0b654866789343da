import { createServer, type Server } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultTimeouts } from "../config/defaults.ts";
import type { UpstreamPlace } from "../providers/resolved.ts";
import { type Agents, createAgents } from "./agents.ts";
import { type Cancellation, cancellation } from "./cancellation.ts";
import { dispatch } from "./dispatch.ts";

let server: Server;
let agents: Agents;
let asked: string[];
let port: number;

beforeEach(async () => {
  asked = [];
  agents = createAgents();
  server = createServer((request, response) => {
    request.on("data", (chunk) => asked.push(String(chunk)));
    request.on("end", () => response.end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  port = address.port;
});
afterEach(async () => {
  await agents.close();
  server.close();
});

function call(body: string, cancel: Cancellation, onSent = () => {}) {
  const place: UpstreamPlace = {
    baseUrl: `http://127.0.0.1:${port}`,
    auth: { kind: "none" },
    headers: new Map(),
    privateAllowed: true,
  };
  const upstream = { place, credential: undefined, url: new URL("/", place.baseUrl), headers: {}, body };
  return dispatch(upstream, { agents, timeouts: defaultTimeouts, cancel, onSent });
}

const gone = () => new GatewayError("client_closed", "The client went away.");

test("asks nothing of an upstream whose connection is made after the client left", async () => {
  const cancel = cancellation();
  const answer = call("left", cancel);
  cancel.abort(gone());
  await expect(answer).rejects.toThrow("The client went away.");
  await call("stays", cancellation());
  expect(asked).toEqual(["stays"]);
});

test("asks nothing when the client left before", async () => {
  const cancel = cancellation();
  cancel.abort(gone());
  await expect(call("left", cancel)).rejects.toThrow("The client went away.");
  await call("stays", cancellation());
  expect(asked).toEqual(["stays"]);
});

test("tells that a request goes out once a connection takes it, and not of one that nobody takes", async () => {
  const sent: string[] = [];
  const cancel = cancellation();
  const left = call("left", cancel, () => sent.push("left"));
  cancel.abort(gone());
  await expect(left).rejects.toThrow("The client went away.");
  await call("stays", cancellation(), () => sent.push("stays"));
  await new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
  await expect(call("refused", cancellation(), () => sent.push("refused"))).rejects.toThrow();
  expect(sent).toEqual(["stays"]);
});
