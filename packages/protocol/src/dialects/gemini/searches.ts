import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { SearchPart, SearchResult } from "../../ir/parts.ts";
import { wholeSearches } from "../../ir/searches.ts";
import { arrayOf, compact, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { reportSearchPart } from "../shared/search-losses.ts";

/** What Google searched for and where it looked, of an answer. https://ai.google.dev/api/generate-content#GroundingMetadata */
export function searchPart(candidate: JsonObject, scope: string): SearchPart | undefined {
  const grounding = objectOf(candidate["groundingMetadata"]) ?? {};
  const queries = arrayOf(grounding["webSearchQueries"]).filter((query) => typeof query === "string");
  if (queries.length === 0) return undefined;
  return { type: "web-search", id: scope, queries, results: objectsOf(grounding["groundingChunks"]).flatMap(pageOf) };
}

function pageOf(chunk: JsonObject): readonly SearchResult[] {
  const web = objectOf(chunk["web"]);
  const url = stringOf(web?.["uri"]);
  return url === undefined ? [] : [compact({ url, title: stringOf(web?.["title"]) })];
}

interface Grounding {
  readonly groundingChunks: readonly JsonObject[];
  readonly groundingSupports: readonly JsonObject[];
}

/** The grounding metadata of an answer's citations, with what was searched for, and the pages that were found and not cited. */
export function withSearches(
  cited: Grounding | undefined,
  parts: readonly SearchPart[],
  losses: LossRecorder,
): JsonObject | undefined {
  if (parts.length === 0) return cited === undefined ? undefined : { ...cited };
  const searches = wholeSearches(parts, () => true).filter((part) => part.type === "web-search");
  for (const part of parts) reportSearchPart(part, { dialect: "gemini", says: ["queries", "pages", "titles"] }, losses);
  const known = new Set((cited?.groundingChunks ?? []).map((chunk) => stringOf(objectOf(chunk["web"])?.["uri"])));
  const chunks = [...(cited?.groundingChunks ?? [])];
  for (const { url, title } of searches.flatMap(({ results = [] }) => results)) {
    if (known.has(url)) continue;
    known.add(url);
    chunks.push({ web: compact({ uri: url, title }) });
  }
  return compact({
    webSearchQueries: [...new Set(searches.flatMap(({ queries }) => queries))],
    groundingChunks: chunks.length === 0 ? undefined : chunks,
    groundingSupports: cited?.groundingSupports,
  });
}
