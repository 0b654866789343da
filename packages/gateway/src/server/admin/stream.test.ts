import { once } from "node:events";
import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { sendStream } from "./stream.ts";

/** A client that takes a piece only when it is told to. */
function slowClient() {
  const taken: string[] = [];
  let release = () => {};
  const client = Object.assign(
    new Writable({
      highWaterMark: 1,
      decodeStrings: false,
      write: (piece, _encoding, done) => {
        taken.push(String(piece));
        release = done;
      },
    }),
    { writeHead: () => undefined },
  );
  return { client, taken, next: () => release() };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}

test("what a client does not read is not made", async () => {
  let made = 0;
  let closed = false;
  async function* source() {
    try {
      for (; made < 100_000; ) yield `${++made}\n`;
    } finally {
      closed = true;
    }
  }
  const { client, taken, next } = slowClient();
  const sent = sendStream(client, { status: 200 }, source());
  await settled();
  expect(made).toBeLessThan(5);
  for (let read = 0; read < 10; read += 1) {
    next();
    await settled();
  }
  expect(taken).toHaveLength(11);
  expect(made).toBeLessThan(16);
  client.destroy();
  await sent;
  expect(closed).toBe(true);
});

test("a source that fails cuts the answer off, and is heard of", async () => {
  async function* source() {
    yield "first\n";
    throw new Error("the database is away");
  }
  const { client, next } = slowClient();
  const sent = sendStream(client, { status: 200 }, source());
  const rejected = expect(sent).rejects.toThrow("the database is away");
  await settled();
  next();
  await rejected;
  if (!client.destroyed) await once(client, "close");
  expect(client.writableFinished).toBe(false);
});
