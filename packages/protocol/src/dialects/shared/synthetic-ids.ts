/** Ids that we gave to calls that came without one (Gemini 2.5 gives none); they are not sent to Google. */
const SYNTHETIC_ID = "sbxcall_";

/** Deterministic: a conversation that is sent again has the same ids again. `scope` is the answer's id, if any. */
export function syntheticCallId(scope: string, position: number): string {
  const name = scope.replaceAll(/[^A-Za-z0-9_-]/g, "");
  return `${SYNTHETIC_ID}${name === "" ? "" : `${name}_`}${position}`;
}

export const isSyntheticCallId = (id: string): boolean => id.startsWith(SYNTHETIC_ID);

/**
 * The id under which a client is told of a call. Servers that imitate Gemini give their answers no id either, so that the
 * first call of every answer would have the same one: those are made unique here.
 */
export function shownCallId(id: string, uniqueId: string): string {
  const position = /^sbxcall_(\d+)$/.exec(id)?.[1];
  return position === undefined ? id : syntheticCallId(uniqueId, Number(position));
}
