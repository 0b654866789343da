import { hash } from "node:crypto";
import type { Exchange } from "../../exchange.ts";
import { type Fields, fieldsOf, parseJson, textOf } from "../../json.ts";
import type { PromptBlock } from "../../prompt-cache.ts";
import { promptTokens, tokens } from "../../reply.ts";
import type { SimulatorState } from "../../state.ts";
import type { Answer, PromptUsage } from "../dialect.ts";
import { accountOf } from "../shared.ts";
import { blocksOf } from "./read.ts";

const total = ({ body }: Pick<Exchange, "body">): number =>
  promptTokens(body["system"], fieldsOf(body["toolConfig"])["tools"], body["messages"]);

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html */
export function countTokens({ body }: Exchange): Fields {
  const { invokeModel, converse } = fieldsOf(body["input"]);
  if (converse !== undefined) return { inputTokens: total({ body: fieldsOf(converse) }) };
  const bytes = textOf(fieldsOf(invokeModel)["body"]) ?? "";
  const { system, tools, messages } = fieldsOf(parseJson(Buffer.from(bytes, "base64").toString("utf8")));
  return { inputTokens: promptTokens(system, tools, messages) };
}

/**
 * The longest prefix that was written before is read, the cache points behind it are written.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html (without its minimum length)
 */
export function promptUsage(exchange: Exchange, { cachedPrefixes, caching }: SimulatorState): PromptUsage {
  if (caching !== undefined) {
    const { baseModel: model } = exchange;
    const blocks = promptBlocks(exchange);
    return caching.model.explicit({
      account: accountOf(exchange),
      model,
      blocks,
      minimumTokens: caching.minimumTokens(model),
    });
  }
  const points = cachePoints(exchange);
  const known = points.findLastIndex(({ key }) => cachedPrefixes.get(key) === true);
  let reached = points[known]?.tokens ?? 0;
  const usage = { uncached: 0, cacheRead: reached, cacheWrite5m: 0, cacheWrite1h: 0 };
  for (const { key, tokens: upTo, ttl } of points.slice(known + 1)) {
    usage[ttl === "1h" ? "cacheWrite1h" : "cacheWrite5m"] += upTo - reached;
    reached = upTo;
    cachedPrefixes.set(key, true);
  }
  return { ...usage, uncached: Math.max(1, total(exchange) - reached) };
}

function promptBlocks({ body }: Exchange): readonly PromptBlock[] {
  const blocks: PromptBlock[] = [];
  for (const block of cacheOrder(body)) {
    const point = block["cachePoint"];
    const last = blocks.at(-1);
    if (point === undefined) blocks.push({ text: JSON.stringify(block) });
    else if (last !== undefined)
      blocks[blocks.length - 1] = { ...last, breakpoint: fieldsOf(point)["ttl"] === "1h" ? "1h" : "5m" };
  }
  return blocks;
}

interface CachePoint {
  readonly key: string;
  readonly tokens: number;
  readonly ttl: unknown;
}

/** Prefixes are built from tools, then system, then messages. */
function cacheOrder(body: Fields): readonly Fields[] {
  const messages = blocksOf(body["messages"]).flatMap(({ role, content }) =>
    blocksOf(content).map((block): Fields => ({ role, ...block })),
  );
  return [...blocksOf(fieldsOf(body["toolConfig"])["tools"]), ...blocksOf(body["system"]), ...messages];
}

function cachePoints({ body, baseModel }: Exchange): readonly CachePoint[] {
  const found: CachePoint[] = [];
  let prefix = baseModel;
  for (const block of cacheOrder(body)) {
    if (block["cachePoint"] === undefined) prefix += JSON.stringify(block);
    else found.push(pointAt(prefix, fieldsOf(block["cachePoint"])));
  }
  return found;
}

const pointAt = (prefix: string, { ttl }: Fields): CachePoint => ({
  key: hash("sha256", prefix, "hex"),
  tokens: tokens(prefix.length),
  ttl,
});

export function usageOf({ prompt, reply }: Answer): Fields {
  const { uncached, cacheRead, cacheWrite5m, cacheWrite1h } = prompt;
  const written = cacheWrite5m + cacheWrite1h;
  const details = [
    { ttl: "1h", inputTokens: cacheWrite1h },
    { ttl: "5m", inputTokens: cacheWrite5m },
  ];
  return {
    inputTokens: uncached,
    outputTokens: reply.outputTokens,
    totalTokens: uncached + cacheRead + written + reply.outputTokens,
    cacheReadInputTokens: cacheRead,
    cacheWriteInputTokens: written,
    ...(written > 0 && { cacheDetails: details.filter(({ inputTokens }) => inputTokens > 0) }),
  };
}
