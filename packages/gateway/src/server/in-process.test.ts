import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { inProcess } from "./in-process.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

const POST = { method: "POST", path: "/v1/x?y=1", headers: {}, remoteAddress: "203.0.113.7" };

const called = (handler: Handler) =>
  inProcess(
    createServer((request, response) => {
      handler(request, response);
    }),
  );

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("a call arrives as a client's would, and its answer comes back whole", async () => {
  const sockets: Duplex[] = [];
  const { call } = called(async (request, response) => {
    const body = await textOf(request);
    const { method, url, headers, socket } = request;
    const seen = { method, url, body, key: headers["authorization"], upgrade: headers["upgrade"] };
    response.writeHead(201, { "x-told": String(socket.remoteAddress), "x-same": String(sockets.includes(socket)) });
    response.end(JSON.stringify(seen));
  });
  const headers = { authorization: "Bearer k", upgrade: "websocket", "content-length": "999" };
  const body = Buffer.from("bytes ü");
  const answer = await call({ ...POST, headers, body, onSocket: (socket) => sockets.push(socket) }).answer;
  expect(answer.statusCode).toBe(201);
  expect(answer.headers).toMatchObject({ "x-told": "203.0.113.7", "x-same": "true" });
  const seen = { method: "POST", url: "/v1/x?y=1", body: "bytes ü", key: "Bearer k" };
  expect(JSON.parse(await textOf(answer))).toEqual(seen);
});

test("who does not read holds up who writes, until it reads on", async () => {
  const written: boolean[] = [];
  const { call } = called(async (_request, response) => {
    response.writeHead(200);
    while (response.write(Buffer.alloc(16_384))) await new Promise((resolve) => setImmediate(resolve));
    written.push(response.writableNeedDrain);
    await once(response, "drain");
    written.push(response.writableNeedDrain);
    response.end("end");
  });
  const answer = await call(POST).answer;
  while (written.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(written).toEqual([true]);
  expect((await textOf(answer)).endsWith("end")).toBe(true);
  expect(written).toEqual([true, false]);
});

test("abort is a client that goes away: the response closes unfinished", async () => {
  const closed: Promise<boolean>[] = [];
  const { call } = called((_request, response) => {
    response.writeHead(200);
    response.write("begun");
    closed.push(once(response, "close").then(() => response.writableFinished));
  });
  const { answer, abort } = call(POST);
  const head = await answer;
  head.on("error", () => undefined);
  abort();
  expect(await closed[0]).toBe(false);
});

test("an answer that the gateway cuts off is cut for the caller, and one that never began is rejected", async () => {
  const begun = called((_request, response) => {
    response.writeHead(200);
    response.write("begun", () => response.destroy());
  });
  await expect(begun.call(POST).answer.then(textOf)).rejects.toThrow("aborted");
  const never = called((_request, response) => response.destroy());
  await expect(never.call(POST).answer).rejects.toThrow();
});
