import type { TokenCounts } from "../../catalogue/prices.ts";

/** What the request costs is to be little: a budget is nearly used up. */
export interface Thrift {
  /** In words, for people. */
  readonly why: string;
  /** By which prices are compared. */
  readonly tokens: TokenCounts;
}
