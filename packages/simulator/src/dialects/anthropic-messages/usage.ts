import { hash } from "node:crypto";
import type { Exchange } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent } from "../../json.ts";
import type { CachedPrompt, PromptBlock } from "../../prompt-cache.ts";
import { promptTokens, tokens } from "../../reply.ts";
import type { SimulatorState } from "../../state.ts";
import type { Answer, PromptUsage } from "../dialect.ts";
import { accountOf } from "../shared.ts";
import { blocksOf } from "./read.ts";
import { toldSearches } from "./search.ts";

const total = ({ body }: Exchange): number => promptTokens(body["system"], body["tools"], body["messages"]);

export const countTokens = (exchange: Exchange): Fields => ({ input_tokens: total(exchange) });

interface Breakpoint {
  readonly key: string;
  readonly tokens: number;
  readonly ttl: "5m" | "1h";
}

/**
 * The longest prefix that was written before is read, the breakpoints behind it are written.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching (without its minimum length)
 */
export function promptUsage(exchange: Exchange, { cachedPrefixes, caching }: SimulatorState): PromptUsage {
  if (caching !== undefined) return caching.model.explicit(cachedPrompt(exchange, caching));
  const all = total(exchange);
  const breakpoints = breakpointsOf(exchange);
  const known = breakpoints.findLastIndex(({ key }) => cachedPrefixes.get(key) === true);
  let reached = breakpoints[known]?.tokens ?? 0;
  const usage = { uncached: 0, cacheRead: reached, cacheWrite5m: 0, cacheWrite1h: 0 };
  for (const { key, tokens: upTo, ttl } of breakpoints.slice(known + 1)) {
    usage[ttl === "1h" ? "cacheWrite1h" : "cacheWrite5m"] += upTo - reached;
    reached = upTo;
    cachedPrefixes.set(key, true);
  }
  return { ...usage, uncached: Math.max(1, all - reached) };
}

function cachedPrompt(
  exchange: Exchange,
  { minimumTokens }: { minimumTokens: (model: string) => number },
): CachedPrompt {
  const { body, baseModel: model } = exchange;
  const blocks = cacheOrder(body).map((block) => promptBlock(block));
  const automatic = body["cache_control"];
  const last = blocks.at(-1);
  const marked =
    isAbsent(automatic) || last === undefined
      ? blocks
      : [...blocks.slice(0, -1), { ...last, breakpoint: ttlOf(automatic) }];
  return { account: accountOf(exchange), model, blocks: marked, minimumTokens: minimumTokens(model) };
}

/** A breakpoint within a tool's result stands behind the result. */
function promptBlock({ cache_control, ...block }: Fields): PromptBlock {
  let inner: unknown;
  const text = JSON.stringify(block, (name, value: unknown) => {
    if (name !== "cache_control") return value;
    inner = value;
    return undefined;
  });
  const control = isAbsent(cache_control) ? inner : cache_control;
  return { text, ...(isAbsent(control) ? {} : { breakpoint: ttlOf(control) }) };
}

const ttlOf = (control: unknown): "5m" | "1h" => (fieldsOf(control)["ttl"] === "1h" ? "1h" : "5m");

function breakpointsOf({ body, baseModel }: Exchange): readonly Breakpoint[] {
  const automatic = body["cache_control"];
  if (automatic === undefined && !JSON.stringify(body).includes('"cache_control"')) return [];
  const found: Breakpoint[] = [];
  let prefix = baseModel;
  for (const block of cacheOrder(body)) {
    const { cache_control, ...content } = block;
    prefix += JSON.stringify(content);
    if (cache_control !== undefined && cache_control !== null) found.push(breakpoint(prefix, cache_control));
  }
  return automatic === undefined || automatic === null ? found : [...found, breakpoint(prefix, automatic)];
}

/** Prefixes are built from tools, then system, then messages. */
function cacheOrder(body: Fields): readonly Fields[] {
  const messages = blocksOf(body["messages"]).flatMap(({ role, content }) =>
    blocksOf(content).map((block) => ({ role, ...block })),
  );
  return [...blocksOf(body["tools"]), ...blocksOf(body["system"]), ...messages];
}

function breakpoint(prefix: string, control: unknown): Breakpoint {
  return { key: hash("sha256", prefix, "hex"), tokens: tokens(prefix.length), ttl: ttlOf(control) };
}

export function usageOf(answer: Answer): Fields {
  const { prompt, reply } = answer;
  return {
    ...startUsage(prompt),
    output_tokens: reply.outputTokens,
    ...(reply.reasoningTokens > 0 && { output_tokens_details: { thinking_tokens: reply.reasoningTokens } }),
    ...toldSearches(answer),
    service_tier: "standard",
    inference_geo: "not_available",
  };
}

/** What is known before the first token; `input_tokens` leaves out what the cache gave or took. */
export function startUsage(prompt: PromptUsage): Fields {
  return {
    ...deltaUsage(prompt),
    cache_creation: {
      ephemeral_5m_input_tokens: prompt.cacheWrite5m,
      ephemeral_1h_input_tokens: prompt.cacheWrite1h,
    },
  };
}

export function deltaUsage(prompt: PromptUsage): Fields {
  return {
    input_tokens: prompt.uncached,
    cache_creation_input_tokens: prompt.cacheWrite5m + prompt.cacheWrite1h,
    cache_read_input_tokens: prompt.cacheRead,
  };
}
