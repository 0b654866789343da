import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { base64Joiner, isPcm, PCM_TYPE, soundTypeOf, withWavHeader } from "./sound.ts";

const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });

test("pieces with padding of their own become pieces that can be joined, none of which cuts a sample", () => {
  fc.assert(
    fc.property(pieces, (chunks) => {
      const joiner = base64Joiner();
      const joined = chunks.map((chunk) => joiner.push(Buffer.from(chunk).toString("base64")));
      for (const piece of joined) expect(Buffer.from(piece, "base64").length % 6).toBe(0);
      expect(`${joined.join("")}${joiner.end()}`).toBe(Buffer.concat(chunks).toString("base64"));
    }),
  );
});

test("what is no base64 is not lost", () => {
  const joiner = base64Joiner();
  expect(joiner.push("no base64!")).toBe("no base64!");
  expect(joiner.end()).toBe("");
});

test("samples become a WAV file of one channel, 16 bits and their rate", () => {
  const samples = Buffer.from([1, 0, 2, 0]);
  const file = Buffer.from(withWavHeader(samples.toString("base64"), PCM_TYPE), "base64");
  expect(file.toString("latin1", 0, 4)).toBe("RIFF");
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  expect(file.toString("latin1", 8, 16)).toBe("WAVEfmt ");
  expect([file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt16LE(34)]).toEqual([1, 1, 16]);
  expect([file.readUInt32LE(24), file.readUInt32LE(28)]).toEqual([24_000, 48_000]);
  expect(file.readUInt32LE(40)).toBe(4);
  expect(file.subarray(44)).toEqual(samples);
  const slow = Buffer.from(withWavHeader("", "audio/L16;rate=8000"), "base64");
  expect(slow.readUInt32LE(24)).toBe(8000);
});

test.each([
  ["RIFF", "audio/wav"],
  ["OggS\u0000\u0002", "audio/ogg"],
  ["ID3\u0004", "audio/mpeg"],
  ["fLaC\u0000", "audio/flac"],
  ["\u0000\u0000\u0001\u0000", PCM_TYPE],
])("the type of a sound is seen in its first bytes: %j", (head, type) => {
  expect(soundTypeOf(Buffer.from(head.padEnd(12, "x"), "latin1").toString("base64"))).toBe(type);
});

test("samples go by several names", () => {
  expect(["audio/L16;rate=24000", "audio/pcm", "audio/l16"].every(isPcm)).toBe(true);
  expect([undefined, "audio/wav", "image/png"].some(isPcm)).toBe(false);
});
