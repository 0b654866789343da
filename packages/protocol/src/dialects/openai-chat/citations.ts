import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Citation, TextPart } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { arrayOf, compact, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { reportCitation } from "../shared/citation-losses.ts";
import { DIALECT } from "./wire.ts";

/**
 * Offsets are taken as they stand: OpenAI does not document their unit, so that beyond the Basic Multilingual Plane they
 * may be off by one for each earlier character.
 *
 * `annotations` of a message: OpenAI's `url_citation` (OpenRouter's too), and whatever else stands there, kept whole.
 */
export function annotationCitations(annotations: JsonValue | undefined): readonly Citation[] {
  return objectsOf(annotations).map((annotation) => {
    const source = objectOf(annotation["url_citation"]) ?? {};
    return compact({
      kind: annotation["type"] === "file" ? "file" : "url",
      url: stringOf(source["url"]),
      title: stringOf(source["title"]),
      citedText: stringOf(source["content"]),
      start: numberOf(source["start_index"]),
      end: numberOf(source["end_index"]),
      raw: { dialect: DIALECT, value: annotation },
    });
  });
}

/**
 * Sources of the whole answer: Perplexity's `search_results` (its `citations` repeat their URLs) or bare `citations`
 * (xAI). https://docs.perplexity.ai/api-reference/chat-completions-post
 */
export function sourceCitations(body: JsonObject): readonly Citation[] {
  const results = objectsOf(body["search_results"]);
  const found: readonly JsonValue[] = results.length > 0 ? results : arrayOf(body["citations"]);
  return found.flatMap((value) => {
    const source = isObject(value) ? value : { url: value };
    const url = stringOf(source["url"]);
    if (url === undefined) return [];
    return [compact({ kind: "url", url, title: stringOf(source["title"]), raw: { dialect: DIALECT, value } })];
  });
}

/** Whether a citation is a source of the whole answer rather than of a place in its text. */
export function isSource({ raw }: Citation): boolean {
  if (raw?.dialect !== DIALECT) return false;
  return typeof raw.value === "string" || (isObject(raw.value) && raw.value["type"] === undefined);
}

/** One citation in the three places that the wire has for them. */
export interface WireCitations {
  readonly annotations: readonly JsonObject[];
  readonly searchResults: readonly JsonObject[];
  readonly sources: readonly string[];
}

export function encodeCitations(parts: readonly TextPart[], losses: LossRecorder): WireCitations {
  const annotations: JsonObject[] = [];
  const searchResults: JsonObject[] = [];
  const sources: string[] = [];
  let offset = 0;
  for (const part of parts) {
    for (const citation of part.citations ?? []) {
      const raw = isSource(citation) ? citation.raw?.value : undefined;
      if (typeof raw === "string") sources.push(raw);
      else if (isObject(raw)) searchResults.push(raw);
      else annotations.push(...annotationOf(citation, { offset, length: part.text.length }, losses));
    }
    offset += part.text.length;
  }
  const urls = searchResults.map((result) => stringOf(result["url"])).filter((url) => url !== undefined);
  return { annotations, searchResults, sources: [...sources, ...urls] };
}

/** A text within the message's content. */
export interface TextPlace {
  readonly offset: number;
  readonly length: number;
}

/** One citation as the wire's annotation. One without a place stands on the whole text of its part. */
export function annotationOf(
  citation: Citation,
  { offset, length }: TextPlace,
  losses: LossRecorder,
): readonly JsonObject[] {
  const raw = citation.raw?.dialect === DIALECT ? objectOf(citation.raw.value) : undefined;
  if (raw !== undefined && offset === 0) return [raw];
  if (citation.url === undefined) {
    losses.drop("citation", "A citation of a document has no equivalent in chat completions.");
    return raw === undefined ? [] : [raw];
  }
  reportCitation(citation, { dialect: DIALECT, quotes: true }, losses);
  const url_citation = compact({
    end_index: (citation.end ?? length) + offset,
    start_index: (citation.start ?? 0) + offset,
    url: citation.url,
    title: citation.title ?? citation.url,
    content: citation.citedText,
  });
  return [{ type: "url_citation", url_citation }];
}
