/** Between these, who comes first is what the question is about. */
const relations =
  /^(?:to|from|into|onto|than|before|after|over|under|versus|vs|against|by|with|for|per|not|but|without|except|instead|minus|divided|beat|beats|als|von|nach|que|à|de|desde|hasta|contra)$/u;

export interface Order {
  /** The words that carry matter, in their order. */
  readonly stems: readonly string[];
  /** Some word stands between them that makes their order matter. */
  readonly related: boolean;
}

export function relates(words: readonly string[]): boolean {
  return words.some((word) => relations.test(word));
}

/**
 * Whether what both texts speak of stands in one order: "A cheaper than B" is not "B cheaper than A". What opens a sentence may close
 * another ("On my phone, how do I …"), so that one may be turned round as a ring, but not where words like "from" and "than" stand.
 */
export function sameOrder(a: Order, b: Order): boolean {
  const [first, second] = [shared(a.stems, b.stems), shared(b.stems, a.stems)];
  if (first.length !== second.length) return false;
  if (equal(first, second)) return true;
  if ((a.related && b.related) || first.length < 2) return false;
  return first.some((_, at) => equal([...first.slice(at), ...first.slice(0, at)], second));
}

const shared = (some: readonly string[], others: readonly string[]): readonly string[] =>
  some.filter((stem) => others.includes(stem));

const equal = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((stem, at) => stem === b[at]);
