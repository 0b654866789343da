import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Opaque } from "../../ir/origin.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import type { EncodeTarget, ModelFacts } from "../dialect.ts";
import { isReplayable, type ReplayTarget } from "../shared/replay.ts";
import { fieldsOf } from "./block-fields.ts";
import { type CacheBreakpoints, cacheBreakpoints } from "./cache-breakpoints.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";
import { DIALECT } from "./wire.ts";

/** What every encoder of a request's pieces needs. */
export interface EncodeContext {
  readonly quirks: AnthropicMessagesQuirks;
  readonly facts: ModelFacts;
  readonly replay: ReplayTarget;
  readonly losses: LossRecorder;
  readonly breakpoints: CacheBreakpoints;
}

export function encodeContext(
  request: CanonicalRequest,
  target: EncodeTarget<AnthropicMessagesQuirks>,
  losses: LossRecorder,
): EncodeContext {
  const automatic = request.extensions?.[DIALECT]?.["cache_control"] !== undefined;
  return {
    quirks: target.quirks,
    facts: target.facts ?? {},
    replay: { dialect: DIALECT, provider: target.provider, model: target.model },
    losses,
    breakpoints: cacheBreakpoints(target.quirks, losses, automatic),
  };
}

/**
 * A block with its breakpoint and the fields that came with it from this dialect. A foreign opaque value is not sent.
 */
export function finishBlock(
  block: JsonObject,
  part: { readonly cache?: Parameters<CacheBreakpoints["mark"]>[1]; readonly opaque?: Opaque },
  context: EncodeContext,
): JsonObject {
  if (part.opaque === undefined) return context.breakpoints.mark(block, part.cache);
  if (!isReplayable(part.opaque, context.replay)) {
    if (part.opaque.origin.dialect === DIALECT) {
      context.losses.adapt("reasoning-replay", "An opaque value of another provider was not sent.");
    }
    return context.breakpoints.mark(block, part.cache);
  }
  const fields = fieldsOf(part.opaque);
  const whole = { ...block, ...fields };
  return "cache_control" in fields ? context.breakpoints.admit(whole) : context.breakpoints.mark(whole, part.cache);
}
