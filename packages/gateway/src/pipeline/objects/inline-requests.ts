import { isUtf8 } from "node:buffer";
import { applyEdits, type ByteSpan, type Edit, invalidRequest, scanObject } from "@signalbox/protocol";
import { expectSize } from "../bare/bare-body.ts";
import type { Exchange } from "../exchange.ts";
import { readBounded } from "../receive.ts";

/** A batch whose requests stand in its body: read whole, bounded as every other body of the dialect. */
export async function readBatchBody(exchange: Exchange): Promise<Buffer> {
  const { request, snapshot, surface } = exchange;
  const limit = snapshot.limits.bodyBytes[surface.dialect];
  expectSize(request, limit);
  const bytes = await readBounded(request, limit);
  if (!isUtf8(bytes)) throw invalidRequest("The body is not valid UTF-8.");
  scanObject(bytes, { maxDepth: snapshot.limits.jsonDepth });
  return bytes;
}

/** The bytes with other names of models, and nothing else changed. */
export function renamedAt(bytes: Buffer, edits: readonly Edit[]): Buffer {
  return edits.length === 0 ? bytes : Buffer.concat(applyEdits(bytes, edits).map((piece) => Buffer.from(piece)));
}

/** Where a member of the object at `span` stands. A name that is there twice is refused: readers differ in which they take. */
export function memberAt(bytes: Buffer, { start, end }: ByteSpan, name: string): ByteSpan | undefined {
  if (bytes[start] !== 0x7b) return undefined;
  const found = scanObject(bytes.subarray(start, end)).members.get(name);
  return found === undefined ? undefined : { start: start + found.start, end: start + found.end };
}
