import type { Exchange } from "../../exchange.ts";
import { type Fields, fieldsOf } from "../../json.ts";
import { promptTokens } from "../../reply.ts";
import type { SimulatorState } from "../../state.ts";
import type { Answer, PromptUsage } from "../dialect.ts";
import { implicitUsage } from "../implicit-cache.ts";
import { cachedContentOf } from "./cached-content.ts";
import { member } from "./read.ts";

const total = (body: Fields): number =>
  promptTokens(body["contents"], member(body, "systemInstruction"), body["tools"]);

export function promptUsage(exchange: Exchange, state: SimulatorState): PromptUsage {
  const { body } = exchange;
  const cached = cachedContentOf(exchange, state);
  if (cached !== undefined) {
    const uncached = Math.max(1, total({ contents: body["contents"] }));
    return { uncached, cacheRead: cached.tokens, cacheWrite5m: 0, cacheWrite1h: 0 };
  }
  const prompt = [member(body, "systemInstruction"), body["tools"], body["contents"]];
  const known = implicitUsage(exchange, prompt, state);
  return known ?? { uncached: total(body), cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
}

/** https://ai.google.dev/api/tokens: the contents alone, or a whole request. */
export function countTokens({ body }: Exchange): Fields {
  const whole = member(body, "generateContentRequest");
  const totalTokens = total(whole === undefined ? body : fieldsOf(whole));
  return { totalTokens, promptTokensDetails: [{ modality: "TEXT", tokenCount: totalTokens }] };
}

/** `candidates` is what was produced so far; thoughts and what searches found are counted beside it, cached tokens inside the prompt. */
export function usageOf({ prompt, reply }: Answer, candidates: number): Fields {
  const all = prompt.uncached + prompt.cacheRead + prompt.cacheWrite5m + prompt.cacheWrite1h;
  const { reasoningTokens: thoughts, readTokens: found } = reply;
  const promptTotal = all - found;
  return {
    promptTokenCount: promptTotal,
    ...(candidates > 0 && { candidatesTokenCount: candidates }),
    totalTokenCount: all + candidates + thoughts,
    ...(found > 0 && { toolUsePromptTokenCount: found }),
    ...(prompt.cacheRead > 0 && {
      cachedContentTokenCount: prompt.cacheRead,
      cacheTokensDetails: [{ modality: "TEXT", tokenCount: prompt.cacheRead }],
    }),
    promptTokensDetails: [{ modality: "TEXT", tokenCount: promptTotal }],
    ...(candidates > 0 && mediaDetails(reply, candidates)),
    ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
  };
}

export const visibleTokens = ({ reply }: Answer): number => reply.outputTokens - reply.reasoningTokens;

/** Only where there is more than text: the text's own share is left out, as Google does. */
function mediaDetails({ parts }: Answer["reply"], candidates: number): Fields {
  const images = parts.filter(({ type }) => type === "image").length;
  if (parts.some((part) => part.type === "text" && part.spoken === true))
    return { candidatesTokensDetails: [{ modality: "AUDIO", tokenCount: candidates }] };
  if (images === 0) return {};
  return { candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: Math.min(candidates, 1290 * images) }] };
}
