import { dollarsToNano } from "../../config/money.ts";
import type { ConfiguredEngine } from "./engines/index.ts";

export interface SearchFee {
  readonly nano: number;
  /** Which price it is: `brave/web-search@2026-11-21`, or `brave/web-search@own` where the operator wrote it. */
  readonly price: string;
}

/** What one search costs. */
export function feeOf({ engine, settings }: ConfiguredEngine, maxResults: number): SearchFee {
  const own = settings.pricePerThousand;
  const perThousand = own ?? engine.listPrice.perThousand(maxResults);
  return {
    nano: Math.round(dollarsToNano(perThousand) / 1000),
    price: `${engine.id}/web-search@${own === undefined ? engine.listPrice.asOf : "own"}`,
  };
}

/** The dearest of the engines that may be asked in turn. */
export function dearestFee(engines: readonly ConfiguredEngine[], maxResults: number): number {
  return Math.max(0, ...engines.map((engine) => feeOf(engine, maxResults).nano));
}
