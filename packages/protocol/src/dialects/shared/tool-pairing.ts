import type { LossRecorder } from "../../ir/loss.ts";
import type { Part, ToolCallPart, ToolResultPart } from "../../ir/parts.ts";
import type { Message } from "../../ir/request.ts";
import { wireToolName } from "./tool-names.ts";

/**
 * The conversation as Anthropic and Bedrock require it around tool calls: ids of `[a-zA-Z0-9_-]`, no longer than `longestId`
 * and each used once, and directly after the calls of an assistant turn one message with exactly their results.
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html
 */
export function pairToolCalls(
  messages: readonly Message[],
  losses: LossRecorder,
  longestId = Number.POSITIVE_INFINITY,
): readonly Message[] {
  const ids = uniqueIds(longestId);
  return turnsOf(messages).flatMap((turn) => pairTurn(turn, ids, losses));
}

/** One assistant turn and what follows it, up to the next. The first turn may lack its assistant. */
interface Turn {
  readonly assistant: readonly Message[];
  readonly rest: readonly Message[];
}

function turnsOf(messages: readonly Message[]): readonly Turn[] {
  const turns: { assistant: Message[]; rest: Message[] }[] = [{ assistant: [], rest: [] }];
  for (const message of messages) {
    const turn = turns.at(-1);
    if (message.role !== "assistant") turn?.rest.push(message);
    else if (turn !== undefined && turn.rest.length === 0) turn.assistant.push(message);
    else turns.push({ assistant: [message], rest: [] });
  }
  return turns;
}

function pairTurn(turn: Turn, ids: (id: string) => string, losses: LossRecorder): readonly Message[] {
  const wireIds = new Map<string, string>();
  const named = (part: Part): Part => {
    if (part.type !== "tool-call") return part;
    const id = ids(part.id);
    wireIds.set(part.id, id);
    return { ...part, id };
  };
  const assistant = turn.assistant.map((message) => ({ ...message, content: message.content.map(named) }));
  const calls = assistant.flatMap((message) => message.content).filter((part) => part.type === "tool-call");

  const results = new Map<string, ToolResultPart>();
  const answers = (part: Part): boolean => {
    const id = part.type === "tool-result" ? wireIds.get(part.callId) : undefined;
    if (part.type !== "tool-result" || id === undefined || results.has(id)) return false;
    results.set(id, { ...part, callId: id });
    return true;
  };
  const rest = turn.rest.flatMap((message) => withoutAnswers(message, answers, losses));
  if (calls.length === 0) return [...assistant, ...rest];
  return [...assistant, { role: "tool", content: completed(calls, results, losses) }, ...rest];
}

/** The message without the results that `answers` takes; results that answer no call of the turn become user content. */
function withoutAnswers(message: Message, answers: (part: Part) => boolean, losses: LossRecorder): Message[] {
  if (message.role !== "tool") return [message];
  const orphans = message.content.filter((part) => !answers(part));
  if (orphans.length === 0) return [];
  losses.adapt("orphan-tool-result", "A tool result without its call directly before it was sent as user content.");
  return [{ role: "user", content: orphans.flatMap((part) => (part.type === "tool-result" ? part.content : [part])) }];
}

/** The results in the order in which they came, then one for each call that has none. */
function completed(
  calls: readonly ToolCallPart[],
  results: ReadonlyMap<string, ToolResultPart>,
  losses: LossRecorder,
): readonly Part[] {
  const missing = calls.filter((call) => !results.has(call.id));
  if (missing.length > 0) {
    losses.adapt("missing-tool-result", "Calls without a result got one that says that the tool was not run.");
  }
  const made = missing.map(
    (call): ToolResultPart => ({
      type: "tool-result",
      callId: call.id,
      content: [{ type: "text", text: "The tool was not run." }],
      isError: true,
    }),
  );
  return [...results.values(), ...made];
}

/** Wire ids by position, so that a conversation that grows keeps the ids it had. */
function uniqueIds(longest: number): (id: string) => string {
  const used = new Set<string>();
  return (id) => {
    const base = fittingId(id, longest);
    let wire = base;
    for (let count = 2; used.has(wire); count += 1) wire = `${base.slice(0, longest - 1 - `${count}`.length)}_${count}`;
    used.add(wire);
    return wire;
  };
}

/** An id that is too long keeps its beginning, and a digest tells it from others that begin so. */
function fittingId(id: string, longest: number): string {
  const plain = id.replaceAll(/[^a-zA-Z0-9_-]/g, "_") || "call";
  return plain.length <= longest ? plain : wireToolName(plain, { takes: /^$/, longest });
}
