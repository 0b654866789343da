import type { RequestView, SearchWish } from "./request-view.ts";
import { type Page, pagesFor } from "./services/search/results.ts";
import { splitText } from "./words.ts";

/** One search of a vendor's. */
export interface SearchReply {
  readonly type: "search";
  readonly id: string;
  readonly query: string;
  readonly pages: readonly Page[];
  /** In Anthropic's words. */
  readonly error?: "max_uses_exceeded";
}

/** A place in a text, in UTF-16 code units, and the page that it comes from. */
export interface Citation {
  readonly url: string;
  readonly title: string;
  readonly quote: string;
  readonly start: number;
  readonly end: number;
}

export interface TextReply {
  readonly type: "text";
  /** What `pieces` adds up to, except for endless ones. */
  readonly text: string;
  readonly pieces: Iterable<string>;
  readonly citations: readonly Citation[];
  /** It is said aloud, where the dialect can. */
  readonly spoken?: true;
}

export function textPart(text: string, citations: readonly Citation[] = []): TextReply {
  return { type: "text", text, pieces: splitText(text), citations };
}

const FOUND = 3;

/** Nothing where the request does not let the model search: it answers from what it knows. */
export function searchPart(query: string, { search }: RequestView): readonly SearchReply[] {
  if (search === undefined) return [];
  const pages = pagesFor(query, FOUND).filter(({ url }) => mayShow(new URL(url).hostname, search));
  return [{ type: "search", id: "", query, pages }];
}

function mayShow(host: string, { allowed, blocked }: SearchWish): boolean {
  const within = (domain: string): boolean => host === domain || host.endsWith(`.${domain}`);
  return (allowed.length === 0 || allowed.some(within)) && !blocked.some(within);
}

/** What these rules leave alone. */
interface OtherPart {
  readonly type: "reasoning" | "tool-call" | "refusal" | "image";
}

/** The searches that went too far fail, and each sentence after a search stands on the next page that it found. */
export function searched<P extends OtherPart>(
  parts: readonly (P | TextReply | SearchReply)[],
  { search, output }: RequestView,
): readonly (P | TextReply | SearchReply)[] {
  let uses = 0;
  let pages: readonly Page[] = [];
  return parts.map((part) => {
    if (part.type === "search") {
      uses += 1;
      const found =
        uses > (search?.maxUses ?? uses) ? { ...part, pages: [], error: "max_uses_exceeded" as const } : part;
      pages = found.pages;
      return found;
    }
    const isCited = part.type === "text" && output.type === "text" && part.citations.length === 0;
    return isCited ? { ...part, citations: sentencesOn(part.text, pages) } : part;
  });
}

function sentencesOn(text: string, pages: readonly Page[]): readonly Citation[] {
  if (pages.length === 0) return [];
  const sentences = [...text.matchAll(/\S[^.!?]*[.!?]*/g)];
  return sentences.flatMap(({ 0: sentence, index: start }, at) => {
    const page = pages[at % pages.length];
    const end = start + sentence.trimEnd().length;
    return page === undefined ? [] : [{ url: page.url, title: page.title, quote: page.text, start, end }];
  });
}

/** What a model says that was not told what to say. */
export function saidOf(searches: readonly SearchReply[]): TextReply {
  const facts = searches.flatMap(({ pages }) => pages.slice(0, 1)).map(({ text }) => text);
  return textPart(facts.length === 0 ? "Nothing was found." : facts.join(" "));
}

/** Characters of pages that the model read. */
export function readSize(parts: readonly { readonly type: string }[]): number {
  return parts
    .filter((part): part is SearchReply => part.type === "search")
    .flatMap(({ pages }) => pages)
    .reduce((sum, { title, url, text }) => sum + title.length + url.length + text.length, 0);
}
