import type { Exchange } from "../../exchange.ts";
import type { Fields } from "../../json.ts";
import { promptTokens } from "../../reply.ts";
import type { SimulatorState } from "../../state.ts";
import type { Answer, PromptUsage } from "../dialect.ts";
import { implicitUsage } from "../implicit-cache.ts";
import { draws, spokenOf } from "./media.ts";
import { toldSearches } from "./search.ts";

export function promptUsage(exchange: Exchange, state: SimulatorState): PromptUsage {
  const { body } = exchange;
  const known = implicitUsage(exchange, [body["tools"], body["messages"]], state);
  if (known !== undefined) return known;
  const uncached = promptTokens(body["messages"], body["tools"]);
  return { uncached, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
}

/** OpenAI has no such call for chat; nothing routes to this. */
export function countTokens({ body }: Exchange): Fields {
  return { input_tokens: promptTokens(body["messages"], body["tools"]) };
}

/** Totals include the cached tokens: https://platform.openai.com/docs/guides/prompt-caching */
export function usageOf(answer: Answer): Fields {
  const { exchange, prompt, reply } = answer;
  const written = prompt.cacheWrite5m + prompt.cacheWrite1h;
  const images = draws(answer) ? reply.parts.filter(({ type }) => type === "image").length : 0;
  const promptTotal = prompt.uncached + prompt.cacheRead + written;
  return {
    prompt_tokens: promptTotal,
    completion_tokens: reply.outputTokens,
    total_tokens: promptTotal + reply.outputTokens,
    ...toldSearches(exchange, reply),
    prompt_tokens_details: {
      cached_tokens: prompt.cacheRead,
      audio_tokens: 0,
      ...(written > 0 && { cache_write_tokens: written }),
    },
    completion_tokens_details: {
      reasoning_tokens: reply.reasoningTokens,
      audio_tokens: spokenOf(reply.parts).length > 0 ? reply.outputTokens - reply.reasoningTokens : 0,
      ...(images > 0 && { image_tokens: 1290 * images }),
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
