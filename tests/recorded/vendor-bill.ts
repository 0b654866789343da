import { type JsonObject, objectOf, objectsOf, stringOf } from "@signalbox/protocol";
import type { Price } from "../../packages/gateway/src/catalogue/profile.ts";
import { count, type RawUsage } from "./raw-usage.ts";
import type { SpokenRecording } from "./recordings.ts";

/** So many of something at so many US dollars a million. */
type Line = readonly [amount: number, dollars: number];

/**
 * What a vendor bills, in nano-dollars, by its own documentation and from its own usage object: the second opinion on what our codecs
 * and `costOf` make of it. Whole numbers of any size, one rounding. No recorded prompt is beyond a threshold.
 */
export function vendorBill({ dialect, provider }: SpokenRecording, raw: RawUsage, price: Price): bigint {
  const lines = [...tokenLines(dialect, raw.usage, { provider, price }), searches(raw, price)];
  const millionths = lines.reduce((sum, [amount, dollars]) => sum + BigInt(amount) * nanoOf(dollars), 0n);
  return (millionths + 500_000n) / 1_000_000n;
}

/**
 * What the vendor itself says that it charged, to a nano-dollar. xAI's tick is a ten-billionth of a dollar.
 * https://docs.x.ai/developers/cost-tracking and https://openrouter.ai/docs/guides/guides/usage-accounting
 */
export function chargedNano({ provider }: SpokenRecording, { usage }: RawUsage): bigint | undefined {
  const ticks = usage["cost_in_usd_ticks"];
  if (provider === "xai" && typeof ticks === "number") return (BigInt(ticks) + 5n) / 10n;
  const dollars = usage["cost"];
  return provider === "openrouter" && typeof dollars === "number" ? nanoOf(dollars) : undefined;
}

/** Dollars as they are written: no product of fractions. */
function nanoOf(dollars: number): bigint {
  const [whole = "0", fraction = ""] = dollars.toFixed(9).split(".");
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** Priced by the thousand, where tokens are by the million. */
function searches({ searches: amount }: RawUsage, price: Price): Line {
  return [amount * 1_000, price.perThousandSearches ?? 0];
}

interface Context {
  readonly provider: string;
  readonly price: Price;
}

function tokenLines(dialect: SpokenRecording["dialect"], usage: JsonObject, context: Context): readonly Line[] {
  switch (dialect) {
    case "openai-chat":
      return chatLines(usage, context);
    case "openai-responses":
      return responsesLines(usage, context.price);
    case "anthropic-messages":
      return messagesLines(usage, context.price);
    case "gemini":
      return geminiLines(usage, context.price);
  }
}

/**
 * The totals include what was cached: https://platform.openai.com/docs/guides/prompt-caching. DeepSeek and Moonshot tell the cached
 * tokens elsewhere. xAI's completion leaves reasoning out, and its bill does not: https://docs.x.ai/docs/guides/reasoning
 */
function chatLines(usage: JsonObject, { provider, price }: Context): readonly Line[] {
  const prompt = objectOf(usage["prompt_tokens_details"]);
  const completion = objectOf(usage["completion_tokens_details"]);
  const cached =
    count(prompt, "cached_tokens") || count(usage, "prompt_cache_hit_tokens") || count(usage, "cached_tokens");
  const written = count(prompt, "cache_write_tokens");
  const output =
    provider === "xai"
      ? count(usage, "total_tokens") - count(usage, "prompt_tokens")
      : count(usage, "completion_tokens");
  const [soundIn, soundOut] = [count(prompt, "audio_tokens"), count(completion, "audio_tokens")];
  return [
    [count(usage, "prompt_tokens") - cached - written - soundIn, price.input],
    [cached, price.cacheRead ?? price.input],
    [written, price.cacheWrite5m ?? 0],
    [soundIn, price.audioInput ?? 0],
    [output - soundOut, price.output],
    [soundOut, price.audioOutput ?? 0],
  ];
}

function responsesLines(usage: JsonObject, price: Price): readonly Line[] {
  const details = objectOf(usage["input_tokens_details"]);
  const [cached, written] = [count(details, "cached_tokens"), count(details, "cache_write_tokens")];
  return [
    [count(usage, "input_tokens") - cached - written, price.input],
    [cached, price.cacheRead ?? price.input],
    [written, price.cacheWrite5m ?? 0],
    [count(usage, "output_tokens"), price.output],
  ];
}

/** The input leaves out what was cached: https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance */
function messagesLines(usage: JsonObject, price: Price): readonly Line[] {
  const compactions = objectsOf(usage["iterations"]).filter((step) => step["type"] === "compaction");
  return [usage, ...compactions].flatMap((step) => stepLines(step, price));
}

/** Compaction is a step of its own: https://platform.claude.com/docs/en/build-with-claude/compaction#understanding-usage */
function stepLines(usage: JsonObject, price: Price): readonly Line[] {
  const hour = count(objectOf(usage["cache_creation"]), "ephemeral_1h_input_tokens");
  return [
    [count(usage, "input_tokens"), price.input],
    [count(usage, "cache_read_input_tokens"), price.cacheRead ?? 0],
    [count(usage, "cache_creation_input_tokens") - hour, price.input * 1.25],
    [hour, price.input * 2],
    [count(usage, "output_tokens"), price.output],
  ];
}

/** Thoughts are output that the candidates leave out: https://ai.google.dev/gemini-api/docs/thinking#pricing */
function geminiLines(usage: JsonObject, price: Price): readonly Line[] {
  const cached = count(usage, "cachedContentTokenCount");
  const pictures = objectsOf(usage["candidatesTokensDetails"])
    .filter((row) => stringOf(row["modality"]) === "IMAGE")
    .reduce((sum, row) => sum + count(row, "tokenCount"), 0);
  return [
    [count(usage, "promptTokenCount") - cached + count(usage, "toolUsePromptTokenCount"), price.input],
    [cached, price.cacheRead ?? 0],
    [count(usage, "candidatesTokenCount") + count(usage, "thoughtsTokenCount") - pictures, price.output],
    [pictures, price.imageOutput ?? 0],
  ];
}
