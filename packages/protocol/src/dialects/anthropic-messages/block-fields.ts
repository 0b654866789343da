import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Opaque, Origin } from "../../ir/origin.ts";
import type { CacheBreakpoint } from "../../ir/parts.ts";
import { isObject, parseJsonObject } from "../../json/parse.ts";
import { present, unknownFields } from "./wire.ts";

const CACHE_KEYS: ReadonlySet<string> = new Set(["type", "ttl"]);

/** A block's `cache_control`. https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
export function cacheOf(control: JsonValue | undefined): CacheBreakpoint | undefined {
  if (!isObject(control)) return undefined;
  const { ttl } = control;
  return ttl === "5m" || ttl === "1h" ? { ttl } : {};
}

/** Whether the IR has words for all of a breakpoint: no `scope`, no type of tomorrow. */
export function isPlainCache(control: JsonValue | undefined): boolean {
  if (!present(control)) return true;
  if (!isObject(control) || control["type"] !== "ephemeral") return false;
  const { ttl } = control;
  return unknownFields(control, CACHE_KEYS) === undefined && (!present(ttl) || ttl === "5m" || ttl === "1h");
}

/**
 * A known block's fields that the IR has no word for (a programmatic `caller`, `toolset_name`, `transformations`), kept
 * as its opaque value, so that they come back to this dialect only, even by way of a client of another one.
 */
export function fieldsOpaque(block: JsonObject, known: ReadonlySet<string>, origin: Origin): Opaque | undefined {
  const { cache_control: control, ...rest } = block;
  const unknown = unknownFields(isPlainCache(control) ? rest : block, known);
  return unknown === undefined ? undefined : { origin, data: JSON.stringify(unknown) };
}

/** The fields that `fieldsOpaque` kept. */
export function fieldsOf(opaque: Opaque): JsonObject {
  return parseJsonObject(opaque.data) ?? {};
}
