import { randomBytes } from "node:crypto";
import {
  type CanonicalRequest,
  compact,
  invalidRequest,
  type Loss,
  takesNativeSearch,
  type WebSearchTool,
  webSearchOf,
  withNativeSearch,
} from "@signalbox/protocol";
import { modelFacts } from "../../catalogue/catalogue.ts";
import { toldError } from "../../features/web-search/failures.ts";
import {
  MOST_AT_ONCE,
  type SearchDone,
  type SearchLoop,
  startSearchLoop,
  type WantedSearch,
} from "../../features/web-search/search-loop.ts";
import { citesSources, searchToolName, withSearchTool } from "../../features/web-search/search-tool.ts";
import { type PlanInput, type PlannedAttempt, planAttempts } from "../../routing/plan.ts";
import type { Plan } from "../../routing/target.ts";
import { classifyTransportError } from "../../upstream/classify.ts";
import type { AnswerWork } from "../answer-work.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { tokensIn } from "../metering.ts";
import type { Parties } from "../parties.ts";
import type { Rework, Reworked } from "../rework.ts";
import { searchPlaceOf } from "./search-place.ts";
import { runSearch } from "./search-run.ts";
import { gatewaySearches, type SearchLoopWay, type SearchWay, searchWay, searchWish } from "./search-way.ts";

/** The web for a model: what its request says of it, and what becomes of its answer. */
export interface SearchFeature {
  readonly rework: Rework;
  /** Absent: whoever answers searches itself. */
  readonly work?: AnswerWork;
  /** What was found so far, and how it was asked for, in tokens by estimate. */
  readonly addedTokens?: () => number;
}

/**
 * Undefined where a planned request has nothing to do with the web, or all who may answer it can be told so in its own bytes. Throws
 * `invalid_request` where two ways to search are asked for at once.
 */
export function startSearch({ exchange, request }: Pick<Parties, "exchange" | "request">): SearchFeature | undefined {
  const { plan } = exchange.outcome;
  if (plan === undefined || !mayConcern(exchange, request, plan)) return undefined;
  const native = webSearchOf(request.canonical());
  refuseBoth(request, native);
  const wayAt = wayFinder(exchange, request);
  const ways = plannedIn(exchange, request, plan).map(wayAt);
  if (ways.every(({ type }) => type === "as-is")) return undefined;
  if (!ways.some(({ type }) => type === "loop")) return { rework: (asked, planned) => reworked(asked, wayAt(planned)) };
  return searching({ exchange, request }, wayAt, native !== undefined);
}

/** The same of the request itself: innermost of all that is done to its answer, and last of what is done to it. */
export function withSearch(parties: Pick<Parties, "exchange" | "request">): ClientRequest {
  const { request } = parties;
  const feature = startSearch(parties);
  if (feature === undefined) return request;
  const { rework, work, addedTokens } = feature;
  return compact({
    ...request,
    reworks: [...(request.reworks ?? []), rework],
    work: work === undefined ? request.work : [work, ...(request.work ?? [])],
    addedTokens,
  });
}

type WayFinder = (planned: PlannedAttempt) => SearchWay;

export function wayFinder(
  { snapshot }: Pick<Exchange, "snapshot">,
  { preferences, canonical }: Pick<ClientRequest, "preferences" | "canonical">,
): WayFinder {
  const request = canonical();
  const native = webSearchOf(request);
  return (planned) => {
    const wish = searchWish({ preferences, overrides: planned.target.overrides, native });
    return searchWay(wish, searchPlaceOf(planned, request), snapshot.webSearch);
  };
}

/** Those that may be asked, as far as they differ. */
export function plannedIn(exchange: Exchange, request: ClientRequest, plan: Plan): readonly PlannedAttempt[] {
  return planAttempts(plan.targets, {
    dialect: exchange.surface.dialect,
    obstacle: () => undefined,
    searches: searchesAt(exchange, request, plan),
    lastUsed: () => undefined,
    chance: () => 0,
  });
}

