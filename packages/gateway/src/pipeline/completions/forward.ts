import {
  arrayOf,
  GatewayError,
  type JsonObject,
  type JsonValue,
  numberOf,
  objectOf,
  objectsOf,
  parseJsonObject,
  remainder,
  type SseMessage,
  stringOf,
  type Usage,
  usageOf,
} from "@signalbox/protocol";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { forwardJson } from "../operations/forwarded-json.ts";
import { tokensOfTexts } from "../operations/json-operation.ts";
import type { Asked } from "../operations/operation.ts";
import { relayJson } from "../operations/relay.ts";
import { type EventReading, relayEvents } from "../operations/relay-stream.ts";
import { parseBody } from "../receive.ts";
import { DEFAULT_MAX_TOKENS } from "./chat-request.ts";

/** A completion for whoever has an API of them: the client's own bytes, and the upstream's. */
export function completionAsked(exchange: Exchange, received: ClientRequest): Asked {
  const body = parseBody(received.bytes);
  const worst = worstOf(body);
  let written = 0;
  const note = (text: string) => {
    written += text.length;
  };
  return {
    operation: "completions",
    model: received.model,
    stream: received.stream,
    preferences: received.preferences,
    sent: received.sent,
    worst,
    // A stream tells of its usage only where it is asked to.
    estimate: () => ({ ...worst, outputTokens: Math.ceil(written / 4) }),
    prepare: (planned) => ({
      ...forwardJson({ exchange, received, body, path: "/completions" }, planned),
      relay: (attempt, answer) =>
        String(answer.headers["content-type"] ?? "").includes("text/event-stream")
          ? relayEvents(attempt, answer, readingOf(note))
          : relayJson(attempt, answer, (said) => readWhole(said, note)),
    }),
  };
}

function readWhole(answer: JsonValue, note: (text: string) => void) {
  noteChoices(objectOf(answer), note);
  return { usage: completionUsage(objectOf(answer)) };
}

function readingOf(note: (text: string) => void): EventReading {
  let isWhole = false;
  let usage: Usage | undefined;
  return {
    message({ data }: SseMessage) {
      isWhole ||= data === "[DONE]";
      const chunk = parseJsonObject(data);
      if (objectOf(chunk?.["error"]) !== undefined) {
        throw new GatewayError("upstream_error", "The upstream's stream ended in an error.");
      }
      noteChoices(chunk, note);
      usage = completionUsage(chunk) ?? usage;
    },
    isWhole: () => isWhole,
    usage: () => usage,
  };
}

function noteChoices(answer: JsonObject | undefined, note: (text: string) => void): void {
  for (const choice of objectsOf(answer?.["choices"])) note(stringOf(choice["text"]) ?? "");
}

export function completionUsage(answer: JsonObject | undefined): Usage | undefined {
  const usage = objectOf(answer?.["usage"]);
  const total = numberOf(usage?.["prompt_tokens"]);
  if (usage === undefined || total === undefined) return undefined;
  const cacheReadTokens =
    numberOf(objectOf(usage["prompt_tokens_details"])?.["cached_tokens"]) ?? numberOf(usage["prompt_cache_hit_tokens"]);
  return usageOf(
    {
      inputTokens: remainder(total, cacheReadTokens),
      cacheReadTokens,
      outputTokens: numberOf(usage["completion_tokens"]),
    },
    usage,
  );
}

/** Less than nothing is no bound: servers of open models take -1 for none. */
const LONGEST = 131_072;

/** Each prompt is read once, and answered as often as is asked for, of which only the best may be shown. */
function worstOf(body: JsonObject): Usage {
  const { prompts, inputTokens } = promptSize(body["prompt"]);
  const suffix = stringOf(body["suffix"]) ?? "";
  const answers = Math.max(1, numberOf(body["n"]) ?? 1, numberOf(body["best_of"]) ?? 1);
  const asked = numberOf(body["max_tokens"]) ?? DEFAULT_MAX_TOKENS;
  const maxTokens = asked < 0 ? LONGEST : asked;
  return { inputTokens: inputTokens + tokensOfTexts([suffix]), outputTokens: prompts * answers * maxTokens };
}

function promptSize(prompt: JsonValue | undefined): { readonly prompts: number; readonly inputTokens: number } {
  if (typeof prompt === "string") return { prompts: 1, inputTokens: tokensOfTexts([prompt]) };
  const items = arrayOf(prompt);
  if (items.every((item) => typeof item === "number")) return { prompts: 1, inputTokens: items.length };
  const tokens = items.map((item) => (typeof item === "string" ? tokensOfTexts([item]) : arrayOf(item).length));
  return { prompts: items.length, inputTokens: tokens.reduce((sum, count) => sum + count, 0) };
}
