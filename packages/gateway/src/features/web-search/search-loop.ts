import {
  addUsage,
  compact,
  type FinishReason,
  type Message,
  mergeUsage,
  type Part,
  parseJsonObject,
  type ResponseEnd,
  type ResponseStart,
  type SearchPart,
  type SearchResult,
  type StreamEvent,
  stringOf,
  type ToolCallPart,
  type Usage,
} from "@signalbox/protocol";
import { type AnswerParts, startAnswerParts } from "./answer-parts.ts";
import { LONGEST_QUERY } from "./engine.ts";
import { fenceResults } from "./fence.ts";
import { plainText } from "./pages.ts";

/** Calls beyond these of one step are answered that they are too many. */
export const MOST_AT_ONCE = 5;

export interface LoopOptions {
  /** Under which the model calls the search. */
  readonly name: string;
  /** No page can know it. */
  readonly nonce: string;
  /** The client is shown the searches, because it asked for them by its own vendor's tool. */
  readonly shows: boolean;
  readonly cites: boolean;
  /** Ids of the searches that the client is shown, each once. */
  readonly searchId: () => string;
}

/** What bounds the loop at the target that answers. */
export interface LoopLimits {
  readonly maxSteps: number;
  /** What of all results of one step the model reads at most. */
  readonly resultBytes: number;
}

/** A search that the model wants. */
export interface WantedSearch {
  readonly call: ToolCallPart;
  /** Undefined: the call has no query that could be searched for. */
  readonly query: string | undefined;
}

export interface SearchDone extends WantedSearch {
  readonly results?: readonly SearchResult[];
  /** Why it failed, in Anthropic's words for it. */
  readonly error?: string;
}

/**
 * One answer of which the model may have searched several times: the calls are hidden from the client, and all that it is told of the
 * upstream's answers in between is one.
 */
export interface SearchLoop {
  readonly begin: (limits: LoopLimits) => void;
  readonly push: (events: readonly StreamEvent[]) => readonly StreamEvent[];
  /** What the answer that was just kept open waits for. */
  readonly wanted: () => readonly WantedSearch[] | undefined;
  /** In the order in which they were wanted. */
  readonly resume: (done: readonly SearchDone[]) => void;
  /** What stands behind the client's messages when upstreams are asked again. */
  readonly turns: () => readonly Message[];
  /** How often the model has searched. */
  readonly steps: () => number;
}

/** What holds of the client's answer between two of the upstream's. */
interface Told {
  readonly started: boolean;
  readonly nextIndex: number;
}

interface State {
  readonly options: LoopOptions;
  readonly turns: Message[];
  readonly sources: SearchResult[];
  limits: LoopLimits;
  steps: number;
  /** Those that found something. */
  searches: number;
  /** By the answers before this one. */
  spent: Usage | undefined;
  toShow: readonly SearchPart[];
  settled: Told;
  told: Told;
  answer: AnswerParts;
  usage: Usage | undefined;
  waits: boolean;
}

export function startSearchLoop(options: LoopOptions): SearchLoop {
  const takeIndex = () => indexAfter(state);
  const sources: SearchResult[] = [];
  const open = () =>
    startAnswerParts({ name: options.name, nextIndex: takeIndex, sources: options.cites ? sources : [] });
  const start: Told = { started: false, nextIndex: 0 };
  const state: State = {
    options,
    turns: [],
    sources,
    limits: { maxSteps: 0, resultBytes: 0 },
    steps: 0,
    searches: 0,
    spent: undefined,
    toShow: [],
    settled: start,
    told: start,
    answer: open(),
    usage: undefined,
    waits: false,
  };
  return {
    begin(limits) {
      Object.assign(state, { limits, told: state.settled, answer: open(), usage: undefined, waits: false });
    },
    push: (events) => events.flatMap((event) => shownOf(state, event)),
    wanted: () => (state.waits ? state.answer.hidden().map(wantedOf) : undefined),
    resume: (done) => resume(state, done),
    turns: () => state.turns,
    steps: () => state.steps,
  };
}

function indexAfter(state: State): number {
  const { nextIndex } = state.told;
  state.told = { ...state.told, nextIndex: nextIndex + 1 };
  return nextIndex;
}

function shownOf(state: State, event: StreamEvent): readonly StreamEvent[] {
  switch (event.type) {
    case "response-start":
      return begun(state, event);
    case "part-start":
      return state.answer.start(event);
    case "part-delta":
      return state.answer.delta(event);
    case "part-end":
      return state.answer.end(event);
    case "response-end":
      return ended(state, event);
    case "response-error":
      return [event];
  }
}

