import { type ErrorCode, GatewayError } from "@signalbox/protocol";
import type { SearchEngineId } from "../../config/features.ts";

/** What an engine's refusal comes to. Its own words are not told: they may repeat the key. */
export function refusalOf(engine: SearchEngineId, status: number): GatewayError {
  return new GatewayError(codeOf(status), `The search engine '${engine}' answered with status ${status}.`, {
    upstreamStatus: status,
  });
}

export function invalidAnswer(engine: SearchEngineId, what: string): GatewayError {
  return new GatewayError("upstream_invalid_response", `The search engine '${engine}' answered ${what}.`);
}

function codeOf(status: number): ErrorCode {
  // Tavily's for a plan that is used up: https://docs.tavily.com/documentation/api-reference/endpoint/search
  if (status === 402 || status === 432 || status === 433) return "upstream_quota";
  if (status === 401) return "upstream_auth";
  if (status === 403) return "upstream_forbidden";
  if (status === 429) return "upstream_rate_limited";
  return status >= 500 ? "upstream_error" : "upstream_invalid_response";
}

/** Whether the same engine may do better a second time. */
export function isPassing({ code }: GatewayError): boolean {
  return code === "upstream_rate_limited" || code === "upstream_error" || code === "upstream_unreachable";
}

/** In Anthropic's words: https://docs.claude.com/en/docs/agents-and-tools/tool-use/web-search-tool#errors */
export function toldError({ code }: GatewayError): string {
  return code === "upstream_rate_limited" || code === "upstream_quota" ? "too_many_requests" : "unavailable";
}
