import { bytesFromBase64, bytesToBase64 } from "../../dialects/shared/base64.ts";
import { GatewayError } from "../../ir/errors.ts";
import type { JsonValue } from "../../ir/json.ts";
import type { EmbeddingVector } from "./embeddings.ts";

const FLOAT_BYTES = 4;

/** A vector of an answer, or `upstream_invalid_response`: an empty one, or words in it, would be taken for a meaning. */
export function vectorOf(value: JsonValue | undefined): EmbeddingVector {
  if (typeof value === "string" && value !== "") return value;
  if (Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === "number")) return value;
  throw unreadable();
}

/** As OpenAI writes vectors in base64: 32-bit floats, little-endian. https://developers.openai.com/api/reference/resources/embeddings */
export function asBase64(vector: EmbeddingVector): string {
  if (typeof vector === "string") return vector;
  const view = new DataView(new ArrayBuffer(vector.length * FLOAT_BYTES));
  for (const [index, value] of vector.entries()) view.setFloat32(index * FLOAT_BYTES, numberIn(value), true);
  return bytesToBase64(new Uint8Array(view.buffer));
}

export function asNumbers(vector: EmbeddingVector): readonly JsonValue[] {
  if (typeof vector !== "string") return vector;
  const bytes = bytesIn(vector);
  if (bytes.length % FLOAT_BYTES !== 0) throw unreadable();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / FLOAT_BYTES }, (_, index) => view.getFloat32(index * FLOAT_BYTES, true));
}

function bytesIn(letters: string): Uint8Array {
  try {
    return bytesFromBase64(letters);
  } catch {
    throw unreadable();
  }
}

function numberIn(value: JsonValue): number {
  if (typeof value === "number") return value;
  throw unreadable();
}

function unreadable(): GatewayError {
  return new GatewayError("upstream_invalid_response", "The upstream's embeddings are no vectors of numbers.");
}
