import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vitest/node";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface ImportStatement {
  readonly specifier: string;
  /** The repository path that a relative specifier names. */
  readonly path?: string;
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportStatement[];
  /** What the house rules forbid, as `line: what`. */
  readonly assertions: readonly string[];
  readonly forbidden: readonly string[];
  /** Lint suppressions that give no reason. */
  readonly suppressions: readonly string[];
  readonly callsGlobalFetch: boolean;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

function* walk(node: object): Generator<Node> {
  if (isNode(node)) yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child);
  }
}

const importing = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

function importOf(node: Node, file: string): ImportStatement | undefined {
  if (!importing.has(node.type) || !isNode(node["source"])) return undefined;
  const specifier = node["source"]["value"];
  if (typeof specifier !== "string") return undefined;
  const typeOnly = node["importKind"] === "type" || node["exportKind"] === "type" || node.type === "TSImportType";
  if (!specifier.startsWith(".")) return { specifier, typeOnly };
  return { specifier, typeOnly, path: relative(root, resolve(root, dirname(file), specifier)).replaceAll("\\", "/") };
}

function isConstAssertion(node: Node): boolean {
  const annotation = node["typeAnnotation"];
  return isNode(annotation) && isNode(annotation["typeName"]) && annotation["typeName"]["name"] === "const";
}

const isAssertion = (node: Node) =>
  (node.type === "TSAsExpression" && !isConstAssertion(node)) || node.type === "TSTypeAssertion";

const forbiddenNodes: Readonly<Record<string, string>> = {
  TSNonNullExpression: "non-null assertion `!`",
  TSAnyKeyword: "`any`",
  ExportDefaultDeclaration: "default export",
  TSEnumDeclaration: "enum",
  TSModuleDeclaration: "namespace",
};

function callsFetch(node: Node): boolean {
  const callee = node["callee"];
  return node.type === "CallExpression" && isNode(callee) && callee.type === "Identifier" && callee["name"] === "fetch";
}

export function readSource(path: string, text = readFileSync(join(root, path), "utf8")): SourceFile {
  const nodes = [...walk(parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }))];
  const lineOf = (node: Node) => text.slice(0, node.start).split("\n").length;
  return {
    path,
    lines: text.trimEnd().split("\n").length,
    imports: nodes.map((node) => importOf(node, path)).filter((found) => found !== undefined),
    assertions: nodes.filter(isAssertion).map((node) => `${path}:${lineOf(node)}: \`as\``),
    forbidden: nodes
      .filter((node) => node.type in forbiddenNodes)
      .map((node) => `${path}:${lineOf(node)}: ${forbiddenNodes[node.type]}`),
    suppressions: text
      .split("\n")
      .filter((line) => /(@ts-ignore|@ts-nocheck|@ts-expect-error\s*$|biome-ignore[^:]*(:\s*)?$)/.test(line))
      .map((line) => `${path}: ${line.trim()}`),
    callsGlobalFetch: nodes.some(callsFetch),
  };
}

/** Repository paths of the files below `folder`, sorted. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

export const isTest = (path: string) => /\.test\.tsx?$/.test(path);
const isSource = (path: string) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts");

export function packageSources(): readonly SourceFile[] {
  const packages = readdirSync(join(root, "packages"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return packages
    .flatMap((entry) => filesBelow(`packages/${entry.name}/src`))
    .filter(isSource)
    .map((path) => readSource(path));
}
