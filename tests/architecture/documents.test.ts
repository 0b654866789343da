import { describe, expect, test } from "vitest";
import { z } from "zod";
import { configSchema } from "../../packages/gateway/src/config/schema.ts";
import { anchorsOf, documents, exists, linksOf, pathsNamedIn } from "./documents.ts";

const pageAt = (path: string) => documents.find((page) => page.path === path);

describe.each(documents)("$path", (page) => {
  test("leads to files that exist", () => {
    expect([...linksOf(page), ...pathsNamedIn(page)].filter((path) => !exists(path))).toEqual([]);
  });

  test("leads to headings that exist", () => {
    const links = [...page.text.matchAll(/\]\(([\w.-]*)#([\w-]+)\)/g)];
    const dead = links.filter(([, file = "", anchor = ""]) => {
      const found = file === "" ? page : documents.find(({ path }) => path.endsWith(`/${file}`));
      return found !== undefined && !anchorsOf(found).includes(anchor);
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  });
});

test("every page is found by who starts at README.md", () => {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    const page = pageAt(path);
    if (page === undefined || seen.has(path)) return;
    seen.add(path);
    for (const next of [...linksOf(page), ...pathsNamedIn(page)]) visit(next);
    if (pathsNamedIn(page).includes("docs/adr/")) {
      for (const record of documents) if (record.path.startsWith("docs/adr/")) seen.add(record.path);
    }
  };
  visit("README.md");
  expect(documents.map(({ path }) => path).filter((path) => !seen.has(path))).toEqual([]);
});

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly allOf?: readonly Node[];
}

/** Every key that a person may write, with those that it stands in. */
function keysOf(node: Node | undefined, at: readonly string[] = []): readonly (readonly string[])[] {
  if (node === undefined) return [];
  const { properties = {}, additionalProperties, items, anyOf = [], allOf = [] } = node;
  const named = Object.entries(properties).flatMap(([name, child]) => [[...at, name], ...keysOf(child, [...at, name])]);
  const others = typeof additionalProperties === "object" ? keysOf(additionalProperties, [...at, "*"]) : [];
  return [...named, ...others, ...keysOf(items, at), ...[...anyOf, ...allOf].flatMap((child) => keysOf(child, at))];
}

/** Where keys are described; what stands below the first that matches is looked for there, too. */
const ELSEWHERE: readonly { readonly below: RegExp; readonly page: string }[] = [
  { below: /\.price\./, page: "docs/prices.md" },
  { below: /^keys\./, page: "docs/keys.md" },
  { below: /^keys\./, page: "docs/access.md" },
  { below: /^keys\./, page: "docs/limits.md" },
];

function isDescribed(key: readonly string[]): boolean {
  const path = key.join(".");
  const pages = ["docs/configuration.md", ...ELSEWHERE.filter(({ below }) => below.test(path)).map(({ page }) => page)];
  const word = new RegExp(`(?<![\\w-])${key.at(-1)}(?![\\w-])`);
  return pages.some((page) => pageAt(page)?.code.some((code) => word.test(code)) === true);
}

test("every key of the configuration is described", () => {
  const schema: Node = JSON.parse(
    JSON.stringify(z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" })),
  );
  // Each quirk is described where its codec is: the page says so.
  const keys = keysOf(schema).filter((key) => !key.slice(0, -1).includes("quirks"));
  expect(keys.length).toBeGreaterThan(150);
  expect([...new Set(keys.filter((key) => !isDescribed(key)).map((key) => key.join(".")))]).toEqual([]);
});
