/** Fences, inline code, braces and semicolons, calls, markup, JSON, stack traces, hex and hashes, formulas. */
const code =
  /```|`[^`]+`|[{}]|;\s*$|;\s*\n|=>|->|::|==|!=|<=|>=|&&|\|\||\b\w+\([^)]*\)|<\/?\w+[^>]*>|\[[\d"'][^\]]*\]|\bat \S+:\d+|\bTraceback\b|\bException\b|\bError:|\b0x[\da-f]+\b|\b[\da-f]{8,}\b|^\s*(?:select|insert|update|delete)\s.*\b(?:from|into|set)\b\s+\w+\s+(?:where|values|set)\b|\$[a-z_]\w*|\b\w+\s*=\s*\w|\^|\\\w/imu;

/** Where every sign counts, no other text is the same. */
export function holdsCode(text: string): boolean {
  return code.test(text);
}
