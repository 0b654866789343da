import type { Chance } from "./chance.ts";

/** Files of a project that an agent reads and changes; they differ in each seed and stay the same in between. */
export interface Project {
  readonly paths: readonly [string, ...string[]];
  readonly linesOf: (path: string) => readonly string[];
  /** Changes some lines in a row: the edit as the model asks for it, and as `git diff` tells of it. */
  readonly edit: (path: string, chance: Chance) => Edit;
}

export interface Edit {
  readonly before: string;
  readonly after: string;
  readonly diff: string;
}

const NAMES = ["ledger", "invoice", "queue", "session", "router", "receipt", "limits", "export", "price"] as const;
const KINDS = ["string", "number", "readonly string[]", "Map<string, number>", "boolean"] as const;
const CHANGED = 3;
const AROUND = 3;

export function startProject(chance: Chance, count: number): Project {
  const files = new Map<string, readonly string[]>(
    Array.from({ length: count }, (_, at) => {
      const name = `${chance.pick(NAMES)}-${at}`;
      return [`src/${name}/${name}.ts`, sourceOf(name, chance)] as const;
    }),
  );
  const [first = "", ...rest] = files.keys();
  const linesOf = (path: string): readonly string[] => files.get(path) ?? [];
  return {
    paths: [first, ...rest],
    linesOf,
    edit(path, by) {
      const lines = linesOf(path);
      const at = by.between(AROUND, Math.max(AROUND, lines.length - CHANGED - AROUND));
      const before = lines.slice(at, at + CHANGED);
      const after = before.map((line, index) => `${line} // checked ${by.between(100, 999)}.${index}`);
      files.set(path, [...lines.slice(0, at), ...after, ...lines.slice(at + CHANGED)]);
      return { before: before.join("\n"), after: after.join("\n"), diff: diffOf({ path, lines, at, before, after }) };
    },
  };
}

function sourceOf(name: string, chance: Chance): readonly string[] {
  const lines = [`import { read } from "../io.ts";`, `import type { Row } from "./${name}-row.ts";`, ""];
  const functions = chance.between(4, 14);
  for (let at = 0; at < functions; at += 1) {
    const called = `${chance.pick(["load", "keep", "merge", "drop", "count"])}${at}`;
    const kind = chance.pick(KINDS);
    lines.push(
      `/** ${called} of ${name}: what was read is kept, ${chance.between(1, 99)} at most. */`,
      `export function ${called}(rows: readonly Row[], given: ${kind}): ${kind} {`,
      `  const limit = ${chance.between(10, 9000)};`,
      `  for (const [at, row] of rows.entries()) {`,
      `    if (at > limit || row.id === ${chance.between(1, 99_999)}) return given;`,
      `    read("${name}/${called}", { row, at, given });`,
      "  }",
      `  throw new Error("nothing of ${called} is left: ä, ß and 中文 stay as they are");`,
      "}",
      "",
    );
  }
  return lines;
}

interface Hunk {
  readonly path: string;
  readonly lines: readonly string[];
  readonly at: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function diffOf({ path, lines, at, before, after }: Hunk): string {
  const start = Math.max(0, at - AROUND);
  const behind = lines.slice(at + before.length, at + before.length + AROUND);
  const ahead = lines.slice(start, at);
  const size = ahead.length + before.length + behind.length;
  return [
    `diff --git a/${path} b/${path}`,
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -${start + 1},${size} +${start + 1},${size} @@`,
    ...ahead.map((line) => ` ${line}`),
    ...before.map((line) => `-${line}`),
    ...after.map((line) => `+${line}`),
    ...behind.map((line) => ` ${line}`),
  ].join("\n");
}

/** As readers of files number them. */
export function numbered(lines: readonly string[], from: number, to: number): string {
  return lines
    .slice(from, to)
    .map((line, at) => `${String(from + at + 1).padStart(6)}\t${line}`)
    .join("\n");
}

/** What a run of the tests prints, colours and all. */
export function testLog({ paths }: Project, chance: Chance, failures: number): string {
  const lines = ["\u001b[1m RUN \u001b[22m v5.1.1", ""];
  for (const path of paths) {
    const ms = chance.between(3, 900);
    lines.push(
      ` \u001b[32m✓\u001b[39m ${path.replace(".ts", ".test.ts")} (${chance.between(2, 40)} tests) ${ms} ms   `,
    );
  }
  for (let at = 0; at < failures; at += 1) {
    lines.push(
      "",
      `FAIL ${chance.pick(paths)} > keeps rows ${at}`,
      `AssertionError: expected ${chance.between(1, 50)} to be ${chance.between(51, 99)}`,
      `    at Object.<anonymous> (${chance.pick(paths)}:${chance.between(2, 90)}:${chance.between(1, 40)})`,
    );
  }
  lines.push("", "", "", `Tests ${failures} failed | ${chance.between(200, 900)} passed`);
  return lines.join("\n");
}

/** What a service wrote, line for line with its time. */
export function serviceLog(chance: Chance, count: number): string {
  return Array.from({ length: count }, (_, at) => {
    const time = `2026-05-${String(1 + (at % 28)).padStart(2, "0")}T10:${String(at % 60).padStart(2, "0")}:07.${chance.between(100, 999)}Z`;
    if (at % 11 === 3)
      return `${time} ERROR shard ${chance.between(1, 12)} refused the row ${chance.between(1000, 99_999)}`;
    return `${time} INFO health check of the billing service passed`;
  }).join("\n");
}
