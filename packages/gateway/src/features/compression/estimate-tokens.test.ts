import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { estimateTokens } from "./estimate-tokens.ts";

const rows = Array.from({ length: 60 }, (_, at) => ({ id: at * 37, name: `harbour ${at}`, open: at % 2 === 0 }));

test.each([
  ["prose", "The quick brown fox jumps over the lazy dog, and nobody in the village was surprised by it. ".repeat(9)],
  ["German", "Der Mensch ist frei geboren, und überall liegt er in Ketten. ".repeat(9)],
  ["Chinese", "我们认为这些真理是不言而喻的：人人生而平等。".repeat(9)],
  ["JSON", JSON.stringify(rows)],
  ["indented JSON", JSON.stringify(rows, null, 2)],
  ["code", `${prepare.toString()}\n`.repeat(3)],
])("%s costs about what a tokenizer says", (_, text) => {
  const ratio = estimateTokens(text) / countTokens(text);
  expect(ratio).toBeGreaterThan(0.8);
  expect(ratio).toBeLessThan(1.25);
});

function prepare(texts: readonly string[]): number {
  let longest = 0;
  for (const [index, text] of texts.entries()) {
    if (text.length > longest && index % 2 === 0) longest = Math.max(text.length, longest + 1);
  }
  return longest;
}
