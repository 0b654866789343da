import { compact, type JsonObject } from "@signalbox/protocol";
import { nanoToDollars } from "../../config/money.ts";
import type { Outcome } from "../exchange.ts";

type Told = Pick<Outcome, "cache" | "savings">;

/** `cache: {status, id, score, age_seconds, saved_usd}`; the last is what the answer would cost if it were asked for now. */
export function cacheMetadata({ cache, savings }: Told): JsonObject {
  if (cache === undefined) return {};
  const { status, id, score, ageSeconds } = cache;
  const saved = ageSeconds === undefined ? undefined : savings?.cacheNano;
  const savedUsd = saved === undefined ? undefined : nanoToDollars(saved);
  return { cache: compact({ status, id, score, age_seconds: ageSeconds, saved_usd: savedUsd }) };
}

/** Of every answer for which a cache was asked, whatever else is told: who gets one must be able to see where it is from. */
export function cacheHeaders({ cache }: Told): Record<string, string> {
  if (cache === undefined) return {};
  const { status, id, score, ageSeconds } = cache;
  return {
    "x-cache": status.replace(/^\w+/, (word) => word.toUpperCase()),
    ...(id === undefined ? {} : { "x-cache-id": id }),
    ...(score === undefined ? {} : { "x-cache-score": String(score) }),
    ...(ageSeconds === undefined ? {} : { age: String(ageSeconds) }),
  };
}
