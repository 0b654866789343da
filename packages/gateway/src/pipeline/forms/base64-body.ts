import { Readable } from "node:stream";
import type { SpooledPart } from "./spooled-part.ts";

/**
 * A text in which parts of a form stand as base64 in the place of their marks, written while it is read: no file is held in memory.
 * `marks` stand in the text once each.
 */
export function base64Body(text: string, marks: ReadonlyMap<string, SpooledPart>): () => Readable {
  return () => Readable.from(pieces(text, marks), { objectMode: false });
}

/** The length of such a body in bytes. */
export function base64Length(text: string, marks: ReadonlyMap<string, SpooledPart>): number {
  const parts = [...marks].map(([mark, part]) => Math.ceil(part.size / 3) * 4 - Buffer.byteLength(mark));
  return parts.reduce((sum, length) => sum + length, Buffer.byteLength(text));
}

async function* pieces(text: string, marks: ReadonlyMap<string, SpooledPart>): AsyncGenerator<string> {
  const places = [...marks].map(([mark, part]) => ({ mark, part, at: text.indexOf(mark) }));
  let from = 0;
  for (const { mark, part, at } of places.toSorted((a, b) => a.at - b.at)) {
    yield text.slice(from, at);
    yield* inBase64(part.read());
    from = at + mark.length;
  }
  yield text.slice(from);
}

/** Three bytes are four letters: what is left of a chunk goes before the next one. */
async function* inBase64(bytes: Readable): AsyncGenerator<string> {
  let left: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const all = Buffer.concat([left, chunk]);
    const whole = all.length - (all.length % 3);
    left = all.subarray(whole);
    if (whole > 0) yield all.toString("base64", 0, whole);
  }
  if (left.length > 0) yield left.toString("base64");
}