/**
 * Which of a target's APIs can be told to search, where that is asked for expressly: OpenAI's models search in Responses, and few of them
 * in Chat Completions. What agents offer in every request is no reason to leave their own dialect.
 */
export function searchesAt(exchange: Exchange, request: ClientRequest, plan: Plan): PlanInput["searches"] {
  if (!mayConcern(exchange, request, plan)) return undefined;
  const asked = request.canonical();
  const native = webSearchOf(asked);
  const isOffered = native !== undefined && !request.scan.members.has(CHAT_OPTIONS);
  if (isOffered) return undefined;
  const { preferences } = request;
  return (endpoint, { provider, model, overrides }) => {
    const wish = searchWish({ preferences, overrides, native });
    // What the gateway searches for can be asked of any API.
    if (wish?.by === "web_search" && gatewaySearches(wish.search, exchange.snapshot.webSearch)) return false;
    // Of whom nobody has said how it searches is sent the client's own words.
    const isUnsaid = endpoint.dialect === "openai-chat" && endpoint.quirks.webSearch === undefined;
    if (isUnsaid && request.scan.members.has(CHAT_OPTIONS)) return true;
    return takesNativeSearch(endpoint, { model, facts: modelFacts(provider, model), request: asked });
  };
}

/** Without decoding it: most requests say nothing of the web, and pay for no more than these looks. */
export function mayConcern({ snapshot }: Exchange, request: ClientRequest, { targets }: Plan): boolean {
  const { webSearch, webSearchOptions } = request.preferences;
  if (webSearch !== undefined || webSearchOptions !== undefined) return true;
  const isWished = targets.some(
    ({ overrides }) => overrides?.webSearch !== undefined || overrides?.webSearchOptions !== undefined,
  );
  if (isWished || request.scan.members.has(CHAT_OPTIONS)) return true;
  return snapshot.webSearch.engines.size > 0 && mentionsSearch(request);
}

/** In a body of Chat Completions it says at once which model and API are wanted: those that search. */
const CHAT_OPTIONS = "web_search_options";

const WORDS = ["web_search", "oogleSearch", "oogle_search"];

function mentionsSearch({ bytes, scan }: ClientRequest): boolean {
  const span = scan.members.get("tools");
  if (span === undefined) return false;
  const tools = bytes.subarray(span.start, span.end);
  return WORDS.some((word) => tools.includes(word));
}

function refuseBoth({ preferences }: ClientRequest, native: WebSearchTool | undefined): void {
  if (preferences.webSearch === undefined || native === undefined) return;
  throw invalidRequest(
    "'web_search' and a web search of the provider's own exclude each other: send one of them.",
    "web_search",
  );
}

function reworked(asked: CanonicalRequest, way: Exclude<SearchWay, SearchLoopWay> | SearchLoopWay): Reworked {
  switch (way.type) {
    case "native":
      return { request: withNativeSearch(asked, way.tool), adapted: way.adapted ?? [] };
    case "refused":
      throw way.error;
    case "as-is":
    case "loop":
      return { request: asked };
  }
}

