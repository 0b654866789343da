import { hash } from "node:crypto";

/** A page that an engine of the simulator finds. */
export interface Page {
  readonly url: string;
  readonly title: string;
  readonly text: string;
}

/**
 * What is found depends on the query alone. In it may stand:
 *
 *   [[inject TEXT]]   the first page says TEXT
 *   [[huge N]]        every page has N characters
 *   [[nothing]]       nothing is found
 *   [[odd]]           pages that nobody should be sent to: a script, a password in an address, the same page twice
 */
export function pagesFor(query: string, most: number): readonly Page[] {
  const plain = query.replace(/\[\[.*?\]\]/gs, "").trim();
  if (/\[\[nothing\]\]/.test(query)) return [];
  const injected = /\[\[inject (.*?)\]\]/s.exec(query)?.[1];
  const size = Number(/\[\[huge (\d{1,8})\]\]/.exec(query)?.[1] ?? 0);
  const slug = plain.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const pages = Array.from({ length: most }, (_, at) => ({
    url: `https://pages.example.org/${slug}/${at + 1}`,
    title: `${plain}, page ${at + 1}`,
    text: textOf({ plain, at, size, injected: at === 0 ? injected : undefined }),
  }));
  return /\[\[odd\]\]/.test(query) ? [...odd(pages[0]), ...pages] : pages;
}

interface Wanted {
  readonly plain: string;
  readonly at: number;
  readonly size: number;
  readonly injected: string | undefined;
}

function textOf({ plain, at, size, injected }: Wanted): string {
  const fact = `Fact ${hash("sha256", `${plain}/${at}`, "hex").slice(0, 8)} about ${plain}.`;
  const text = injected === undefined ? fact : `${fact} ${injected}`;
  return size > 0 ? text.padEnd(size, " more of it") : text;
}

const odd = (page: Page | undefined): readonly Page[] => [
  { url: "javascript:alert(1)", title: "A script", text: "It runs." },
  { url: "https://user:secret@pages.example.org/", title: "A password", text: "It logs in." },
  { url: "not an address", title: "Nowhere", text: "It leads nowhere." },
  ...(page === undefined ? [] : [page, page]),
];
