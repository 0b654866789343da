export const trapKinds = [
  "numbers",
  "units",
  "negation",
  "antonyms",
  "entities",
  "dates",
  "order",
  "question words",
  "code",
  "person and form",
] as const;

export type TrapKind = (typeof trapKinds)[number];

/** Two questions, and whether an answer to one answers the other completely. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  /** `paraphrase` of one question, another `matter` in the same words, or a trap: one detail turns the question into another. */
  readonly kind: "paraphrase" | "matter" | TrapKind;
  readonly domain: string;
}

/** Questions of one kind: each phrasing with each value of `{}` asks the same as the other phrasings with that value. */
export interface Template {
  readonly domain: string;
  readonly phrasings: readonly string[];
  readonly values: readonly string[];
}

/** Each frame once with the first and once with the second of each swap. */
export interface Trap {
  readonly kind: TrapKind;
  readonly domain: string;
  readonly frames: readonly string[];
  readonly swaps: readonly (readonly [string, string])[];
}

const fill = (text: string, value: string): string => text.replaceAll("{}", value);

export function pairsOf({ domain, phrasings, values }: Template): readonly Pair[] {
  const [first = "", ...others] = phrasings;
  const same = values.flatMap((value) =>
    others.map(
      (other): Pair => ({ a: fill(first, value), b: fill(other, value), same: true, kind: "paraphrase", domain }),
    ),
  );
  const different = values.flatMap((value, at) =>
    values.slice(at + 1).map((another, step): Pair => {
      const other = phrasings[step % phrasings.length] ?? first;
      return { a: fill(first, value), b: fill(other, another), same: false, kind: "matter", domain };
    }),
  );
  return [...same, ...different];
}

export function trapsOf({ kind, domain, frames, swaps }: Trap): readonly Pair[] {
  return frames.flatMap((frame) =>
    swaps.map(([one, other]): Pair => ({ a: fill(frame, one), b: fill(frame, other), same: false, kind, domain })),
  );
}

export const template = (domain: string, values: readonly string[], phrasings: readonly string[]): Template => ({
  domain,
  values,
  phrasings,
});

type Swaps = readonly (readonly [string, string])[];

export const trap = (kind: TrapKind, domain: string, [swaps, ...frames]: readonly [Swaps, ...string[]]): Trap => ({
  kind,
  domain,
  frames,
  swaps,
});
