import { isObject, parseJson } from "@signalbox/protocol";

/** An answer as its client got it. */
export interface StoredAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The length of the head in four bytes, the head as JSON, and the body as it is. */
export function packAnswer({ status, headers, body }: StoredAnswer): Uint8Array {
  const head = Buffer.from(JSON.stringify({ status, headers }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, body]);
}

/** Throws when it is none. */
export function unpackAnswer(packed: Uint8Array): StoredAnswer {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const end = 4 + bytes.readUInt32BE();
  const head = parseJson(bytes.subarray(4, end).toString());
  if (!isObject(head) || !isObject(head["headers"])) throw new TypeError("This is not an answer.");
  const headers = Object.entries(head["headers"]).map(([name, value]) => [name, String(value)]);
  return { status: Number(head["status"]), headers: Object.fromEntries(headers), body: bytes.subarray(end) };
}
