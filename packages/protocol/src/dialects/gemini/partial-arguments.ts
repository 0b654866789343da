import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { objectsOf, stringOf } from "../../json/read.ts";

type Node = { [key: string]: Node } | Node[] | JsonValue | undefined;
type Container = { [key: string]: Node } | Node[];

/**
 * The arguments of one function call that Vertex AI streams in pieces: each piece names a path and a scalar, and a string
 * goes on while its piece says `willContinue`.
 * https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
 */
export interface PartialArguments {
  readonly add: (pieces: JsonValue | undefined) => void;
  /** The object so far as JSON text. */
  readonly text: () => string;
}

export function partialArguments(): PartialArguments {
  const root: { [key: string]: Node } = Object.create(null);
  let growing: string | undefined;
  return {
    add(pieces) {
      for (const piece of objectsOf(pieces)) {
        const path = stringOf(piece["jsonPath"]) ?? "$";
        place({ root, steps: stepsOf(path), value: scalarOf(piece), append: growing === path });
        growing = piece["willContinue"] === true ? path : undefined;
      }
    },
    text: () => JSON.stringify(root),
  };
}

function scalarOf(piece: JsonObject): JsonValue {
  return piece["stringValue"] ?? piece["numberValue"] ?? piece["boolValue"] ?? null;
}

/** `$.a[0]['b c']` as `["a", 0, "b c"]`: the part of RFC 9535 that names one value. */
function stepsOf(path: string): readonly (string | number)[] {
  const steps = path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[(['"])(.*?)\3\]/g);
  return [...steps].map(([, name, index, , quoted]) => (index === undefined ? (name ?? quoted ?? "") : Number(index)));
}

interface Placement {
  readonly root: Container;
  readonly steps: readonly (string | number)[];
  readonly value: JsonValue;
  readonly append: boolean;
}

const MAX_INDEX = 100_000;

function place({ root, steps, value, append }: Placement): void {
  let at = root;
  for (const [position, step] of steps.entries()) {
    if (typeof step === "number" && step > MAX_INDEX) return;
    const next = steps[position + 1];
    if (next === undefined) {
      const before = read(at, step);
      write(at, step, append && typeof before === "string" && typeof value === "string" ? before + value : value);
      return;
    }
    at = containerAt(at, step, typeof next === "number");
  }
}

function containerAt(parent: Container, step: string | number, list: boolean): Container {
  const child = read(parent, step);
  if (isContainer(child)) return child;
  const made: Container = list ? [] : Object.create(null);
  write(parent, step, made);
  return made;
}

const isContainer = (node: Node): node is Container => typeof node === "object" && node !== null;

function read(container: Container, step: string | number): Node {
  return Array.isArray(container) ? container[Number(step)] : container[step];
}

function write(container: Container, step: string | number, value: Node): void {
  if (Array.isArray(container)) container[Number(step)] = value;
  else container[step] = value;
}
