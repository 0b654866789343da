import type { Reply } from "./check.ts";
import type { Example } from "./example.ts";

/** What examples have in common that follow from one another: a key that is made, then shown, then deleted. */
export interface Memory {
  /** The example with what earlier answers have left for it. */
  readonly fill: (example: Example) => Example;
  readonly keep: (example: Example, reply: Reply) => void;
}

export function startMemory(): Memory {
  const known = new Map<string, string>();
  const filled = (text: string) => text.replaceAll(/\{(\w+)\}/g, (all, name: string) => known.get(name) ?? all);
  return {
    fill: (example) => {
      const { path, headers = {}, body } = example;
      const values = Object.entries(headers).map(([name, value]) => [name, filled(value)] as const);
      const written = body === undefined ? {} : { body: filled(body) };
      return { ...example, path: filled(path), headers: Object.fromEntries(values), ...written };
    },
    keep: ({ keeps = {} }, { text }) => {
      for (const [name, place] of Object.entries(keeps)) known.set(name, String(at(JSON.parse(text), place)));
    },
  };
}

/** Whether it needs what another example has left. Double braces are a router's variables. */
export const follows = ({ path, headers = {}, body = "" }: Example): boolean =>
  [path, body, ...Object.values(headers)].some((text) => /(?<!\{)\{\w+\}(?!\})/.test(text));

function at(value: unknown, place: readonly string[]): unknown {
  return place.reduce((inner: unknown, step) => new Map(Object.entries(Object(inner))).get(step), value);
}
