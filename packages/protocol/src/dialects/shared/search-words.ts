import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { SearchLocation, WebSearchTool } from "../../ir/web-search.ts";
import { arrayOf, compact, objectOf, stringOf } from "../../json/read.ts";

/** What several vendors write alike about their search tools. */

export function contextSizeOf(value: JsonValue | undefined): WebSearchTool["contextSize"] {
  return value === "low" || value === "medium" || value === "high" ? value : undefined;
}

export function readLocation(value: JsonValue | undefined): SearchLocation | undefined {
  const place = objectOf(value);
  if (place === undefined) return undefined;
  const location = compact({
    city: stringOf(place["city"]),
    region: stringOf(place["region"]),
    country: stringOf(place["country"]),
    timezone: stringOf(place["timezone"]),
  });
  return Object.keys(location).length === 0 ? undefined : location;
}

export function wordsIn(value: JsonValue | undefined): readonly string[] | undefined {
  const words = arrayOf(value).filter((word) => typeof word === "string");
  return words.length === 0 ? undefined : words;
}

export const hasWords = (words: readonly string[] | undefined): words is readonly string[] =>
  words !== undefined && words.length > 0;

/** Names of fields that say something and are not among those that every dialect has words for. */
export function unsaidFields(definition: JsonObject, known: ReadonlySet<string>): readonly string[] | undefined {
  const names = Object.entries(definition)
    .filter(([name, value]) => !known.has(name) && value !== null && value !== undefined)
    .filter(([name, value]) => value !== false || !OFF_BY_DEFAULT.has(name))
    .map(([name]) => name);
  return names.length === 0 ? undefined : names;
}

/** `external_web_access: false`, for one, does say something. */
const OFF_BY_DEFAULT: ReadonlySet<string> = new Set(["defer_loading", "strict"]);

type Word = Exclude<keyof WebSearchTool, "unsaid" | "live">;

const WORDS: readonly (readonly [Word, string])[] = [
  ["contextSize", "how much of the results is read"],
  ["maxUses", "how often it may search"],
  ["allowedDomains", "the only domains to search"],
  ["blockedDomains", "the domains to leave out"],
  ["userLocation", "where the user is"],
];

/** A search is put into a vendor's own words, and what these cannot say is told: a wish as adapted, a limit as dropped. */
export function reportSearch(tool: WebSearchTool, says: readonly Word[], losses: LossRecorder): void {
  for (const [word, meaning] of WORDS) {
    if (tool[word] === undefined || says.includes(word)) continue;
    const detail = `The search could not be told ${meaning}.`;
    if (word === "contextSize" || word === "userLocation") losses.adapt("web-search", detail);
    else losses.drop("web-search", detail);
  }
  for (const field of tool.unsaid ?? []) losses.drop("web-search", `'${field}' of the search has no equivalent there.`);
}
