import {
  GatewayError,
  invalidRequest,
  isObject,
  type JsonObject,
  type JsonValue,
  moderationUsage,
  splicePieces,
} from "@signalbox/protocol";
import { forwardedRequestHeaders } from "../../upstream/headers.ts";
import type { Exchange } from "../exchange.ts";
import { parseBody, receive } from "../receive.ts";
import { tokensOfTexts } from "./json-operation.ts";
import { DEFAULT_MODERATION } from "./moderation.ts";
import { type Asked, operationUrl } from "./operation.ts";
import { parsed, received, relayWhole } from "./relay.ts";

/**
 * `POST /v1/chat/moderations`: one verdict of the last messages of a conversation, by a model that judges texts.
 * https://docs.inworld.ai/router/moderations
 */
export async function readChatModeration(exchange: Exchange): Promise<Asked> {
  const request = await receive(exchange, { model: DEFAULT_MODERATION });
  const judged = judgedOf(parseBody(request.bytes));
  const texts = textsOf(judged);
  const worst = { inputTokens: tokensOfTexts(texts), outputTokens: 0 };
  return {
    operation: "moderation",
    model: request.model,
    stream: false,
    preferences: request.preferences,
    sent: request.sent,
    worst,
    estimate: () => worst,
    prepare: ({ endpoint, target }) => ({
      lane: "translate",
      upstream: {
        url: operationUrl(endpoint, "/moderations", target.model),
        headers: forwardedRequestHeaders(exchange.surface.dialect, exchange.request.headers),
        body: splicePieces(request.bytes, request.scan, {
          model: JSON.stringify(target.model),
          input: JSON.stringify(texts),
          messages: undefined,
          scope: undefined,
        }),
      },
      dropped: judged.some(hasMore) ? [{ feature: "media", detail: "Only the texts of messages are judged." }] : [],
      adapted: [],
      relay: async (attempt, answer) => {
        const whole = parsed(await received(attempt, answer));
        await relayWhole(attempt, answer, {
          usage: moderationUsage(whole),
          contentType: "application/json; charset=utf-8",
          bytes: Buffer.from(JSON.stringify(withOneVerdict(whole))),
        });
      },
    }),
  };
}

/** The messages that are to be judged. */
function judgedOf({ messages, scope = "last" }: JsonObject): readonly JsonValue[] {
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalidRequest("'messages' must be a list of messages.", "messages");
  return messages.slice(-countOf(scope, messages.length));
}

function textsOf(messages: readonly JsonValue[]): readonly string[] {
  const texts = messages.map(textOf).filter((text) => text !== "");
  if (texts.length === 0) throw invalidRequest("There is no text in the messages that are to be judged.", "messages");
  return texts;
}

function countOf(scope: JsonValue, all: number): number {
  if (scope === "last") return 1;
  if (scope === "all") return all;
  if (typeof scope === "number" && Number.isInteger(scope) && scope > 0) return scope;
  throw invalidRequest("'scope' must be 'last', 'all' or a whole number from 1.", "scope");
}

function textOf(message: JsonValue): string {
  if (!isObject(message)) throw invalidRequest("Each of 'messages' must be an object.", "messages");
  const { content } = message;
  if (typeof content === "string") return content;
  return partsOf(message)
    .flatMap(({ text }) => (typeof text === "string" ? [text] : []))
    .join("\n");
}

const partsOf = (message: JsonValue): readonly JsonObject[] =>
  isObject(message) && Array.isArray(message["content"]) ? message["content"].filter(isObject) : [];

const hasMore = (message: JsonValue): boolean => partsOf(message).some(({ text }) => typeof text !== "string");

/** What is true of one message is true of the conversation. */
function withOneVerdict(answer: JsonValue): JsonObject {
  const { results, ...rest } = isObject(answer) ? answer : {};
  const verdicts = Array.isArray(results) ? results.filter(isObject) : [];
  if (verdicts.length === 0) throw new GatewayError("upstream_invalid_response", "The upstream has judged nothing.");
  return { ...rest, result: verdicts.reduce(merged) };
}

/** Booleans by `or`, scores by the highest, lists by what stands in any. */
function merged(first: JsonObject, second: JsonObject): JsonObject {
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return Object.fromEntries(names.map((name) => [name, mergedValue(first[name] ?? null, second[name] ?? null)]));
}

function mergedValue(first: JsonValue, second: JsonValue): JsonValue {
  if (typeof first === "boolean" && typeof second === "boolean") return first || second;
  if (typeof first === "number" && typeof second === "number") return Math.max(first, second);
  if (Array.isArray(first) && Array.isArray(second)) return [...new Set([...first, ...second])];
  return isObject(first) && isObject(second) ? merged(first, second) : (first ?? second);
}
