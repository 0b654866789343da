import type { Exchange } from "../../exchange.ts";
import type { Fields } from "../../json.ts";
import { promptTokens } from "../../reply.ts";
import type { SimulatorState } from "../../state.ts";
import type { Answer, PromptUsage } from "../dialect.ts";
import { implicitUsage } from "../implicit-cache.ts";
import { conversationItems } from "./read.ts";

export function promptUsage(exchange: Exchange, state: SimulatorState): PromptUsage {
  const { body } = exchange;
  const prompt = [body["tools"], body["instructions"], conversationItems(body, state)];
  const known = implicitUsage(exchange, prompt, state);
  if (known !== undefined) return known;
  const uncached = promptTokens(body["instructions"], conversationItems(body, state), body["tools"]);
  return { uncached, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
}

export function countTokens({ body }: Exchange): Fields {
  return {
    object: "response.input_tokens",
    input_tokens: promptTokens(body["instructions"], body["input"], body["tools"]),
  };
}

/** Totals include the cached tokens: https://platform.openai.com/docs/guides/prompt-caching */
export function usageOf({ prompt, reply }: Answer): Fields {
  const written = prompt.cacheWrite5m + prompt.cacheWrite1h;
  const input = prompt.uncached + prompt.cacheRead + written;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: prompt.cacheRead, ...(written > 0 && { cache_write_tokens: written }) },
    output_tokens: reply.outputTokens,
    output_tokens_details: { reasoning_tokens: reply.reasoningTokens },
    total_tokens: input + reply.outputTokens,
  };
}
