import { everyday } from "./everyday.ts";
import { knowledge } from "./knowledge.ts";
import { type Pair, pairsOf, trapsOf } from "./pair.ts";
import { quantityTraps } from "./quantity-traps.ts";
import { sentenceTraps } from "./sentence-traps.ts";
import { wordTraps } from "./word-traps.ts";

/** Labelled by hand: every template's phrasings ask one thing, every swap of a trap turns a question into another. */
export const pairs: readonly Pair[] = [
  ...[...everyday, ...knowledge].flatMap(pairsOf),
  ...[...quantityTraps, ...wordTraps, ...sentenceTraps].flatMap(trapsOf),
];
