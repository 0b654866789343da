import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { CompressionWish, Part } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";

/** The field of a message in every dialect. It is read by the gateway, and no upstream is told of it. */
export const COMPRESSION = "compression";

/** Inworld's: https://docs.inworld.ai/router/capabilities/compression */
const AGGRESSIVENESS = 0.5;

/**
 * A message's `compression: {aggressiveness?: 0..1}`. Undefined where there is none, or where the field is something else, which is
 * its vendor's then. Throws `invalid_request`.
 */
export function compressionWish(message: JsonObject, path: string): CompressionWish | undefined {
  const wish = message[COMPRESSION];
  if (!isWish(wish)) return undefined;
  const aggressiveness = wish["aggressiveness"] ?? AGGRESSIVENESS;
  if (typeof aggressiveness === "number" && aggressiveness >= 0 && aggressiveness <= 1) return { aggressiveness };
  const field = `${path}.${COMPRESSION}.aggressiveness`;
  throw invalidRequest(`'${field}' must be a number from 0 to 1.`, field);
}

const isWish = (value: unknown): value is JsonObject =>
  isObject(value) && Object.keys(value).every((key) => key === "aggressiveness");

/** The message without it, so that it is taken for no field of its vendor's. */
export function withoutWish(message: JsonObject): JsonObject {
  if (!isWish(message[COMPRESSION])) return message;
  const { [COMPRESSION]: _, ...rest } = message;
  return rest;
}

/** What is wished of a message is wished of each of its parts: messages are joined and parted on their way. */
export function withWish<P extends Part>(parts: readonly P[], wish: CompressionWish | undefined): readonly P[] {
  return wish === undefined ? parts : parts.map((part) => ({ ...part, compression: wish }));
}
