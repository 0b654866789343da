import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { root } from "./sources.ts";

export interface Document {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
  /** What stands in backticks and in fenced blocks. */
  readonly code: readonly string[];
}

const FENCE = /^```[^\n]*\n(.*?)^```/gms;

const pagesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map(({ name }) => join(folder, name));

export const documents: readonly Document[] = [".", "docs", "docs/adr"].flatMap(pagesIn).map((path) => {
  const text = readFileSync(join(root, path), "utf8");
  return { path, text, code: codeIn(text) };
});

function codeIn(text: string): readonly string[] {
  const fenced = [...text.matchAll(FENCE)].map((found) => found[1] ?? "");
  const inline = [...text.replace(FENCE, "").matchAll(/`([^`\n]+)`/g)].map((found) => found[1] ?? "");
  return [...fenced, ...inline];
}

/** The path that a link leads to, without its anchor; undefined outside of the repository. */
function target(page: string, link: string): string | undefined {
  const [path = ""] = link.split("#");
  if (path === "" || /^[a-z]+:/.test(path)) return undefined;
  return normalize(join(dirname(page), path));
}

export const linksOf = ({ path, text }: Document): readonly string[] =>
  [...text.replace(FENCE, "").matchAll(/\]\(([^)\s]+)\)/g)].flatMap((found) => target(path, found[1] ?? "") ?? []);

const PLACES = /^(?:(?:docs|packages|tests|bench|scripts|examples|\.ci)\/[\w./-]*|[A-Z]+\.md)$/;

/** Names in backticks that look like paths of the repository. */
export const pathsNamedIn = ({ code }: Document): readonly string[] =>
  code.filter((text) => PLACES.test(text) && !text.includes("..."));

export const exists = (path: string): boolean => existsSync(join(root, path));

/** The anchors of a page, as forges make them of its headings. */
export const anchorsOf = ({ text }: Document): readonly string[] =>
  [...text.replace(FENCE, "").matchAll(/^#+ (.+)$/gm)].map((found) =>
    (found[1] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
