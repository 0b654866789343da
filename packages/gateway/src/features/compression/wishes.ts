import type { TextPart } from "@signalbox/protocol";
import type { Block } from "./blocks.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import { LEAST_TOKENS } from "./levels.ts";

/** The author of a message, or of a router's template, asks that it be compressed. */
export interface Wished {
  readonly aggressiveness: number;
  /** Texts that follow one another and are to be compressed alike are one text. */
  readonly group: number;
}

/** Those that are long enough; of the others the warnings tell. */
export function wishedOf(blocks: readonly Block[], warnings: string[]): ReadonlyMap<TextPart, Wished> {
  const wished = new Map<TextPart, Wished>();
  for (const run of runsOf(blocks)) {
    const [first] = run;
    const aggressiveness = first === undefined ? undefined : wishOf(first);
    if (first === undefined || aggressiveness === undefined) continue;
    const tokens = run.reduce((sum, { part }) => sum + estimateTokens(part.text), 0);
    if (tokens < LEAST_TOKENS) {
      warnings.push(skipped(first, `it has about ${tokens} tokens, and fewer than ${LEAST_TOKENS} are not`));
      continue;
    }
    const group = -1 - wished.size;
    for (const { part } of run) wished.set(part, { aggressiveness, group });
  }
  return wished;
}

/** What was sent at once only: what follows later must not change what was sent before. */
function runsOf(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const runs: Block[][] = [];
  for (const block of blocks) {
    const last = runs.at(-1)?.at(-1);
    const joins =
      last !== undefined &&
      wishOf(last) === wishOf(block) &&
      last.batch === block.batch &&
      (last.role === "assistant") === (block.role === "assistant");
    if (joins) runs.at(-1)?.push(block);
    else runs.push([block]);
  }
  return runs;
}

const wishOf = ({ part, result }: Block): number | undefined =>
  (part.compression ?? result?.compression)?.aggressiveness;

export function skipped({ message, role }: Block, why: string): string {
  const name = message < 0 ? "A text of the instructions" : `Message ${message + 1} (${role})`;
  return `${name} was not compressed: ${why}.`;
}
