import { compact, type SearchResult } from "@signalbox/protocol";
import type { SearchQuery } from "./engine.ts";

const LONGEST_URL = 2_000;
const LONGEST_TITLE = 300;
const LONGEST_AGE = 60;

/**
 * What an engine found as far as it may be told: web addresses only, each once, of domains that were asked for, and text on one line
 * without anything that is not to be seen.
 */
export function pagesOf(found: readonly SearchResult[], query: SearchQuery): readonly SearchResult[] {
  const pages = new Map<string, SearchResult>();
  for (const result of found) {
    const url = addressOf(result.url);
    if (url === undefined || pages.has(url.href) || !isAllowed(url.hostname, query)) continue;
    pages.set(
      url.href,
      compact({
        url: url.href,
        title: filled(plainText(result.title ?? "").slice(0, LONGEST_TITLE)),
        pageAge: filled(plainText(result.pageAge ?? "").slice(0, LONGEST_AGE)),
        text: filled(plainText(result.text ?? "")),
      }),
    );
    if (pages.size === query.maxResults) break;
  }
  return [...pages.values()];
}

const filled = (text: string): string | undefined => (text === "" ? undefined : text);

function addressOf(text: string): URL | undefined {
  if (text.length > LONGEST_URL || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  return isWeb && url.username === "" && url.password === "" ? url : undefined;
}

function isAllowed(host: string, { allowedDomains = [], blockedDomains = [] }: SearchQuery): boolean {
  const within = (domain: string) => host === domain.toLowerCase() || host.endsWith(`.${domain.toLowerCase()}`);
  return (allowedDomains.length === 0 || allowedDomains.some(within)) && !blockedDomains.some(within);
}

/** Engines mark what was searched for, and escape the rest. */
const MARKS = /<\/?(?:strong|b|em|mark)>/gi;

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
  "&#39;": "'",
  "&nbsp;": " ",
  "&amp;": "&",
};

/**
 * Control characters, and those that only change how others are seen: directions, zero widths, and the tags of Unicode by which text
 * is hidden from people. https://www.unicode.org/reports/tr36/
 */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\u{e0000}-\u{e0fff}\p{Co}\p{Cs}]/gu;

export function plainText(text: string): string {
  return text
    .replace(MARKS, "")
    .replace(/&(?:lt|gt|quot|#x27|#39|nbsp|amp);/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(UNSEEN, "")
    .replace(/\s+/gu, " ")
    .trim();
}
