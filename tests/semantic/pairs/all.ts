import { type Pair, pairsOf, trapsOf } from "./pair.ts";
import { templates } from "./templates.ts";
import { traps } from "./traps.ts";

/** Labelled by hand: every template's phrasings ask one thing, every swap of a trap turns a question into another. */
export const pairs: readonly Pair[] = [...templates.flatMap(pairsOf), ...traps.flatMap(trapsOf)];
