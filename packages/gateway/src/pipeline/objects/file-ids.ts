import { arrayOf, isObject, type JsonValue, parseJson } from "@signalbox/protocol";

/** An escape for a letter of `file_ids`, by which the name could be written so that nobody finds it. */
const ESCAPED = /\\u00(?:5f|6[4569c]|73)/i;

/** The ids of files that a JSON text names, wherever it does: `file_id`, and `file_ids` of hosted tools. */
export function fileIdsIn(bytes: Buffer): readonly string[] {
  if (!mayNameFiles(bytes)) return [];
  const found = new Set<string>();
  try {
    collect(parseJson(bytes.toString("utf8")), found);
  } catch {
    // Whoever reads it says so.
  }
  return [...found];
}

function mayNameFiles(bytes: Buffer): boolean {
  if (bytes.includes("file_id")) return true;
  const at = bytes.indexOf("\\u00");
  return at >= 0 && ESCAPED.test(bytes.toString("latin1", at));
}

function collect(value: JsonValue, found: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, found);
  if (!isObject(value)) return;
  for (const id of [value["file_id"], ...arrayOf(value["file_ids"])]) if (typeof id === "string") found.add(id);
  for (const member of Object.values(value)) if (member !== undefined) collect(member, found);
}
