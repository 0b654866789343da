import { blind, evaluate, ngrams, table } from "./evaluate.ts";
import { pairs } from "./pairs/all.ts";

/** `npm run eval:semantic`: the table of docs/semantic-cache.md, and the pairs that would be answered wrongly. */
const evaluations = [await evaluate(ngrams, pairs), await evaluate(blind, pairs)];
process.stdout.write(`${pairs.length} pairs\n\n${table(evaluations)}\n\n`);
for (const { a, b, kind } of evaluations[0]?.falseHits ?? []) process.stdout.write(`${kind}: ${a} | ${b}\n`);