/** The first of the client's answer, and what was searched for before this one of the upstream's. */
function begun(state: State, event: ResponseStart): readonly StreamEvent[] {
  state.usage = event.usage;
  const first = state.told.started ? [] : [event];
  state.told = { ...state.told, started: true };
  const shown = state.toShow.flatMap((part): readonly StreamEvent[] => {
    const index = indexAfter(state);
    return [
      { type: "part-start", index, part },
      { type: "part-end", index },
    ];
  });
  return [...first, ...shown];
}

function ended(state: State, event: ResponseEnd): readonly StreamEvent[] {
  const { answer, options, limits, steps, searches } = state;
  const { finishReason } = event;
  state.usage = mergeUsage(state.usage, event.usage);
  const last = answer.flush();
  const own = answer.hidden().length > 0 && !answer.callsClient();
  state.waits = own && steps < limits.maxSteps && MAY_GO_ON.has(finishReason.unified);
  if (state.waits) return last;
  const fees = options.shows && searches > 0 ? { webSearches: searches } : undefined;
  const usage = addUsage(addUsage(state.spent, state.usage), fees);
  // Whoever reads that tools were called looks for their calls.
  const reason = own && finishReason.unified === "tool-calls" ? NOTHING_CALLED : finishReason;
  return [...last, compact({ ...event, finishReason: reason, usage })];
}

/** Some vendors say `stop` where tools were called. Of a call that was cut off nothing is known. */
const MAY_GO_ON: ReadonlySet<FinishReason["unified"]> = new Set(["tool-calls", "stop", "other"]);

const NOTHING_CALLED: FinishReason = { unified: "stop" };

function resume(state: State, done: readonly SearchDone[]): void {
  const { options, sources, limits, turns } = state;
  state.steps += 1;
  state.spent = addUsage(state.spent, state.usage);
  state.settled = state.told;
  state.waits = false;
  turns.push({ role: "assistant", content: toReplay(state.answer.content()) });
  const bytes = Math.floor(limits.resultBytes / Math.max(1, done.length));
  const isLast = state.steps >= limits.maxSteps;
  const results = done.map((search): Part => {
    const text = toldOf(search, { ...options, bytes, from: sources.length + 1 });
    sources.push(...(search.results ?? []));
    return resultOf(search, isLast ? `${text}\n${LAST}` : text);
  });
  turns.push({ role: "tool", content: results });
  state.searches += done.filter(({ results: found }) => found !== undefined).length;
  state.toShow = options.shows ? done.map((search) => partOf(search, options.searchId())) : [];
}

/**
 * What a model said, as it is shown it again. OpenAI keeps nothing of an answer that it was not asked to keep: thinking that has a name
 * there and no seal cannot be found again, and what came after it is not to be named either.
 * https://developers.openai.com/api/docs/guides/reasoning
 */
function toReplay(content: readonly Part[]): readonly Part[] {
  const sealed = new Set(content.flatMap((part) => (part.type === "reasoning" && part.opaque ? (part.id ?? []) : [])));
  const isLost = (part: Part) => part.type === "reasoning" && part.id !== undefined && !sealed.has(part.id);
  return content.some(isLost) ? content.filter((part) => !isLost(part)).map(nameless) : content;
}

function nameless(part: Part): Part {
  if (part.type === "text") {
    const { id: _, ...rest } = part;
    return rest;
  }
  if (part.type !== "tool-call") return part;
  const { itemId: _, ...rest } = part;
  return rest;
}

const LAST = "This was the last search: answer now with what is known.";

const wantedOf = (call: ToolCallPart): WantedSearch => ({ call, query: queryOf(call.arguments) });

/** What a model writes may be anything; a query is one line of a bounded length. */
function queryOf(text: string): string | undefined {
  const query = plainText(stringOf(parseJsonObject(text)?.["query"]) ?? "")
    .slice(0, LONGEST_QUERY)
    .trim()
    .toWellFormed();
  return query === "" ? undefined : query;
}

interface Telling extends LoopOptions {
  readonly bytes: number;
  readonly from: number;
}

function toldOf({ query, results, error }: SearchDone, { nonce, cites, bytes, from }: Telling): string {
  if (results !== undefined) return fenceResults(results, { nonce, from, bytes, cites });
  return query === undefined
    ? "The search failed: its argument 'query' must be text that is not empty."
    : `The search failed (${error ?? "unavailable"}). Answer without it, and say so where it matters.`;
}

function resultOf({ call, error, results }: SearchDone, text: string): Part {
  return {
    type: "tool-result",
    callId: call.id,
    name: call.name,
    content: [{ type: "text", text }],
    ...(error === undefined && results !== undefined ? {} : { isError: true }),
  };
}

function partOf({ query, results, error }: SearchDone, id: string): SearchPart {
  return compact({
    type: "web-search" as const,
    id,
    queries: query === undefined ? [] : [query],
    results: results?.map(({ url, title, pageAge }) => compact({ url, title, pageAge })),
    error: results === undefined ? (error ?? "invalid_tool_input") : undefined,
  });
}
