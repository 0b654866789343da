import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { CacheBreakpoint } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import type { EncodeTarget } from "../dialect.ts";
import { familyOf, takesCachePoints, takesCacheTtl } from "./model-family.ts";
import type { BedrockConverseQuirks } from "./quirks.ts";

/** https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html: the most that any model takes. */
const LIMIT = 4;

/** Hands out the request's cache points, in the order of the prompt: tools, then system, then messages. */
export interface CachePoints {
  /** The block that marks a breakpoint, to stand behind what it covers; nothing without one. */
  readonly after: (cache: CacheBreakpoint | undefined, place?: "tools" | "prompt") => readonly JsonObject[];
  /** The place that was kept free for a breakpoint at the end of the prompt. */
  readonly last: (cache: CacheBreakpoint | undefined) => readonly JsonObject[];
}

/** `automatic`: the request also wants its whole prompt cached, which takes one of the places. */
export function cachePoints(
  target: EncodeTarget<BedrockConverseQuirks>,
  losses: LossRecorder,
  automatic: boolean,
): CachePoints {
  const { quirks } = target;
  const taken = quirks.cachePoints === undefined ? takesCachePoints(target) : quirks.cachePoints === "keep";
  const ttlTaken = quirks.cachePointTtl === undefined ? takesCacheTtl(target) : quirks.cachePointTtl === "keep";
  let left = automatic ? LIMIT - 1 : LIMIT;

  const point = ({ ttl }: CacheBreakpoint): readonly JsonObject[] => {
    if (ttl === "1h" && !ttlTaken) {
      losses.adapt("cache-control-ttl", "This model caches for five minutes only.");
    }
    return [{ cachePoint: compact({ type: "default", ttl: ttlTaken ? ttl : undefined }) }];
  };
  const refused = (place: "tools" | "prompt"): string | undefined => {
    if (!taken) return "This model takes no cache points.";
    if (place === "tools" && familyOf(target) === "nova") return "Nova caches no tools.";
    return left === 0 ? `Only the first ${LIMIT} cache breakpoints were kept.` : undefined;
  };
  const after: CachePoints["after"] = (cache, place = "prompt") => {
    if (cache === undefined) return [];
    const reason = refused(place);
    if (reason !== undefined) {
      losses.drop("cache-control", reason);
      return [];
    }
    left -= 1;
    return point(cache);
  };
  return {
    after,
    last(cache) {
      if (cache === undefined) return [];
      left += 1;
      return after(cache);
    },
  };
}
