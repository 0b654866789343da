import type { AnthropicMessagesQuirks } from "./dialects/anthropic-messages/quirks.ts";
import { takesSearch as takesMessagesSearch } from "./dialects/anthropic-messages/web-search.ts";
import type { ModelFacts } from "./dialects/dialect.ts";
import type { GeminiQuirks } from "./dialects/gemini/quirks.ts";
import { takesSearch as takesGeminiSearch } from "./dialects/gemini/web-search.ts";
import type { OpenAiChatQuirks } from "./dialects/openai-chat/quirks.ts";
import { takesSearch as takesChatSearch } from "./dialects/openai-chat/web-search.ts";
import type { OpenAiResponsesQuirks } from "./dialects/openai-responses/quirks.ts";
import { takesSearch as takesResponsesSearch } from "./dialects/openai-responses/web-search.ts";
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

/** An endpoint, as far as it decides over searches. */
export type SearchPlace =
  | { readonly dialect: "openai-chat"; readonly quirks: OpenAiChatQuirks }
  | { readonly dialect: "openai-responses"; readonly quirks: OpenAiResponsesQuirks }
  | { readonly dialect: "anthropic-messages"; readonly quirks: AnthropicMessagesQuirks }
  | { readonly dialect: "gemini"; readonly quirks: GeminiQuirks }
  | { readonly dialect: "bedrock-converse"; readonly quirks: object };

export interface SearchAsked {
  readonly model: string;
  readonly facts?: ModelFacts;
  /** Whose other tools may stand in the way; absent: it has none. */
  readonly request?: Pick<CanonicalRequest, "tools">;
}

/** Whether the encoder of the endpoint's dialect would say a search to this model, rather than drop it. */
export function takesNativeSearch(place: SearchPlace, { model, facts, request }: SearchAsked): boolean {
  switch (place.dialect) {
    case "openai-chat":
      return takesChatSearch({ model, quirks: place.quirks });
    case "openai-responses":
      return takesResponsesSearch({ quirks: place.quirks, facts });
    case "anthropic-messages":
      return takesMessagesSearch({ quirks: place.quirks, facts });
    case "gemini":
      return takesGeminiSearch(request ?? { tools: [] }, { facts });
    case "bedrock-converse":
      return false;
  }
}
