import type { CacheBreakpoint, CanonicalRequest, Message, Part, TextPart, Tool } from "@signalbox/protocol";
import type { Known } from "./known-prompts.ts";
import { type OwnBreakpoints, ownBreakpoints } from "./own-breakpoints.ts";
import { instructionTokens, toolTokens } from "./prefix-tokens.ts";
import { type Turn, turnsOf } from "./turns.ts";

export interface BreakpointRules {
  /** The shortest prefix that the model keeps. */
  readonly minimumTokens: number;
  /** Absent: five minutes, which is every vendor's own. */
  readonly ttl?: CacheBreakpoint["ttl"];
  /** In all, the client's own among them. */
  readonly most: number;
  /** False: the model caches no tools of their own (Amazon Nova). */
  readonly tools?: boolean;
  /** What has come before, so that it is likely to come again; absent: all of it. */
  readonly known?: Known;
}

/** The first turn of a conversation may be its last: only a long one is worth what is paid for writing it. https://docs.routeway.ai */
const LONG_TURN = 2048;

/**
 * From a breakpoint back, Anthropic looks for what was written before at so many blocks.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching#how-automatic-prefix-checking-works
 */
const LOOKBACK = 20;

/** What changes is the `cache` of at most these. */
interface Places {
  readonly tool?: number;
  readonly instruction?: number;
  readonly turns: readonly Turn[];
}

/**
 * The request with breakpoints at the end of its tools, of its instructions and of its two newest turns, as far as the prefix up
 * to there is long enough. Where the client has set one in tools, instructions or messages, that part of the request stays as it
 * is. A pure function of its arguments; what stands before a breakpoint decides about it, and nothing behind, so that a
 * conversation's next turn finds what this one wrote. The same object where nothing is to be set.
 */
export function withBreakpoints(request: CanonicalRequest, rules: BreakpointRules): CanonicalRequest {
  if (rules.known === "nothing") return request;
  const own = ownBreakpoints(request);
  const ttls = ttlsAt(own, rules.ttl);
  const places = placesIn(request, { own, rules, ttls });
  const { tool, instruction, turns } = places;
  if (tool === undefined && instruction === undefined && turns.length === 0) return request;
  return {
    ...request,
    tools: tool === undefined ? request.tools : marked<Tool>(request.tools, tool, ttls.tools),
    instructions:
      instruction === undefined
        ? request.instructions
        : marked<TextPart>(request.instructions, instruction, ttls.system),
    messages: turns.reduce((messages, turn) => withTurn(messages, turn, ttls.messages), request.messages),
  };
}

interface Given {
  readonly own: OwnBreakpoints;
  readonly rules: BreakpointRules;
  readonly ttls: Ttls;
}

/** In the order in which they are worth having: the instructions cover the tools as well. */
function placesIn(request: CanonicalRequest, { own, rules, ttls }: Given): Places {
  const { minimumTokens, most } = rules;
  const ofTools = request.tools.reduce((sum, tool) => sum + toolTokens(tool), 0);
  let left = most - own.tools.length - own.system.length - own.messages.length;
  const take = (index: number, prefix: number): number | undefined => {
    if (index < 0 || left <= 0 || prefix < minimumTokens) return undefined;
    left -= 1;
    return index;
  };
  const last = own.system.length > 0 || ttls.system === undefined ? -1 : carrierIn(request.instructions);
  const upTo = ofTools + instructionTokens(request.instructions.slice(0, last + 1));
  const instruction = take(last, upTo);
  const before = ofTools + instructionTokens(request.instructions);
  const mayMark = own.messages.length === 0 && ttls.messages !== undefined && rules.known !== "beginning";
  const free = mayMark ? Math.max(0, Math.min(2, left)) : 0;
  const turns = newestTurns(turnsOf(request.messages), minimumTokens - before, free);
  left -= turns.length;
  const isFree = own.tools.length === 0 && ttls.tools !== undefined && rules.tools !== false;
  const tool = take(isFree ? request.tools.findLastIndex(mayCarry) : -1, ofTools);
  return { turns, ...(tool === undefined ? {} : { tool }), ...(instruction === undefined ? {} : { instruction }) };
}

/** The newest one, which this request writes, and the one before it, which the request before this one wrote. */
function newestTurns(turns: readonly Turn[], minimum: number, most: number): readonly Turn[] {
  const worth = turns.filter(
    ({ prefixTokens, ownTokens, isContinued }) => prefixTokens >= minimum && (isContinued || ownTokens >= LONG_TURN),
  );
  const newest = worth.slice(-2);
  if (most >= newest.length) return newest;
  const [before, last] = newest;
  if (most === 0 || before === undefined || last === undefined) return [];
  // What is written where no later request looks for it costs more than no cache.
  return last.block - before.block < LOOKBACK ? [last] : [];
}

/** Claude Code's first block differs from build to build; it carries nothing. */
const BILLING_HEADER = "x-anthropic-billing-header:";

const carrierIn = (instructions: readonly TextPart[]): number =>
  instructions.findLastIndex(({ text }) => text.trim() !== "" && !text.startsWith(BILLING_HEADER));

/** A tool that is loaded only when it is searched for stands outside the prompt, and other vendors' own tools are not sent. */
function mayCarry(tool: Tool): boolean {
  if (tool.type === "hosted") return tool.dialect === "anthropic-messages" && tool.definition["defer_loading"] !== true;
  return tool.extension?.fields["defer_loading"] !== true;
}

type Section = keyof OwnBreakpoints;

/** The breakpoint to set in each part of a request; undefined: none can stand there. */
type Ttls = Readonly<Record<Section, CacheBreakpoint | undefined>>;

/** Breakpoints of an hour stand before those of five minutes: https://platform.claude.com/docs/en/build-with-claude/prompt-caching#mixing-different-ttls */
function ttlsAt({ tools, system, messages }: OwnBreakpoints, wanted: CacheBreakpoint["ttl"]): Ttls {
  const at = (before: readonly CacheBreakpoint[], after: readonly CacheBreakpoint[]): CacheBreakpoint | undefined => {
    const mustBeLong = after.some(({ ttl }) => ttl === "1h");
    const mustBeShort = before.some(({ ttl }) => ttl !== "1h");
    if (mustBeLong) return mustBeShort ? undefined : { ttl: "1h" };
    if (mustBeShort || wanted === undefined) return {};
    return { ttl: wanted };
  };
  return {
    tools: at([], [...system, ...messages]),
    system: at(tools, messages),
    messages: at([...tools, ...system], []),
  };
}

function marked<T extends Tool | Part>(
  list: readonly T[],
  index: number,
  cache: CacheBreakpoint | undefined,
): readonly T[] {
  return cache === undefined ? list : list.map((item, at) => (at === index ? { ...item, cache } : item));
}

function withTurn(
  messages: readonly Message[],
  { message, part }: Turn,
  cache: CacheBreakpoint | undefined,
): readonly Message[] {
  return messages.map((said, at) => (at === message ? { ...said, content: marked(said.content, part, cache) } : said));
}
