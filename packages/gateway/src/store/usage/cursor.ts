import { timeOfUuid } from "../../config/uuid.ts";
import { StoreError } from "../errors.ts";

/** Where a page ends: the last request of it, and when it was admitted. */
export interface RequestPosition {
  readonly id: string;
  readonly at: number;
}

/** Opaque to clients. */
export function writeCursor({ id }: Pick<RequestPosition, "id">): string {
  return Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
}

/** Throws StoreError `invalid`. */
export function readCursor(cursor: string): RequestPosition {
  // No genuine one is longer, and what is not decoded costs nothing.
  const hex = cursor.length > 32 ? "" : Buffer.from(cursor, "base64url").toString("hex");
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const at = timeOfUuid(id);
  // Decoding leaves out whatever is not base64url, so that only writing it again shows what is none.
  if (at === undefined || writeCursor({ id }) !== cursor) {
    throw new StoreError("invalid", "The cursor is not one that a list of requests has answered with.");
  }
  return { id, at };
}
