import type { JsonObject } from "../../ir/json.ts";
import type { Opaque, Origin } from "../../ir/origin.ts";

export const DIALECT = "openai-chat";

/** Where values in a client's own request come from: this dialect, of a provider that the client does not name. */
export const CLIENT_ORIGIN: Origin = { dialect: DIALECT };

/** The `format` of our entries in `reasoning_details` that hold another dialect's value. */
export const ENVELOPE_FORMAT = "signalbox-v1";

/** Where a picture of an answer carries other dialects' values: a field that no vendor has, which clients return with the picture. */
export const IMAGE_VALUES = "signalbox_values";

/** How the ids of sounds begin that no vendor keeps. */
export const MADE_AUDIO_ID = "audio_sbx_";

/**
 * The mark of a tool that came in the deprecated `functions` field, whose clients want `function_call` back. It names no
 * field, so there is nothing in it for an upstream.
 */
export const LEGACY_FUNCTION = { dialect: DIALECT, fields: {} } as const;

/** A value made by a speaker of this dialect. Empty data: the text alone is replayed, there is nothing beside it. */
export function ownOpaque(origin: Origin, data: string): Opaque {
  return { origin, data };
}

export function isOwn(opaque: Opaque | undefined): boolean {
  return opaque?.origin.dialect === DIALECT;
}

/** JSON text with sorted keys, so that a value assembled from a stream equals the one that came whole. */
export function stableJson(object: JsonObject): string {
  return JSON.stringify(Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** The object without `null` fields, which this wire uses for absent ones. */
export function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined));
}
