/** JSON as text: numbers, escapes and the order of members stay as they were written, digit for digit. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Without the white space between tokens. `text` must be JSON. */
export function minifyJson(text: string): string {
  let minified = "";
  let start = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (isJsonSpace(code)) {
      minified += text.slice(start, at);
      while (at < text.length && isJsonSpace(text.charCodeAt(at))) at += 1;
      start = at;
    } else at += 1;
  }
  return minified + text.slice(start);
}

const isJsonSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** The place behind the closing quote of the string that begins at `at`. */
export function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (before > at && text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end + 1;
  }
  return text.length;
}

/** The place behind the value that opens with a bracket at `at`, or undefined where it does not close within `limit`. */
export function endOfBrackets(text: string, at: number, limit: number): number | undefined {
  let depth = 0;
  for (let place = at; place < limit; place += 1) {
    const code = text.charCodeAt(place);
    if (code === QUOTE) place = endOfString(text, place) - 1;
    else if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
      if (depth === 0) return place + 1;
    }
  }
  return undefined;
}
