interface LogLine {
  readonly time: string;
  readonly dropped: readonly { readonly feature: string }[];
}

/** What the gateway says that it dropped, since then, among what it wrote. */
export function droppedSince(output: string, time: string): readonly string[] {
  const lines = output
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line): unknown => JSON.parse(line))
    .filter(hasLosses)
    .filter((line) => line.time >= time);
  return [...new Set(lines.flatMap(({ dropped }) => dropped.map(({ feature }) => feature)))];
}

const hasLosses = (line: unknown): line is LogLine =>
  typeof line === "object" && line !== null && "time" in line && "dropped" in line && Array.isArray(line.dropped);
