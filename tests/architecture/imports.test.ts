import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { layerOverrides, layersFile } from "./biome-rules.ts";
import {
  addressReaders,
  assertionSeams,
  dialectFiles,
  dialects,
  ingressFiles,
  type Layer,
  layers,
  matchesPackage,
  socketFolders,
} from "./layers.ts";
import { filesBelow, type ImportStatement, isTest, packageSources, readSource, type SourceFile } from "./sources.ts";

const sources = packageSources();
const shipped = sources.filter((source) => !isTest(source.path));

/** The row of the deepest folder that holds `path`. */
function layerOf(path: string): Layer | undefined {
  return layers.filter((layer) => path.startsWith(`${layer.folder}/`)).sort(byDepth)[0];
}
const byDepth = (a: Layer, b: Layer) => b.folder.length - a.folder.length;

/** A folder allows the files below it; where a row names a folder that has rows of its own below it, only its direct files. */
function allowsPath(layer: Layer, path: string): boolean {
  const owner = layerOf(path)?.folder ?? dirname(path);
  return owner === layer.folder || layer.mayImport.includes(owner);
}

function violationsOf(source: SourceFile): string[] {
  const layer = layerOf(source.path);
  if (layer === undefined) return [];
  return source.imports.flatMap((statement) => violation(layer, statement).map((why) => `${source.path}: ${why}`));
}

function violation(layer: Layer, { specifier, path }: ImportStatement): string[] {
  if (path !== undefined) return allowsPath(layer, path) ? [] : [`${layer.folder} may not import ${path}`];
  const denied = layer.packages.deny.find((rule) => matchesPackage(rule, specifier));
  if (denied !== undefined) return [`'${specifier}': ${denied.because}`];
  const { allow } = layer.packages;
  return allow === undefined || allow.some((allowed) => allowed.test(specifier))
    ? []
    : [`'${specifier}' is not allowed`];
}

/** The files that can be reached from themselves. */
function cycles(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map((file) => [file.path, file.imports.flatMap(({ path }) => path ?? [])]));
  const reachable = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const waiting = [start];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const fresh = (graph.get(path) ?? []).filter((next) => !seen.has(next));
      for (const next of fresh) seen.add(next);
      waiting.push(...fresh);
    }
    return seen;
  };
  return [...graph.keys()].filter((path) => reachable(path).has(path));
}

describe("imports point down only", () => {
  test.each(layers.map((layer) => [layer.folder, layer] as const))("%s", (_folder, layer) => {
    const files = shipped.filter((source) => layerOf(source.path) === layer);
    expect(files.flatMap(violationsOf)).toEqual([]);
  });

  test("every folder of the gateway and the protocol has a row", () => {
    const homeless = shipped.filter(
      ({ path }) => /^packages\/(gateway|protocol)\/src\/.+\//.test(path) && layerOf(path) === undefined,
    );
    const unlisted = homeless
      .map(({ path }) => path)
      .filter((path) => dirname(path) !== "packages/protocol/src/dialects");
    expect(unlisted).toEqual([]);
  });

  test("there are no cycles", () => {
    expect(cycles(shipped)).toEqual([]);
  });

  test("sockets are opened by the server, the upstream layer and the CLI only, and never by fetch on the way", () => {
    const sockets = /^node:(http|https|http2|net|tls)$/;
    const offenders = shipped.filter(
      ({ path, imports, callsGlobalFetch }) =>
        path.startsWith("packages/gateway/") &&
        !socketFolders.some((folder) => path.startsWith(`${folder}/`)) &&
        !addressReaders.includes(path) &&
        (callsGlobalFetch || imports.some(({ specifier, typeOnly }) => sockets.test(specifier) && !typeOnly)),
    );
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });

  test("lint says the same as the table", () => {
    const written: unknown = JSON.parse(readFileSync(layersFile, "utf8"));
    expect(written, "run `node tests/architecture/biome-rules.ts`").toEqual({ overrides: layerOverrides() });
  });
});

describe("the house rules that lint cannot see", () => {
  test("no type assertion but `as const`, outside the named seams", () => {
    const found = shipped.filter(({ path }) => !assertionSeams.includes(path)).flatMap(({ assertions }) => assertions);
    expect(found).toEqual([]);
  });

  test("each named seam still needs its assertion", () => {
    const withAssertion = shipped.filter(({ assertions }) => assertions.length > 0).map(({ path }) => path);
    expect(assertionSeams.filter((seam) => !withAssertion.includes(seam))).toEqual([]);
  });

  test("no `!`, no `any`, no enum, no namespace, no default export", () => {
    expect(shipped.flatMap(({ forbidden }) => forbidden)).toEqual([]);
  });

  test("no file is longer than 400 lines", () => {
    expect(shipped.filter(({ lines }) => lines > 400).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  test("no lint rule is switched off in shipped code without a reason", () => {
    expect(shipped.flatMap(({ suppressions }) => suppressions)).toEqual([]);
  });
});

describe("every dialect is one folder of the same files", () => {
  test.each(dialects)("%s", (dialect) => {
    const folder = `packages/protocol/src/dialects/${dialect}/`;
    const names = filesBelow(folder).map((path) => path.slice(folder.length));
    expect(dialectFiles.filter((name) => !names.includes(name))).toEqual(
      dialect === "bedrock-converse" ? ingressFiles : [],
    );
  });
});

describe("the checks themselves", () => {
  const read = (text: string) => readSource("packages/gateway/src/routing/x.ts", text);

  test("see every form of import", () => {
    const forms = [
      'import { a } from "../server/app.ts";',
      'import type { A } from "../server/app.ts";',
      'export { b } from "../server/app.ts";',
      'export * from "../server/app.ts";',
      'const c = await import("../server/app.ts");',
      'type D = import("../server/app.ts").D;',
      'import "../server/app.ts";',
      'import { readFileSync } from "node:fs";',
      'import Fastify from "fastify";',
    ];
    for (const form of forms) expect(violationsOf(read(form)), form).toHaveLength(1);
    expect(violationsOf(read('import { a } from "../catalogue/snapshot.ts"; import { z } from "zod";'))).toEqual([]);
  });

  test("see assertions and forbidden syntax, and not the words in comments, strings and renamings", () => {
    expect(read("const a = b as unknown as C;").assertions).toHaveLength(2);
    expect(
      read("const a = [1] as const; /* as X */ import { q as r } from './q.ts'; const s = 'x as Y';").assertions,
    ).toEqual([]);
    expect(read("const a = b!; let c: any; export default a;").forbidden).toHaveLength(3);
  });

  test("see cycles", () => {
    const a = readSource("packages/gateway/src/routing/a.ts", 'import { b } from "./b.ts";');
    const b = readSource("packages/gateway/src/routing/b.ts", 'import type { C } from "./c.ts";');
    const c = readSource("packages/gateway/src/routing/c.ts", 'export * from "./a.ts";');
    expect(cycles([a, b, c])).toHaveLength(3);
    expect(cycles([a, b])).toEqual([]);
  });
});
