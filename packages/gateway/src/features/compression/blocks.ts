import type { CanonicalRequest, Message, Part, TextPart, ToolCallPart, ToolResultPart } from "@signalbox/protocol";

/** A text of a conversation, and what decides whether it may be shortened. */
export interface Block {
  readonly part: TextPart;
  /** The place of its message; -1 for instructions. */
  readonly message: number;
  /** What was sent at once: everything between two answers of the model. Instructions are in -1. */
  readonly batch: number;
  readonly role: Message["role"];
  /** The result that it stands in. */
  readonly result?: ToolResultPart;
  /** How the model finds it again, where others may say what it says. */
  readonly label: string;
  /** The turn that the batch was sent for stands as its user wrote it. */
  readonly isQuestion: boolean;
  /** The client has a cache breakpoint here or behind it. */
  readonly isCached: boolean;
  /** What was last asked when it was sent. */
  readonly query: string | undefined;
}

export interface Conversation {
  /** In their order: instructions, then messages. */
  readonly blocks: readonly Block[];
  /** The batch that was not sent before. */
  readonly newest: number;
}

export function readConversation(request: CanonicalRequest): Conversation {
  const { instructions, messages } = request;
  const batches = batchesOf(messages);
  const cachedUntil = lastBreakpoint(request);
  const names = startNaming();
  const blocks: Block[] = instructions.map((part) => ({
    part,
    message: -1,
    batch: -1,
    role: "system",
    label: "the instructions",
    isQuestion: false,
    isCached: false,
    query: undefined,
  }));
  let place = 0;
  for (const [at, { role, content }] of messages.entries()) {
    const { batch = 0, question, query } = batches.at[at] ?? {};
    for (const part of content) {
      const about = { message: at, batch, role, isCached: place <= cachedUntil, isQuestion: question === at, query };
      blocks.push(...textsIn(part, names).map((text) => ({ ...about, ...text })));
      place += 1;
    }
  }
  return { blocks, newest: batches.newest };
}

/** The texts of one part of a message. */
function textsIn(part: Part, names: Names): readonly Pick<Block, "part" | "label" | "result">[] {
  switch (part.type) {
    case "text":
      return [{ part, label: names.text() }];
    case "tool-call":
      names.call(part);
      return [];
    case "tool-result": {
      const label = names.result(part);
      return part.content.filter(isText).map((text) => ({ part: text, result: part, label }));
    }
    default:
      return [];
  }
}

interface Batches {
  readonly at: readonly BatchPlace[];
  readonly newest: number;
}

interface BatchPlace {
  readonly batch: number;
  /** The message with the batch's last words of the user. */
  readonly question: number | undefined;
  readonly query: string | undefined;
}

function batchesOf(messages: readonly Message[]): Batches {
  const at: BatchPlace[] = [];
  let query: string | undefined;
  let batch = 0;
  for (let start = 0; start < messages.length; ) {
    const end = endOfBatch(messages, start);
    const asked = messages.slice(start, end).findLastIndex(hasWords);
    const question = asked < 0 ? undefined : start + asked;
    if (question !== undefined) query = wordsOf(messages[question]);
    const afterIt = endOfAnswer(messages, end);
    for (let place = start; place < afterIt; place += 1) at.push({ batch, question, query });
    start = afterIt;
    // An answer that is to be gone on with ends the conversation, and nothing came after it.
    if (start < messages.length) batch += 1;
  }
  return { at, newest: batch };
}

function endOfBatch(messages: readonly Message[], start: number): number {
  let end = start;
  while (end < messages.length && messages[end]?.role !== "assistant") end += 1;
  return end;
}

function endOfAnswer(messages: readonly Message[], start: number): number {
  let end = start;
  while (messages[end]?.role === "assistant") end += 1;
  return end;
}

const isText = (part: Part): part is TextPart => part.type === "text";

const hasWords = ({ role, content }: Message): boolean =>
  role === "user" && content.some((part) => isText(part) && part.text.trim() !== "");

const wordsOf = (message: Message | undefined): string =>
  (message?.content ?? [])
    .filter(isText)
    .map(({ text }) => text)
    .join("\n");

/** The place among all parts of messages of the client's last breakpoint, or -1. */
function lastBreakpoint({ messages }: CanonicalRequest): number {
  let last = -1;
  let place = 0;
  for (const { content } of messages) {
    for (const part of content) {
      const inner = part.type === "tool-result" && part.content.some(({ cache }) => cache !== undefined);
      if (part.cache !== undefined || inner) last = place;
      place += 1;
    }
  }
  return last;
}

interface Names {
  readonly call: (part: ToolCallPart) => void;
  readonly text: () => string;
  readonly result: (part: ToolResultPart) => string;
}

/** Ids are the clients' own words, and some give every call the same. */
const LONGEST_NAME = 64;

/** Knows no more of a conversation than what it has read of it: what comes later must not change a name. */
function startNaming(): Names {
  const calls = new Map<string, string>();
  const used = new Map<string, number>();
  let texts = 0;
  const once = (label: string): string => {
    const before = used.get(label) ?? 0;
    used.set(label, before + 1);
    return before === 0 ? label : `${label}, no. ${before + 1}`;
  };
  const shown = (name: string) => name.slice(0, LONGEST_NAME).toWellFormed().replaceAll(/\s+/g, " ");
  return {
    call: ({ id, name }: ToolCallPart) => void calls.set(id, name),
    text(): string {
      texts += 1;
      return `text no. ${texts} of the conversation`;
    },
    result(part: ToolResultPart): string {
      const name = part.name ?? calls.get(part.callId) ?? "a tool";
      return once(`the result of ${shown(name)} (${shown(part.callId)})`);
    },
  };
}
