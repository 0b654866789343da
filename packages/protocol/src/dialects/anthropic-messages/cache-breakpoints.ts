import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { CacheBreakpoint } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { arrayOf, objectOf } from "../../json/read.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching#when-to-use-multiple-breakpoints */
const LIMIT = 4;

/** Hands out the request's cache breakpoints, in the order of the prompt: tools, then system, then messages. */
export interface CacheBreakpoints {
  /** The block with `cache_control` for its breakpoint, as long as there are breakpoints left. */
  readonly mark: (block: JsonObject, cache: CacheBreakpoint | undefined) => JsonObject;
  /** A wire block that may have `cache_control` already: kept, changed or taken off like any other. */
  readonly admit: (block: JsonObject) => JsonObject;
}

/** `automatic`: the request has a top-level `cache_control`, which takes one of the places. */
export function cacheBreakpoints(
  quirks: AnthropicMessagesQuirks,
  losses: LossRecorder,
  automatic: boolean,
): CacheBreakpoints {
  let left = automatic ? LIMIT - 1 : LIMIT;

  const placed = (block: JsonObject, control: JsonObject): JsonObject => {
    if (quirks.cacheControl === "drop") {
      losses.drop("cache-control", "This endpoint takes no cache breakpoints.");
      return block;
    }
    if (left === 0) {
      losses.drop("cache-control", `Only the first ${LIMIT} cache breakpoints were kept.`);
      return block;
    }
    left -= 1;
    return { ...block, cache_control: withTtl(control, quirks, losses) };
  };

  return {
    mark: (block, cache) => (cache === undefined ? block : placed(block, { type: "ephemeral", ...cache })),
    admit(block) {
      const { cache_control: control, ...rest } = block;
      return isObject(control) ? placed(rest, control) : block;
    },
  };
}

function withTtl(control: JsonObject, quirks: AnthropicMessagesQuirks, losses: LossRecorder): JsonObject {
  const { ttl, ...rest } = control;
  if (quirks.cacheControlTtl !== "drop" || ttl === undefined) return control;
  losses.adapt("cache-control-ttl", "This endpoint takes cache breakpoints without a time to live.");
  return rest;
}

/** The top-level `cache_control`, and the messages, which take it where the endpoint has no such field. */
export interface AutomaticCache {
  readonly control?: JsonObject;
  readonly messages: readonly JsonObject[];
}

export function automaticCache(
  control: JsonObject | undefined,
  messages: readonly JsonObject[],
  [quirks, losses]: readonly [AnthropicMessagesQuirks, LossRecorder],
): AutomaticCache {
  if (control === undefined) return { messages };
  if (quirks.cacheControl === "drop") {
    losses.drop("cache-control", "This endpoint takes no cache breakpoints.");
    return { messages };
  }
  const kept = withTtl(control, quirks, losses);
  if (quirks.topLevelCacheControl !== "last-block") return { control: kept, messages };
  losses.adapt("cache-control", "The automatic cache breakpoint was put on the last block.");
  return { messages: markLast(messages, kept) };
}

function markLast(messages: readonly JsonObject[], control: JsonObject): readonly JsonObject[] {
  const last = messages.at(-1);
  if (last === undefined) return messages;
  const blocks =
    typeof last["content"] === "string" ? [{ type: "text", text: last["content"] }] : arrayOf(last["content"]);
  const block = objectOf(blocks.at(-1));
  if (block === undefined || "cache_control" in block) return messages;
  return [
    ...messages.slice(0, -1),
    { ...last, content: [...blocks.slice(0, -1), { ...block, cache_control: control }] },
  ];
}
