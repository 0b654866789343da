import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";

/** Names of the Messages API that more than one file of this folder needs. https://platform.claude.com/docs/en/api/messages */
export const DIALECT = "anthropic-messages" as const;

/** Where a value comes from when a client sends it raw: this dialect, of a provider that nobody told. */
export const CLIENT_ORIGIN: Origin = { dialect: DIALECT };

/**
 * The `type` of the unknown part that keeps a message's own fields (`output_config` and `clear_at` of system messages).
 * It never stands on the wire.
 */
export const MESSAGE_FIELDS = "message_fields";

/** A field with `null` counts as absent. */
export function present(value: JsonValue | undefined): value is Exclude<JsonValue, null> {
  return value !== undefined && value !== null;
}

/** The present fields that are not in `known`, or undefined when there are none. */
export function unknownFields(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const entries = Object.entries(object).filter(([key, value]) => present(value) && !known.has(key));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
