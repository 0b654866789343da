import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { DialectId } from "../../ir/origin.ts";
import type { SearchPart } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { objectOf, objectsOf } from "../../json/read.ts";

/** What a wire can say of a search. */
export type SearchWord = "queries" | "pages" | "titles" | "ages" | "texts" | "error";

/** What a search says and the others of these words do not, named for people; what its vendor's wire says besides is always among it. */
export function unsaidOfSearch(part: SearchPart, says: readonly SearchWord[], dialect?: DialectId): readonly string[] {
  const results = part.results ?? [];
  const has: Readonly<Record<SearchWord, boolean>> = {
    queries: part.queries.length > 0,
    pages: results.length > 0,
    titles: results.some(({ title }) => title !== undefined),
    ages: results.some(({ pageAge }) => pageAge !== undefined),
    texts: results.some(({ text }) => text !== undefined),
    error: part.error !== undefined,
  };
  const words = WORDS.filter((word) => has[word] && !says.includes(word));
  const { raw } = part;
  const own = raw === undefined || raw.origin.dialect === dialect ? [] : ownFields(raw.value);
  return [...(says.length === 0 ? ["that it was made"] : []), ...words, ...own];
}

const WORDS = ["queries", "pages", "titles", "ages", "texts", "error"] as const satisfies readonly SearchWord[];

/** Fields that the IR has words for, or that only hold a wire's blocks together. */
const KNOWN: ReadonlySet<string> = new Set([
  ...["type", "id", "name", "tool_use_id", "status", "cache_control", "query", "queries", "sources", "url", "title"],
  ...["page_age", "error_code"],
]);

function ownFields({ input, content, action, ...block }: JsonObject): readonly string[] {
  const found = [...objectsOf(content), ...[input, content, action].filter(isObject)];
  const strange = input !== undefined && !isObject(input) ? ["input"] : [];
  const sources = objectsOf(objectOf(action)?.["sources"]);
  return [...new Set([block, ...found, ...sources].flatMap(unknown).concat(strange))];
}

function unknown(object: JsonObject): readonly string[] {
  return Object.entries(object).flatMap(([name, value]) => (KNOWN.has(name) || isUsual(value) ? [] : [name]));
}

/** `caller: {type: direct}` is who always calls. */
const isUsual = (value: JsonValue | undefined): boolean =>
  value === null || value === undefined || (isObject(value) && value["type"] === "direct");

/** Records what of a search in an answer a client is not shown. */
export function reportSearchPart(
  part: SearchPart,
  { dialect, says }: { readonly dialect: DialectId; readonly says: readonly SearchWord[] },
  losses: LossRecorder,
): void {
  const unsaid = unsaidOfSearch(part, says, dialect);
  if (unsaid.length === 0) return;
  const detail = `Of a search of the web these were not told: ${unsaid.join(", ")}.`;
  if (unsaid.includes("error")) losses.drop("web-search-results", detail);
  else losses.adapt("web-search-results", detail);
}
