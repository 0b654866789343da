import { expect, test } from "vitest";
import { mostSeconds, wavSeconds } from "./sound-length.ts";

/** Chunks of a WAV file: a name, and what is in it. */
function wav(...chunks: readonly (readonly [string, Buffer])[]): Buffer {
  const parts = chunks.flatMap(([id, body]) => {
    const head = Buffer.alloc(8);
    head.write(id);
    head.writeUInt32LE(body.length, 4);
    return [head, body, Buffer.alloc(body.length % 2)];
  });
  const bytes = Buffer.concat([Buffer.from("RIFF....WAVE"), ...parts]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  return bytes;
}

function format(bytesPerSecond: number): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(bytesPerSecond, 8);
  return body;
}

test("a WAV file tells its length, whatever stands before the sound", () => {
  const file = wav(["fmt ", format(100)], ["LIST", Buffer.from("odd")], ["data", Buffer.alloc(250)]);
  expect(wavSeconds(file, file.length)).toBe(2.5);
});

test("only its beginning is needed", () => {
  const file = wav(["fmt ", format(100)], ["data", Buffer.alloc(1000)]);
  expect(wavSeconds(file.subarray(0, 60), file.length)).toBe(10);
});

test("a length that is none is the file's own", () => {
  const file = wav(["fmt ", format(100)], ["data", Buffer.alloc(500)]);
  file.writeUInt32LE(0xffffffff, 12 + 8 + 16 + 4);
  expect(wavSeconds(file, file.length)).toBe(5);
});

test("what is no WAV file, or has no sound in its beginning, tells nothing", () => {
  for (const file of [
    Buffer.alloc(0),
    Buffer.from("ID3 and so on, for a while"),
    Buffer.from("RIFF....WAVE"),
    wav(["data", Buffer.alloc(100)]),
    wav(["fmt ", format(0)], ["data", Buffer.alloc(100)]),
    wav(["fmt ", format(100)], ["LIST", Buffer.alloc(100)]).subarray(0, 50),
  ]) {
    expect(wavSeconds(file, file.length)).toBeUndefined();
  }
});

test("what is packed is held for longer than what is not", () => {
  expect(mostSeconds(32_000, "a.wav")).toBe(2);
  expect(mostSeconds(32_000, "A.FLAC")).toBe(4);
  expect(mostSeconds(32_000, "a.mp3")).toBe(8);
  expect(mostSeconds(32_000, "a.ogg")).toBe(16);
  expect(mostSeconds(1, "a")).toBe(1);
});
