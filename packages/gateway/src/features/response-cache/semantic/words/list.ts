/** A written list: words between white space. */
export function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ""));
}

/** `name: word word` on each line: every word leads to its name; a word of several parts is written with `_`. */
export function wordMap(text: string): ReadonlyMap<string, string> {
  const entries: [string, string][] = [];
  for (const line of text.split("\n")) {
    const [name = "", words = ""] = line.split(/:\s+/);
    for (const word of wordSet(words)) entries.push([word.replaceAll("_", " "), name.trim()]);
  }
  return new Map(entries);
}

/** The longest number of words that an entry of the map has. */
export function longestEntry(map: ReadonlyMap<string, string>): number {
  return Math.max(...[...map.keys()].map((key) => key.split(" ").length));
}
