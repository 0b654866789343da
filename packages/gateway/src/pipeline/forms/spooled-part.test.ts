import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { GatewayError } from "@signalbox/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SpooledPart } from "./spooled-part.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-spool-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = () => {
  throw new Error("Nothing was to fail.");
};
const open = (memoryBytes: number, onFailure: (error: GatewayError) => void = never) =>
  new SpooledPart({ folder: join(folder, "uploads"), memoryBytes, onFailure });

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** As the sender of a request writes: it waits where it is told to. */
async function writeAll(part: SpooledPart, bytes: Buffer, chunk: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += chunk) {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!part.write(bytes.subarray(at, at + chunk), resolve)) await promise;
  }
  part.end();
}

test("every reader gets all the bytes, whenever it comes and however much stays in memory", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(600_000),
      fc.integer({ min: 1_000, max: 100_000 }),
      fc.constantFrom(0, 10, 65_536, 1_000_000),
      async (size, chunk, memory) => {
        const bytes = randomBytes(size);
        const part = open(memory);
        const early = buffer(part.read());
        const writing = writeAll(part, bytes, chunk);
        const beside = buffer(part.read());
        await writing;
        const late = buffer(part.read());
        const read = await Promise.all([early, beside, late]);
        expect(read.map(digest)).toEqual([digest(bytes), digest(bytes), digest(bytes)]);
        expect(part.size).toBe(size);
        expect(part.headSize).toBe(Math.min(size, memory));
        part.discard();
      },
    ),
    { numRuns: 30 },
  );
});

test("leaves nothing in the folder, not even while it is being read", async () => {
  const part = open(10);
  await writeAll(part, randomBytes(200_000), 50_000);
  const stream = part.read();
  await buffer(part.read());
  expect(readdirSync(join(folder, "uploads"))).toEqual([]);
  stream.destroy();
  part.discard();
});

test("tells the writer to wait once the disk is behind, and when it has caught up", async () => {
  const part = open(0);
  let drained = 0;
  let waits = 0;
  for (let count = 0; count < 40; count += 1) {
    const wrote = part.write(Buffer.alloc(65_536), () => {
      drained += 1;
    });
    if (!wrote) waits += 1;
  }
  part.end();
  expect(waits).toBeGreaterThan(30);
  expect((await buffer(part.read())).length).toBe(40 * 65_536);
  expect(drained).toBeGreaterThan(0);
  part.discard();
});

const ended = (stream: Readable): Promise<unknown> => buffer(stream).catch((error: unknown) => error);

test("a reader that follows fails when the writer does, and so does one that comes later", async () => {
  const part = open(10);
  part.write(Buffer.alloc(100), never);
  const following = ended(part.read());
  const error = new GatewayError("client_closed", "gone");
  part.fail(error);
  expect(await following).toBe(error);
  expect(await ended(part.read())).toBe(error);
  part.discard();
});

test("a discarded part can no longer be read", async () => {
  const part = open(1000);
  await writeAll(part, Buffer.alloc(10), 10);
  part.discard();
  expect(await ended(part.read())).toMatchObject({ code: "client_closed" });
});

test("a folder that cannot be written to is told, and is no crash", async () => {
  writeFileSync(join(folder, "a-file"), "");
  const failures: GatewayError[] = [];
  const part = new SpooledPart({
    folder: join(folder, "a-file", "uploads"),
    memoryBytes: 0,
    onFailure: (error) => failures.push(error),
  });
  part.write(Buffer.alloc(100), never);
  expect(await ended(part.read())).toMatchObject({ code: "overloaded" });
  expect(failures.map(({ code }) => code)).toEqual(["overloaded"]);
  part.discard();
});
