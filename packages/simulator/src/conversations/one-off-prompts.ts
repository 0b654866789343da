import { chanceOf } from "./chance.ts";
import { type SimulatedConversation, startScript, textPart } from "./conversation.ts";
import { page, sentence } from "./prose.ts";

export const oneOffKinds = ["nothing is shared", "instructions are shared", "documents are unique"] as const;

export type OneOffKind = (typeof oneOffKinds)[number];

export interface OneOffWish {
  readonly kind: OneOffKind;
  readonly seed: number;
  readonly count: number;
}

const SHARED = 7;

/** Questions that nobody goes on from, each a conversation of its own. */
export function oneOffPrompts({ kind, seed, count }: OneOffWish): readonly SimulatedConversation[] {
  return Array.from({ length: count }, (_, at) => {
    const chance = chanceOf(seed * 100_003 + at);
    const script = startScript(chance);
    const own = kind === "nothing is shared" ? chance : chanceOf(SHARED);
    const instructions = [textPart(page(own, 16))];
    const document = kind === "documents are unique" ? [textPart(page(chance, 30))] : [];
    script.user(...document, textPart(sentence(chance)));
    script.says(sentence(chance));
    return script.finish({ instructions, tools: [] });
  });
}
