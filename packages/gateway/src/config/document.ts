import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import type { ConfigIssue, PathStep, Position } from "./issues.ts";

/** A YAML text that knows where each of its values stands. */
export interface ConfigDocument {
  readonly value: unknown;
  readonly issues: readonly ConfigIssue[];
  /** Where a value stands, or the nearest thing around it that is there. With `key`, where its name stands. */
  readonly locate: (path: readonly PathStep[], key?: boolean) => Position | undefined;
}

export function readDocument(text: string): ConfigDocument {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true });
  const position = (offset: number | undefined): Position | undefined => {
    if (offset === undefined) return undefined;
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  // One mistake in brackets makes several errors at one place; the first says what is wrong.
  const places = new Set<number>();
  const problems = [...document.errors, ...document.warnings].filter(({ pos }) => {
    const known = places.has(pos[0]);
    places.add(pos[0]);
    return !known;
  });
  const issues = [
    ...problems.map((problem) => ({ path: "", message: messageOf(problem), position: position(problem.pos[0]) })),
    ...strayAliases(document).map((node) => ({ path: "", message: STRAY_ALIAS, position: position(startOf(node)) })),
  ];
  return {
    value: issues.length > 0 ? undefined : toValue(document),
    issues,
    locate: (path, key = false) => position(offsetOf(document, path, key)),
  };
}

/** Secrets stand in this file, and some of the parser's messages repeat what they are about: those are said in other words. */
function messageOf({ code, message }: YAMLError): string {
  if (code === "TAG_RESOLVE_FAILED") return "Tags are not understood here. Put a value that begins with '!' in quotes";
  return message.replace(/(Block scalar header includes extra characters|Unknown directive)\b.*/s, "$1");
}

const STRAY_ALIAS = "This alias has no anchor before it. Put a value that begins with '*' in quotes";

/** The parser finds them only when it makes values of them, and then says what they are called. */
function strayAliases(document: Document.Parsed): readonly Node[] {
  const stray: Node[] = [];
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document) === undefined) stray.push(node);
    },
  });
  return stray;
}

function toValue(document: Document.Parsed): unknown {
  // An empty file is an empty configuration.
  return document.toJS() ?? {};
}

function offsetOf(document: Document.Parsed, path: readonly PathStep[], key: boolean): number | undefined {
  let node: Node | null | undefined = document.contents;
  let offset = startOf(node);
  for (const [index, step] of path.entries()) {
    const found = child(document, node, step);
    if (found === undefined) return offset;
    const atName = key && index === path.length - 1;
    offset = (atName ? found.keyOffset : (startOf(found.node) ?? found.keyOffset)) ?? offset;
    node = found.node;
  }
  return offset;
}

interface Child {
  readonly node: Node | undefined;
  readonly keyOffset: number | undefined;
}

function child(document: Document.Parsed, parent: Node | null | undefined, step: PathStep): Child | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item = typeof step === "number" ? node.items[step] : undefined;
    return isNode(item) ? { node: item, keyOffset: undefined } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
  return pair === undefined ? undefined : pairChild(pair);
}

function pairChild(pair: Pair): Child {
  return {
    node: isNode(pair.value) ? pair.value : undefined,
    keyOffset: isNode(pair.key) ? startOf(pair.key) : undefined,
  };
}

function startOf(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}
