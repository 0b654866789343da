import { parseJson } from "@signalbox/protocol";

/** What a text is, as far as it says how it may be shortened. */
export type TextKind = "json" | "diff" | "code" | "log" | "prose" | "other";

const DIFF = /^(?:diff --git |@@ -\d+(?:,\d+)? \+\d+|\*\*\* Begin Patch|Index: \S+\n=+)|^--- \S.*\n\+\+\+ \S/m;

/** Enough of a long text to tell what it is: looking at all of it would cost as much as compressing it. */
const SAMPLED_LINES = 100;

/** Never shortened whatever else stands in the text: a patch has to apply. */
export function isDiff(text: string): boolean {
  return DIFF_SIGNS.some((sign) => text.includes(sign)) && DIFF.test(text);
}

/** One of them stands in every diff, and to look for them takes much less time. */
const DIFF_SIGNS = ["diff --git ", "@@ -", "*** Begin Patch", "Index: ", "+++ "];

export function kindOf(text: string): TextKind {
  if (isDiff(text)) return "diff";
  if (isJson(text)) return "json";
  const lines = sampled(text);
  if (lines.length === 0) return "other";
  const share = (is: (line: string) => boolean) => lines.filter(is).length / lines.length;
  if (share(isLogLine) >= 0.5) return "log";
  if (share(isCodeLine) >= 0.25) return "code";
  return proseShare(lines) >= 0.6 ? "prose" : "other";
}

function isJson(text: string): boolean {
  const trimmed = text.trim();
  const braces = `${trimmed[0]}${trimmed.at(-1)}`;
  if (braces !== "{}" && braces !== "[]") return false;
  try {
    parseJson(trimmed);
    return true;
  } catch {
    return false;
  }
}

/** Lines that hold something, from the whole length of the text. */
function sampled(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const step = Math.max(1, Math.floor(lines.length / SAMPLED_LINES));
  return step === 1 ? lines : lines.filter((_, at) => at % step === 0);
}

const LOG_LINE =
  /^\s*(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\[?\d\d:\d\d:\d\d\b|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d |\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\]?[\s:]|\d{10,13}[\s.]|\d+\.\d+\.\d+\.\d+ \S+ \S+ \[)/;

const isLogLine = (line: string): boolean => LOG_LINE.test(line);

/** Readers of files number lines: `   12→`, `12:`, `12|`. */
const LINE_NUMBER = /^\s*\d+(?:[\t→|:]|: )\s?/;

const CODE_START = new RegExp(
  [
    "[)}\\]]",
    "(?:import|export|const|var|async|await|throw|raise|elif|catch|public|private|protected|interface|struct|enum|impl|namespace)\\b",
    "(?:let|type|class|def|fn|func|function|package|using|mod|static|final|use|from) [\\w$*.:<]+ ?(?:[=({:;<]|$|import|extends)",
    "(?:if|for|while|switch) ?\\(|(?:if|for|while|elif|with|else|try|except|finally|case)\\b.*:$|(?:else|try|finally) ?\\{|return\\b.*;?$",
    "#include|#define|#!/|@\\w+(?:\\(|$)|(?:SELECT|INSERT|UPDATE|CREATE|ALTER) |//|/\\*|\\*/|\\* |</?\\w+[\\s>]",
  ]
    .map((way) => `^\\s*(?:${way})`)
    .join("|"),
);
const CODE_INSIDE =
  /^\s*[\w$.[\]]+\s*(?:[-+*/|&]?=|:=)\s*\S|^\s*[\w$.]+\([^)]*\)[;,]?\s*$|^\s*["']?[\w-]+["']?\s*:\s*[^\s].*,\s*$/;

export function isCodeLine(line: string): boolean {
  const bare = line.replace(LINE_NUMBER, "").trimEnd();
  return endsLikeCode(bare) || CODE_START.test(bare) || CODE_INSIDE.test(bare);
}

function endsLikeCode(line: string): boolean {
  const last = line.at(-1) ?? "";
  if ("{};".includes(last)) return last !== "";
  const before = line.at(-2) ?? "";
  if (last === "," || last === ":") return before !== "" && ")]}".includes(before);
  if (last === ">") return before === "=";
  return last === "(" && /\w/.test(before);
}

/** How much of the text stands in lines that read like sentences. */
function proseShare(lines: readonly string[]): number {
  let all = 0;
  let prose = 0;
  for (const line of lines) {
    all += line.length;
    if (isProseLine(line)) prose += line.length;
  }
  return all === 0 ? 0 : prose / all;
}

/** Scripts whose words no spaces part. */
export const SPACELESS = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]/;
const READ = 240;
const LEAST_LETTERS = 0.62;

/** Long, mostly of letters, with spaces as often as between words. */
function isProseLine(line: string): boolean {
  if (line.length < 40) return line.length >= 20 && SPACELESS.test(line);
  const end = Math.min(line.length, READ);
  let letters = 0;
  let spaces = 0;
  for (let at = 0; at < end; at += 1) {
    const code = line.charCodeAt(at);
    const small = code | 0x20;
    if ((small >= 0x61 && small <= 0x7a) || code >= 0xc0) letters += 1;
    else if (code === 0x20) spaces += 1;
    else if (code === PIPE) return false;
  }
  return letters / end >= LEAST_LETTERS && (spaces * 12 >= end || SPACELESS.test(line));
}

const PIPE = 0x7c;
