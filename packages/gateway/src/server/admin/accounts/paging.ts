import type { ListPage, Scope } from "../../../store/accounts/accounts.ts";
import { badRequest } from "../status.ts";

export interface ListQuery {
  readonly limit: number;
  /** The id after which the page begins. */
  readonly after?: string;
  /** How many to pass over: OpenRouter's way. */
  readonly offset: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Others follow. */
  readonly more: boolean;
}

const largestPage = 100;
const largestOffset = 10_000;

/** `limit`, `after` and `offset` of a list. What is too large is the largest. Throws 400. */
export function readPaging(query: URLSearchParams): ListQuery {
  const limit = wholeNumber(query, "limit") ?? largestPage;
  const offset = wholeNumber(query, "offset") ?? 0;
  if (offset > largestOffset) {
    throw badRequest([{ path: ["offset"], message: `reaches ${largestOffset} at most: say 'after' with the last id` }]);
  }
  const after = query.get("after");
  return {
    limit: limit === 0 ? largestPage : Math.min(limit, largestPage),
    offset,
    ...(after === null || after === "" ? {} : { after: after.slice(0, 100) }),
  };
}

export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  // 1e9 is what a client writes that wants them all.
  const number = /^\d+(\.\d+)?e\+?\d{1,3}$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(number) || number === Number.POSITIVE_INFINITY) return Number.MAX_SAFE_INTEGER;
  throw badRequest([{ path: [name], message: "must be a whole number" }]);
}

/** One more than is asked for is read, to know whether there is more. */
export async function pageThrough<T extends { readonly id: string }>(
  list: (page: ListPage) => Promise<readonly T[]>,
  { limit, offset, after, scope }: ListQuery & { readonly scope: Scope },
): Promise<Page<T>> {
  let start = after;
  let left = offset;
  while (left > 0) {
    const passed = await list({ limit: Math.min(left, 200), scope, ...(start === undefined ? {} : { after: start }) });
    start = passed.at(-1)?.id;
    if (start === undefined) return { items: [], more: false };
    left -= passed.length;
  }
  const found = await list({ limit: limit + 1, scope, ...(start === undefined ? {} : { after: start }) });
  return { items: found.slice(0, limit), more: found.length > limit };
}
