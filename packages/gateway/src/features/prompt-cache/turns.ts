import type { Message, Part } from "@signalbox/protocol";
import { partsTokens } from "./prefix-tokens.ts";

/** What the client says between two answers of the model: messages of the user and results of tools. */
export interface Turn {
  /** The part that can carry a breakpoint and is the last to do so: its message, and its place there. */
  readonly message: number;
  readonly part: number;
  /** Of the messages up to its end. */
  readonly prefixTokens: number;
  readonly ownTokens: number;
  /** Parts before its carrier, in all messages. */
  readonly block: number;
  /** The model has answered before it: this conversation goes on. */
  readonly isContinued: boolean;
}

interface Walk {
  readonly turns: Turn[];
  prefixTokens: number;
  blocks: number;
  ownTokens: number;
  isContinued: boolean;
  carrier: { readonly message: number; readonly part: number; readonly block: number } | undefined;
}

/** The client's turns in which a breakpoint could stand. A turn says the same whatever follows it. */
export function turnsOf(messages: readonly Message[]): readonly Turn[] {
  const walk: Walk = { turns: [], prefixTokens: 0, blocks: 0, ownTokens: 0, isContinued: false, carrier: undefined };
  for (const [index, message] of messages.entries()) {
    if (message.role === "assistant") endTurn(walk);
    step(walk, message, index);
    if (message.role === "assistant") walk.isContinued = true;
  }
  endTurn(walk);
  return walk.turns;
}

function step(walk: Walk, { role, content }: Message, message: number): void {
  const tokens = partsTokens(content);
  walk.prefixTokens += tokens;
  if (role === "user" || role === "tool") {
    walk.ownTokens += tokens;
    const part = content.findLastIndex(canCarry);
    if (part >= 0) walk.carrier = { message, part, block: walk.blocks + part };
  }
  walk.blocks += content.length;
}

function endTurn(walk: Walk): void {
  const { turns, carrier, prefixTokens, ownTokens, isContinued } = walk;
  if (carrier !== undefined) turns.push({ ...carrier, prefixTokens, ownTokens, isContinued });
  walk.carrier = undefined;
  walk.ownTokens = 0;
}

/** Anthropic refuses a breakpoint on empty text, and every breakpoint on thinking. */
function canCarry(part: Part): boolean {
  switch (part.type) {
    case "text":
      return part.text.trim() !== "";
    case "media":
    case "tool-result":
      return true;
    case "tool-call":
    case "reasoning":
    case "refusal":
    case "web-search":
    case "unknown":
      return false;
  }
}
