interface LogLine {
  readonly time: string;
  readonly dropped: readonly { readonly feature: string }[];
}

/** What the gateway says that it dropped, since then, among what it wrote. */
export function droppedSince(output: string, time: string): readonly string[] {
  const lines = linesOf(output)
    .filter(hasLosses)
    .filter((line) => line.time >= time);
  return [...new Set(lines.flatMap(({ dropped }) => dropped.map(({ feature }) => feature)))];
}

const hasLosses = (line: unknown): line is LogLine =>
  typeof line === "object" && line !== null && "time" in line && "dropped" in line && Array.isArray(line.dropped);

function linesOf(output: string): readonly unknown[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line): unknown => JSON.parse(line));
}

/** How clients came since then: what they asked, and how many messages of it over WebSockets that have ended. */
export function arrivedSince(output: string, time: string): { readonly requests: number; readonly messages: number } {
  const lines = linesOf(output)
    .filter(isLine)
    .filter((line) => line.time >= time);
  return {
    requests: lines.filter(({ msg }) => msg === "request").length,
    messages: lines
      .filter(({ msg }) => msg === "websocket closed")
      .reduce((sum, { messages = 0 }) => sum + messages, 0),
  };
}

interface Line {
  readonly time: string;
  readonly msg: string;
  readonly messages?: number;
}

const isLine = (line: unknown): line is Line =>
  typeof line === "object" && line !== null && "time" in line && "msg" in line;
