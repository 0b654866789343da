import type { JsonValue, SearchResult } from "@signalbox/protocol";
import type { SearchEngineId } from "../../config/features.ts";
import type { SearchEngineSettings } from "../../config/settings.ts";

/** What an engine is asked. */
export interface SearchQuery {
  /** At most 400 characters. */
  readonly text: string;
  /** 1 to 20. */
  readonly maxResults: number;
  /** Host names, without a scheme; their subdomains belong to them. */
  readonly allowedDomains?: readonly string[];
  readonly blockedDomains?: readonly string[];
  /** ISO 3166-1, two letters. */
  readonly country?: string;
}

export interface EngineRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a search costs when the operator has not said it, in US dollars for a thousand. */
export interface ListPrice {
  readonly perThousand: (maxResults: number) => number;
  /** The day on which the source was read, `2026-11-21`. */
  readonly asOf: string;
}

/** One vendor's API of searches. It opens no sockets. */
export interface SearchEngine {
  readonly id: SearchEngineId;
  /** Absent: each operator has one of their own. */
  readonly baseUrl?: string;
  readonly listPrice: ListPrice;
  readonly request: (query: SearchQuery, settings: SearchEngineSettings) => EngineRequest;
  /** The pages in the order of the engine, of which nothing is checked yet; undefined: it is no answer of this engine. */
  readonly read: (answer: JsonValue) => readonly SearchResult[] | undefined;
}

/** `https://host/prefix` and `/search` make `https://host/prefix/search`. */
export function engineUrl(base: string, path: string): URL {
  return new URL(`${base.replace(/\/+$/, "")}${path}`);
}

const HEADERS = { accept: "application/json", "user-agent": "signalbox" } as const;

export function getFrom(url: URL, headers: EngineRequest["headers"]): EngineRequest {
  return { method: "GET", url, headers: { ...HEADERS, ...headers } };
}

export function postTo(url: URL, headers: EngineRequest["headers"], body: object): EngineRequest {
  return {
    method: "POST",
    url,
    headers: { ...HEADERS, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

/** For engines that take domains as operators in the query alone. What no longer fits is left to the reader of the answer. */
export function withSiteOperators({ text, allowedDomains = [], blockedDomains = [] }: SearchQuery): string {
  const only = allowedDomains.slice(0, MOST_SITES).map((domain) => `site:${domain}`);
  const without = blockedDomains.slice(0, MOST_SITES).map((domain) => `-site:${domain}`);
  const operators = [only.length > 1 ? `(${only.join(" OR ")})` : only.join(""), ...without].filter(
    (operator) => operator !== "",
  );
  return operators.reduce((query, operator) => {
    const longer = `${query} ${operator}`;
    return longer.length <= LONGEST_QUERY ? longer : query;
  }, text);
}

const MOST_SITES = 10;

/** Brave's limit, the lowest of all: https://api-dashboard.search.brave.com/api-reference/web/search/get */
export const LONGEST_QUERY = 400;
