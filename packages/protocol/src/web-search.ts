import type { CanonicalRequest, HostedTool, Tool } from "./ir/request.ts";
import type { WebSearchTool } from "./ir/web-search.ts";
import { compact } from "./json/read.ts";

/** What of native search the gateway's pipeline asks about and changes in a request, whatever dialect it came in. */

type SearchingTool = HostedTool & { readonly webSearch: WebSearchTool };

const searches = (tool: Tool): tool is SearchingTool => tool.type === "hosted" && tool.webSearch !== undefined;

/** What the request says of searching the web, by a tool or an option of any dialect; undefined: it does not ask for it. */
export function webSearchOf(request: CanonicalRequest): WebSearchTool | undefined {
  return request.tools.find(searches)?.webSearch;
}

/** The request without its search tools; a choice that only they could follow goes with them. The same object where it has none. */
export function withoutWebSearch(request: CanonicalRequest): CanonicalRequest {
  if (!request.tools.some(searches)) return request;
  const { toolChoice, ...rest } = request;
  const tools = request.tools.filter((tool) => !searches(tool));
  return compact({ ...rest, tools, toolChoice: toolChoice?.type === "hosted" ? undefined : toolChoice });
}

/**
 * The request with the search of whatever target it goes to, in place of those that it has. Each dialect's encoder says it in
 * its own words, or reports that there is no search (`hosted-tool`) or that it cannot be told everything (`web-search`).
 */
export function withNativeSearch(request: CanonicalRequest, tool: WebSearchTool): CanonicalRequest {
  const rest = withoutWebSearch(request);
  const asked: HostedTool = { type: "hosted", dialect: "openai-responses", definition: {}, webSearch: tool };
  return { ...rest, tools: [...rest.tools, asked] };
}
