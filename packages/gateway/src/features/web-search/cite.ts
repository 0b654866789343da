import { type Citation, compact, type SearchResult } from "@signalbox/protocol";

/** As long as Anthropic's own: https://docs.claude.com/en/docs/agents-and-tools/tool-use/web-search-tool */
const LONGEST_QUOTE = 150;
const LONGEST_MARKER = 60;
/** Of those that take two units. */
const HALF_CHARACTER = /[\ud800-\udbff]$/;

/** Finds the markers of sources in a text that comes in pieces. */
export interface Citing {
  /** Citations of the markers that end in this piece, in order. */
  readonly push: (text: string) => readonly Citation[];
}

interface Marker {
  readonly at: number;
  readonly text: string;
}

/**
 * `[1]`, `[1][3]`, `[1, 2]`: each number is a citation of that source, at the place of its marker in the text. What stands in code is
 * no marker, and a number without a source names none.
 */
export function startCiting(sources: readonly SearchResult[]): Citing {
  let at = 0;
  let open: Marker | undefined;
  const isCode = watchCode();
  const next = (unit: string): readonly Citation[] => {
    const whole = open === undefined ? undefined : { at: open.at, text: open.text + unit };
    open = whole !== undefined && goesOn(whole.text) ? whole : undefined;
    if (!isCode(unit) && unit === "[") open = { at, text: unit };
    at += 1;
    return whole === undefined || unit !== "]" ? [] : citationsOf(sources, whole);
  };
  return { push: (text) => text.split("").flatMap(next) };
}

const goesOn = (text: string): boolean => /[\d, ]$/.test(text) && text.length < LONGEST_MARKER;

function citationsOf(sources: readonly SearchResult[], marker: Marker): readonly Citation[] {
  return numbersIn(marker.text).flatMap((number) => {
    const source = sources[number - 1];
    return source === undefined ? [] : [citationOf(source, marker)];
  });
}

function numbersIn(marker: string): readonly number[] {
  const numbers = /^\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]$/.exec(marker)?.[1] ?? "";
  return numbers === "" ? [] : [...new Set(numbers.split(",").map(Number))];
}

function citationOf({ url, title, text }: SearchResult, marker: Marker): Citation {
  return compact({
    kind: "url" as const,
    url,
    title,
    citedText: text?.slice(0, LONGEST_QUOTE).replace(HALF_CHARACTER, ""),
    start: marker.at,
    end: marker.at + marker.text.length,
  });
}

/** Whether the character stands in Markdown's code: between backticks on one line, or between lines that begin with three. */
function watchCode(): (unit: string) => boolean {
  let run = 0;
  let block = false;
  let inline = false;
  return (unit) => {
    if (unit === "`") {
      run += 1;
      return true;
    }
    if (run >= 3) block = !block;
    else if (run > 0 && !block) inline = !inline;
    run = 0;
    if (unit === "\n") inline = false;
    return block || inline;
  };
}
