/** How far words may differ: an embedding knows that two words mean one thing, hashed n-grams do not. */
export type Knowledge = "meaning" | "letters";

/** Among so many words one more hardly moves a vector, and may be the one that matters: "vegan", "pregnant". */
const LONG = 6;

/**
 * Whether two texts can speak of one matter. They must share some of it, which also holds off an embedding that calls everything alike.
 * Texts that are equal but for one word are not the same question, unless the word is a synonym; n-grams accept no other words at all,
 * and embeddings none that are added to a long text.
 */
export function sameMatter(a: readonly string[], b: readonly string[], knowledge: Knowledge): boolean {
  const [onlyA, onlyB] = [without(a, b), without(b, a)];
  const common = new Set(a).size - onlyA.size;
  if (common === 0) return false;
  if (onlyA.size === 0 && onlyB.size === 0) return true;
  if (knowledge === "letters") return false;
  return onlyA.size === 0 || onlyB.size === 0 ? common < LONG : onlyA.size > 1 || onlyB.size > 1;
}

function without(some: readonly string[], others: readonly string[]): ReadonlySet<string> {
  return new Set(some.filter((stem) => !others.includes(stem)));
}
