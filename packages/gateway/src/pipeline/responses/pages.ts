import { invalidRequest, type JsonObject, stringOf } from "@signalbox/protocol";

/** Which part of a list is wanted. */
export interface PageWish {
  readonly after?: string;
  readonly limit: number;
  readonly order: "asc" | "desc";
}

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 100;

const PAGES = { usual: DEFAULT_LIMIT, largest: LARGEST_LIMIT };

/** `after`, `limit` (1 to 100, 20) and `order` (newest first). Throws `invalid_request`. */
export function pageWish(query: string, { usual, largest }: typeof PAGES = PAGES): PageWish {
  const asked = new URLSearchParams(query);
  const after = asked.get("after");
  const limit = Number(asked.get("limit") ?? usual);
  const order = asked.get("order") ?? "desc";
  if (!Number.isInteger(limit) || limit < 1 || limit > largest) {
    throw invalidRequest(`'limit' must be a whole number from 1 to ${largest}.`, "limit");
  }
  if (order !== "asc" && order !== "desc") throw invalidRequest("'order' must be 'asc' or 'desc'.", "order");
  return { limit, order, ...(after === null || after === "" ? {} : { after }) };
}

/** A page of items that stand in their order, oldest first. */
export function pageOf(items: readonly JsonObject[], { after, limit, order }: PageWish): JsonObject {
  const ordered = order === "asc" ? items : items.toReversed();
  const start = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0) throw unknownPlace(after);
  return list(ordered.slice(start, start + limit), ordered.length > start + limit);
}

export function unknownPlace(after: string): Error {
  return invalidRequest(`Item with id '${after.slice(0, 200)}' not found in this list.`, "after");
}

export function list(data: readonly JsonObject[], hasMore: boolean): JsonObject {
  return {
    object: "list",
    data: [...data],
    first_id: stringOf(data[0]?.["id"]) ?? null,
    last_id: stringOf(data.at(-1)?.["id"]) ?? null,
    has_more: hasMore,
  };
}
