// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what terminals are told by. ECMA-48, 5.4
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** Without what no reader sees: colours of terminals, white space at the ends of lines, all but one of empty lines in a row. */
export function tidy(text: string): string {
  const plain = text.includes("\u001b") ? text.replaceAll(ANSI, "") : text;
  const lines = plain.split("\n");
  const kept: string[] = [];
  let wasEmpty = false;
  for (const line of lines) {
    const trimmed = line.trimEnd();
    const isEmpty = trimmed === "";
    if (!(isEmpty && wasEmpty)) kept.push(trimmed);
    wasEmpty = isEmpty;
  }
  return kept.join("\n");
}
