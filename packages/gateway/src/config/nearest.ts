/** The known name that the author of a misspelt one probably meant: what it is the beginning of, or two letters away. */
export function nearestName(written: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  const longer = names.find((name) => name.startsWith(written) && written.length >= 3);
  if (longer !== undefined) return longer;
  const [best] = names
    .map((name) => ({ name, distance: editDistance(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= 2 && distance < name.length / 2)
    .toSorted((a, b) => a.distance - b.distance);
  return best?.name;
}

/** How many letters must be changed, added or left out; two that changed places count as one. */
function editDistance(from: string, to: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = at(row, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? at(before, j - 2) + 1 : change;
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, change, swapped));
    }
    before = row;
    row = next;
  }
  return at(row, to.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
