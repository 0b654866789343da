import { GatewayError, type Loss, type WebSearchTool } from "@signalbox/protocol";
import { type SearchEngineId, searchEngines, type WebSearch } from "../../config/features.ts";
import type { WebSearchSettings } from "../../config/settings.ts";
import { type ConfiguredEngine, enginesFor } from "../../features/web-search/engines/index.ts";
import type { RoutingPreferences } from "../../routing/preferences.ts";
import type { RequestOverrides } from "../../routing/target.ts";

/** What is wanted of the web, by whoever stands nearest to the request. */
export type SearchWish =
  /** A search that the gateway may run. */
  | { readonly by: "web_search"; readonly search: WebSearch }
  /** The target's own, as the client's dialect asks for it. */
  | { readonly by: "client"; readonly tool: WebSearchTool }
  /** The target's own, by the gateway's own word. */
  | { readonly by: "web_search_options"; readonly tool: WebSearchTool };

/** How a request searches at one target. */
export type SearchWay =
  /** As the request stands. */
  | { readonly type: "as-is" }
  | { readonly type: "native"; readonly tool: WebSearchTool; readonly adapted?: readonly Loss[] }
  | SearchLoopWay
  | { readonly type: "refused"; readonly error: GatewayError };

export interface SearchLoopWay {
  readonly type: "loop";
  /** The one to ask first, then those that may follow. */
  readonly engines: readonly ConfiguredEngine[];
  readonly maxResults: number;
  readonly maxSteps: number;
  /** What the client said of its vendor's search, as far as engines can be told. */
  readonly tool?: WebSearchTool;
}

/** What of a target decides. */
export interface SearchPlace {
  /** For errors: `openai/gpt-5`. */
  readonly name: string;
  /** It can search the web itself. */
  readonly native: boolean;
  /** Its search is Google's. */
  readonly google: boolean;
  /** It can be told how often it may search. */
  readonly counts: boolean;
}

interface Said {
  readonly preferences: Pick<RoutingPreferences, "webSearch" | "webSearchOptions">;
  readonly overrides: RequestOverrides | undefined;
  /** What the request says of its vendor's search. */
  readonly native: WebSearchTool | undefined;
}

/** The request's word, else its router's. */
export function searchWish({ preferences, overrides, native }: Said): SearchWish | undefined {
  if (preferences.webSearch !== undefined) return { by: "web_search", search: preferences.webSearch };
  const own = preferences.webSearchOptions;
  if (native !== undefined) return { by: "client", tool: own === undefined ? native : withContext(native, own) };
  const options = own ?? overrides?.webSearchOptions;
  if (options !== undefined) return { by: "web_search_options", tool: withContext({}, options) };
  const search = overrides?.webSearch;
  return search === undefined ? undefined : { by: "web_search", search };
}

function withContext(
  tool: WebSearchTool,
  { searchContextSize: contextSize }: NonNullable<RequestOverrides["webSearchOptions"]>,
): WebSearchTool {
  return contextSize === undefined ? tool : { ...tool, contextSize };
}

/** How this wish is served at this target. */
export function searchWay(wish: SearchWish | undefined, place: SearchPlace, settings: WebSearchSettings): SearchWay {
  if (wish === undefined) return { type: "as-is" };
  if (wish.by === "web_search") return toolWay(wish.search, place, settings);
  const { tool } = wish;
  if (place.native) return wish.by === "client" ? { type: "as-is" } : { type: "native", tool };
  // Engines know no other web than that of now.
  const engines = tool.live === false ? [] : enginesFor(settings, undefined);
  if (engines.length > 0) return { type: "loop", engines, tool, ...boundsOf(tool, settings) };
  // What every coding agent offers its model is no reason to refuse: the target's encoder says that it left it out.
  return wish.by === "client" ? { type: "as-is" } : { type: "refused", error: nobodySearches(place) };
}

/** The gateway searches for it, whoever answers. */
export function gatewaySearches({ engine }: WebSearch, settings: WebSearchSettings): boolean {
  return engine !== "native" && engine !== "google" && enginesFor(settings, engine).length > 0;
}

function toolWay(search: WebSearch, place: SearchPlace, settings: WebSearchSettings): SearchWay {
  const { engine, maxResults = settings.maxResults, maxSteps = settings.maxSteps } = search;
  const native = nativeWay(search, place, settings);
  if (engine === "native") return place.native ? native : { type: "refused", error: noOwnSearch(place, settings) };
  if (engine === "google") return place.google ? native : { type: "refused", error: noGoogle(place, settings) };
  const engines = enginesFor(settings, engine);
  if (engines.length > 0) return { type: "loop", engines, maxResults, maxSteps };
  if (engine !== undefined) return { type: "refused", error: notConfigured(engine, settings) };
  return place.native ? native : { type: "refused", error: nobodySearches(place) };
}

/** What nobody asked for expressly, and the vendor cannot be told, is no loss. */
function nativeWay(
  { maxResults, maxSteps }: WebSearch,
  { counts }: SearchPlace,
  settings: WebSearchSettings,
): SearchWay {
  const maxUses = maxSteps ?? (counts ? settings.maxSteps : undefined);
  const tool = maxUses === undefined ? {} : { maxUses };
  return maxResults === undefined ? { type: "native", tool } : { type: "native", tool, adapted: [RESULTS_UNSAID] };
}

const RESULTS_UNSAID: Loss = {
  feature: "web-search",
  detail: "How many pages a search finds is for the vendor to choose: 'max_results' was not told.",
};

/** The configuration stands for `medium`. */
function boundsOf({ contextSize, maxUses }: WebSearchTool, { maxResults, maxSteps }: WebSearchSettings) {
  const factor = contextSize === "low" ? 0.5 : contextSize === "high" ? 2 : 1;
  return {
    maxResults: Math.min(MOST_RESULTS, Math.max(1, Math.ceil(maxResults * factor))),
    maxSteps: Math.min(MOST_STEPS, Math.max(1, maxUses ?? maxSteps)),
  };
}

/** Those of `web_search`. */
const MOST_RESULTS = 20;
const MOST_STEPS = 5;

const unsupported = (message: string): GatewayError =>
  new GatewayError("unsupported_feature", message, { param: "web_search" });

function nobodySearches({ name }: SearchPlace): GatewayError {
  return unsupported(
    `'${name}' has no web search of its own, and no search engine is configured: write one of ${searchEngines.join(", ")} under webSearch.engines.`,
  );
}

function noOwnSearch({ name }: SearchPlace, settings: WebSearchSettings): GatewayError {
  return unsupported(`web_search.engine: '${name}' has no web search of its own. ${configuredIn(settings)}`);
}

function noGoogle({ name }: SearchPlace, settings: WebSearchSettings): GatewayError {
  return unsupported(
    `web_search.engine: 'google' is the search of Gemini's own API, which '${name}' does not have. ${configuredIn(settings)}`,
  );
}

function notConfigured(engine: SearchEngineId, settings: WebSearchSettings): GatewayError {
  return unsupported(`web_search.engine: '${engine}' is not configured. ${configuredIn(settings)}`);
}

function configuredIn({ engines }: WebSearchSettings): string {
  const ids = [...engines.keys()];
  return ids.length === 0 ? "No search engine is configured." : `Configured: ${ids.join(", ")}.`;
}
