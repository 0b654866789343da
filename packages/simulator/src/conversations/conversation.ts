import type { Message, Part, TextPart, Tool, ToolCallPart, ToolResultPart } from "@signalbox/protocol";
import { thinkingScope } from "../dialects/anthropic-messages/respond.ts";
import { seal } from "../seal.ts";
import type { Chance } from "./chance.ts";

/** A conversation as its client holds it at the end, and when it asked what. */
export interface SimulatedConversation {
  readonly instructions: readonly TextPart[];
  readonly tools: readonly Tool[];
  readonly messages: readonly Message[];
  readonly requests: readonly SimulatedRequest[];
}

/** Each holds the whole conversation so far, as agents' do. */
export interface SimulatedRequest {
  /** How many of the messages. */
  readonly messages: number;
  /** Milliseconds since the conversation began. */
  readonly at: number;
}

export interface Asked {
  readonly name: string;
  readonly input: Readonly<Record<string, string | number>>;
  readonly result: string | readonly Part[];
  readonly isError?: boolean;
}

/** Writes a conversation down turn by turn. */
export interface Script {
  readonly size: () => number;
  readonly user: (...content: readonly Part[]) => void;
  /** The model answers in words. */
  readonly says: (text: string) => void;
  /** The model calls tools at once, and gets their results. */
  readonly calls: (asked: readonly Asked[], thought?: string) => void;
  readonly finish: (head: Pick<SimulatedConversation, "instructions" | "tools">) => SimulatedConversation;
}

export const textPart = (text: string): TextPart => ({ type: "text", text });

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Who made the signatures of its thinking. */
const MAKER = { dialect: "anthropic-messages", provider: "anthropic", model: "claude-sonnet-4-6" } as const;

export function startScript(chance: Chance): Script {
  const messages: Message[] = [];
  const requests: SimulatedRequest[] = [];
  let now = 0;
  let calls = 0;
  const answered = (...content: readonly Part[]) => {
    requests.push({ messages: messages.length, at: now });
    messages.push({ role: "assistant", content });
    now += chance.between(4, 25) * SECOND;
  };
  const callOf = ({ name, input }: Asked): ToolCallPart => {
    calls += 1;
    const id = `toolu_${String(calls).padStart(4, "0")}${chance.between(1000, 9999)}`;
    return { type: "tool-call", id, name, arguments: JSON.stringify(input) };
  };
  return {
    size: () => messages.length,
    user(...content) {
      if (messages.length > 0) now += pause(chance);
      messages.push({ role: "user", content });
    },
    says: (text) => answered(textPart(text)),
    calls(asked, thought) {
      const made = asked.map(callOf);
      answered(...(thought === undefined ? [] : [thinking(thought, chance)]), ...made);
      const results = asked.map(({ result, isError }, at): ToolResultPart => {
        const content = typeof result === "string" ? [textPart(result)] : result;
        return { type: "tool-result", callId: made[at]?.id ?? "", content, ...(isError === true ? { isError } : {}) };
      });
      messages.push({ role: "tool", content: results });
    },
    finish: (head) => ({ ...head, messages, requests }),
  };
}

/** People read before they write, go for lunch, and come back the next day. */
function pause(chance: Chance): number {
  if (chance.falls(0.03)) return chance.between(2, 16) * 60 * MINUTE;
  if (chance.falls(0.15)) return chance.between(6, 40) * MINUTE;
  return chance.between(20, 200) * SECOND;
}

function thinking(text: string, chance: Chance): Part {
  const data = seal({ scope: thinkingScope(MAKER.model), content: text }, String(chance.next()));
  return { type: "reasoning", form: "full", text, opaque: { origin: MAKER, data } };
}

/** A small picture: nothing but bytes. */
export function picture(chance: Chance): Part {
  const data = Buffer.from(Array.from({ length: 600 }, () => chance.between(0, 255))).toString("base64");
  return { type: "media", kind: "image", mediaType: "image/png", source: { type: "base64", data } };
}

export function toolOf(name: string, description: string, fields: readonly string[]): Tool {
  const properties = Object.fromEntries(fields.map((field) => [field, { type: "string", description }]));
  return { type: "function", name, description, parameters: { type: "object", properties, required: [...fields] } };
}
