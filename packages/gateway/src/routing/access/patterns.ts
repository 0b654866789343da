/** Whether a name matches one of several patterns, in which `*` stands for any text, also for none. */
export type Matcher = (name: string) => boolean;

/** Case counts, as it does wherever models are named. Takes time in proportion to the name, whatever the patterns. */
export function matcherOf(patterns: readonly string[]): Matcher {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const open = patterns.filter((pattern) => pattern.includes("*")).map(piecesOf);
  return (name) => exact.has(name) || open.some((pieces) => fits(name, pieces));
}

interface Pieces {
  readonly start: string;
  /** In their order, each after the one before. */
  readonly middle: readonly string[];
  readonly end: string;
}

function piecesOf(pattern: string): Pieces {
  const [start = "", ...rest] = pattern.split("*");
  return { start, middle: rest.slice(0, -1).filter((piece) => piece !== ""), end: rest.at(-1) ?? "" };
}

/** Not a regular expression: several stars would make one that a long name keeps busy for minutes. */
function fits(name: string, { start, middle, end }: Pieces): boolean {
  const last = name.length - end.length;
  if (last < start.length || !name.startsWith(start) || !name.endsWith(end)) return false;
  let at = start.length;
  for (const piece of middle) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= last;
}