/** Where a loop may begin, which it does at whoever answers first with a search. */
function searching(
  { exchange, request }: Pick<Parties, "exchange" | "request">,
  wayAt: WayFinder,
  asksNatively: boolean,
): SearchFeature {
  const canonical = request.canonical();
  const name = searchToolName(canonical);
  const { snapshot, surface, generationId } = exchange;
  let shown = 0;
  const loop = startSearchLoop({
    name,
    nonce: randomBytes(8).toString("hex"),
    shows: asksNatively && surface.dialect !== "openai-chat",
    cites: citesSources(canonical),
    searchId: () => {
      shown += 1;
      return `srvtoolu_${generationId.replaceAll("-", "")}${shown}`;
    },
  });
  /** Of whoever answers: once a search is done, whoever follows goes on from it. */
  let current: SearchWay | undefined;
  const wayOf = (planned: PlannedAttempt) => (loop.steps() > 0 && current !== undefined ? current : wayAt(planned));
  return {
    rework(asked, planned) {
      const way = wayOf(planned);
      if (way.type !== "loop") return reworked(asked, way);
      const last = loop.steps() >= way.maxSteps;
      const offer = { name, last, first: loop.steps() === 0, turns: loop.turns(), takesNone: takesNone(planned) };
      return { request: withSearchTool(asked, offer), adapted: asksNatively ? [byGateway(way)] : [] };
    },
    addedTokens: () => (loop.steps() === 0 ? 0 : tokensIn(JSON.stringify(loop.turns()).length)),
    work: {
      begin(planned) {
        current = wayOf(planned);
        const maxSteps = current.type === "loop" ? current.maxSteps : 0;
        loop.begin({ maxSteps, resultBytes: snapshot.webSearch.resultBytes });
      },
      push: loop.push,
      next() {
        const wanted = loop.wanted();
        if (wanted === undefined || current?.type !== "loop") return undefined;
        return search(exchange, { way: current, loop, wanted }).then(() => ({ type: "ask" as const }));
      },
    },
  };
}

/** Where the tools of a request would be left out with the choice, what stands of them in its messages would be refused. */
function takesNone({ endpoint }: PlannedAttempt): boolean {
  if (endpoint.dialect === "bedrock-converse") return false;
  return endpoint.dialect !== "anthropic-messages" || endpoint.quirks.toolChoiceNone !== "drop";
}

function byGateway({ engines: [first] }: SearchLoopWay): Loss {
  return {
    feature: "web-search",
    detail: `The gateway searches for this model, with ${first?.engine.id ?? "nobody"}.`,
  };
}

interface Step {
  readonly way: SearchLoopWay;
  readonly loop: SearchLoop;
  readonly wanted: readonly WantedSearch[];
}

/** All searches of one step at once. What fails is told to the model; only the client's leaving ends the request. */
async function search(exchange: Exchange, { way, loop, wanted }: Step): Promise<void> {
  const { outcome, clientGone } = exchange;
  const done = await Promise.all(wanted.map((one, at) => searchOnce(exchange, way, { ...one, at })));
  const gone = clientGone.reason();
  if (gone !== undefined) throw gone;
  loop.resume(done);
  const found = done.flatMap(({ results = [] }) => results);
  const { searches } = outcome;
  const engine = done.findLast(({ by }) => by !== undefined)?.by ?? searches?.engine ?? way.engines[0]?.engine.id ?? "";
  outcome.searches = {
    engine,
    queries: [...(searches?.queries ?? []), ...done.flatMap(({ query }) => (query === undefined ? [] : [query]))],
    results: (searches?.results ?? 0) + found.length,
    steps: loop.steps(),
  };
}

interface Done extends SearchDone {
  readonly by?: string;
}

async function searchOnce(
  exchange: Exchange,
  { engines, maxResults, tool }: SearchLoopWay,
  { at, ...wanted }: WantedSearch & { readonly at: number },
): Promise<Done> {
  const { query } = wanted;
  if (query === undefined) return { ...wanted, error: "invalid_tool_input" };
  if (at >= MOST_AT_ONCE) return { ...wanted, error: "max_uses_exceeded" };
  const { snapshot, startedAt, outcome } = exchange;
  const deadlineMs = outcome.plan?.targets[0]?.timeouts.deadlineMs ?? snapshot.timeouts.deadlineMs;
  const asked = compact({
    text: query,
    maxResults,
    allowedDomains: tool?.allowedDomains,
    blockedDomains: tool?.blockedDomains,
    country: tool?.userLocation?.country,
  });
  const { timeoutMs } = snapshot.webSearch;
  try {
    const run = { engines, query: asked, timeoutMs, deadlineAt: startedAt + deadlineMs };
    const { engine, results } = await runSearch(exchange, run);
    return { ...wanted, results, by: engine };
  } catch (thrown) {
    return { ...wanted, error: toldError(classifyTransportError(thrown)) };
  }
}
