import type { CanonicalRequest, Message, Part } from "@signalbox/protocol";
import { roughMediaTokens } from "../../catalogue/rough-tokens.ts";
import { estimateTokens } from "./estimate-tokens.ts";

export interface MiddleOut {
  readonly request: CanonicalRequest;
  /** Messages that were left out. */
  readonly left: number;
}

/** A model takes what it was told of beside the texts: roles, names, brackets. */
const PER_MESSAGE = 4;
/** The estimate is no tokenizer. */
const SURE = 0.9;
/** The same steps stay left out for some turns, so that what is left is the same beginning. */
const STEPS_AT_ONCE = 8;
/** Of fewer steps each is needed more than that. */
const LONG = 32;

const NOTE =
  "[Earlier messages of this conversation were left out here, because all of it is longer than the model can read at once.]";

const NOTE_MESSAGE: Message = { role: "user", content: [{ type: "text", text: NOTE }] };

/**
 * For a request that is longer than `limit` tokens: the oldest steps after the first turn are left out, each an answer of the model with
 * the results of its calls, or a turn of the user. What the user asked last and all that came after stay, as far as they fit.
 * Undefined where it is not too long, or nothing can be left out. As OpenRouter's `middle-out`.
 * https://openrouter.ai/docs/features/message-transforms
 */
export function middleOut(request: CanonicalRequest, limit: number): MiddleOut | undefined {
  const steps = stepsOf(request.messages);
  const all = fixedTokens(request) + steps.reduce((sum, { tokens }) => sum + tokens, 0);
  const room = limit * SURE;
  if (all <= room) return undefined;
  const dropped = chooseSteps(steps, all + estimateTokens(NOTE) - room);
  const [gap] = dropped;
  if (gap === undefined) return undefined;
  const kept = steps.flatMap(({ messages }, at) => (at === gap ? [NOTE_MESSAGE] : dropped.has(at) ? [] : messages));
  const lost = steps.flatMap(({ messages }, at) => (dropped.has(at) ? messages : []));
  return { request: { ...request, messages: withoutOrphans(kept, lost) }, left: lost.length };
}

/** The places of the oldest steps after the first turn, in their order; the last question and the last step are not among them. */
function chooseSteps(steps: readonly Step[], excess: number): ReadonlySet<number> {
  const first = steps.findIndex(({ messages }) => messages[0]?.role === "assistant");
  const question = steps.findLastIndex(({ messages }) => messages[0]?.role === "user");
  const candidates = [...steps.keys()].filter(
    (at) => first > 0 && at >= first && at !== question && at < steps.length - 1,
  );
  let over = excess;
  let needed = 0;
  while (over > 0 && needed < candidates.length) {
    over -= steps[candidates[needed] ?? 0]?.tokens ?? 0;
    needed += 1;
  }
  const earlier = candidates.filter((at) => at < question).length;
  const most = needed <= earlier ? earlier : candidates.length;
  const atOnce = candidates.length < LONG ? 1 : STEPS_AT_ONCE;
  return new Set(candidates.slice(0, Math.min(most, Math.ceil(needed / atOnce) * atOnce)));
}

interface Step {
  readonly messages: readonly Message[];
  readonly tokens: number;
}

/** An answer with the results that follow it, or what users and operators said between two answers. */
function stepsOf(messages: readonly Message[]): readonly Step[] {
  const steps: Message[][] = [];
  for (const message of messages) {
    const last = steps.at(-1);
    const lastRole = last?.at(-1)?.role;
    const joins =
      message.role === "tool" ||
      (message.role === "assistant" && lastRole === "assistant") ||
      (message.role !== "assistant" && lastRole !== undefined && lastRole !== "assistant" && lastRole !== "tool");
    if (last !== undefined && joins) last.push(message);
    else steps.push([message]);
  }
  return steps.map((own) => ({ messages: own, tokens: own.reduce((sum, message) => sum + tokensOf(message), 0) }));
}

/** A result whose call was left out, and a call whose result was, would be refused. */
function withoutOrphans(kept: readonly Message[], lost: readonly Message[]): readonly Message[] {
  const gone = lost.flatMap(({ content }) => content);
  const calls = new Set(gone.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])));
  const results = new Set(gone.flatMap((part) => (part.type === "tool-result" ? [part.callId] : [])));
  const own = new Set(
    kept.flatMap(({ content }) => content.flatMap((part) => (part.type === "tool-call" ? [part.id] : []))),
  );
  const answered = new Set(
    kept.flatMap(({ content }) => content.flatMap((part) => (part.type === "tool-result" ? [part.callId] : []))),
  );
  const stays = (part: Part): boolean => {
    if (part.type === "tool-result") return own.has(part.callId) || !calls.has(part.callId);
    return part.type !== "tool-call" || answered.has(part.id) || !results.has(part.id);
  };
  return kept.flatMap((message) => {
    if (message.content.every(stays)) return [message];
    const content = message.content.filter(stays);
    return content.length === 0 ? [] : [{ ...message, content }];
  });
}

/** What is sent whatever is left out. */
function fixedTokens({ instructions, tools, output }: CanonicalRequest): number {
  const texts = [...instructions.map(({ text }) => text), ...tools.map((tool) => JSON.stringify(tool))];
  if (output?.type === "json-schema") texts.push(JSON.stringify(output.schema));
  return texts.reduce((sum, text) => sum + estimateTokens(text), 0);
}

const tokensOf = ({ content }: Message): number =>
  PER_MESSAGE + content.reduce((sum, part) => sum + partTokens(part), 0);

function partTokens(part: Part): number {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      return estimateTokens(part.text);
    case "tool-call":
      return estimateTokens(part.arguments) + estimateTokens(part.name);
    case "tool-result":
      return part.content.reduce((sum, inner) => sum + partTokens(inner), 0);
    case "media": {
      const { source } = part;
      if (source.type === "text") return estimateTokens(source.text);
      if (source.type === "parts") return source.parts.reduce((sum, inner) => sum + partTokens(inner), 0);
      return roughMediaTokens(part.kind, source.type === "base64" ? source.data.length : undefined);
    }
    default:
      return estimateTokens(JSON.stringify(part));
  }
}

/** Of a whole request, by estimate. */
export function requestTokens(request: CanonicalRequest): number {
  return fixedTokens(request) + request.messages.reduce((sum, message) => sum + tokensOf(message), 0);
}
