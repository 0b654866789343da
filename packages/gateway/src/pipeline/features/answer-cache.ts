import type { Keeper } from "../answer-work.ts";
import type { Parties } from "../journey.ts";

/**
 * What the response cache says of a planned request, before it is let in. `answered`: the client has its answer, and the ledger its
 * row. A keeper: the answer is to be heard by it. Undefined: the cache is off for this request. `begin` is called before a kept
 * answer is sent. Throws `only_if_cached` where nothing else may answer, or why the request is not let in.
 */
export type FromCache = (parties: Parties, begin?: () => Promise<unknown>) => Promise<"answered" | Keeper | undefined>;
