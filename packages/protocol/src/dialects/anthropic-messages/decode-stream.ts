import { GatewayError } from "../../ir/errors.ts";
import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { compact, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { Transducer } from "../../transducer.ts";
import { partLifecycle } from "../shared/part-lifecycle.ts";
import type { BlockContext } from "./block-context.ts";
import { blockStreams } from "./decode-block-stream.ts";
import { decodeBlock } from "./decode-blocks.ts";
import { answerExtensions, answerFields } from "./decode-response.ts";
import { decodeErrorBody, invalidAnswer } from "./errors.ts";
import { decodeFinishReason } from "./finish-reason.ts";
import { decodeUsage, mergeWireUsage } from "./usage.ts";

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export function decodeStream(origin: Origin): Transducer<SseMessage, StreamEvent> {
  const handlers = messageHandlers({ origin, from: "upstream" });
  let done = false;

  const emit = (events: readonly StreamEvent[]): readonly StreamEvent[] => {
    const last = events.at(-1)?.type;
    done = last === "response-end" || last === "response-error";
    return events;
  };
  const fail = (error: GatewayError) => emit([{ type: "response-error", error }]);

  return {
    push(message) {
      if (done) return [];
      const data = parseJsonObject(message.data);
      if (data === undefined) {
        return IDLE.has(message.data.trim()) ? [] : fail(invalidAnswer("The upstream sent an event that is not JSON."));
      }
      const type = stringOf(data["type"]) ?? message.event;
      return emit(handlers.get(type)?.(data) ?? []);
    },
    end() {
      if (done) return [];
      return fail(new GatewayError("upstream_truncated", "The upstream's stream ended before its end event."));
    },
  };
}

/** Data that says nothing: some look-alikes end with OpenAI's mark. */
const IDLE: ReadonlySet<string> = new Set(["", "[DONE]"]);

type Handler = (data: JsonObject) => readonly StreamEvent[];

/** One handler per event of the wire; `ping` and unknown events have none. */
function messageHandlers(context: BlockContext): ReadonlyMap<string | undefined, Handler> {
  const parts = partLifecycle();
  const blocks = blockStreams(parts, context);
  let started = false;
  /** The message as told so far: `message_start` and `message_delta` each tell some of its fields. */
  let message: JsonObject = {};

  const whole = (block: JsonObject) => parts.whole(decodeBlock(block, context, "content"));

  /** Programmatic tool calling answers with a message that is whole at its start. */
  const onMessageStart: Handler = (data) => {
    if (started) return onSecondStart();
    started = true;
    message = objectOf(data["message"]) ?? {};
    const usage = decodeUsage(message["usage"]);
    const head = { id: stringOf(message["id"]), model: stringOf(message["model"]), usage };
    return [{ type: "response-start", ...compact(head) }, ...objectsOf(message["content"]).flatMap(whole)];
  };

  /** A repeated start is harmless before content. After it, the upstream spliced two answers into one stream. */
  const onSecondStart = (): readonly StreamEvent[] =>
    blocks.seen() ? failure(invalidAnswer("The upstream began a second message in one stream.")) : [];

  const onBlockStart: Handler = (data) => blocks.start(indexOf(data), objectOf(data["content_block"]) ?? {});
  const onBlockDelta: Handler = (data) => blocks.delta(indexOf(data), objectOf(data["delta"]) ?? {});
  const onBlockStop: Handler = (data) => blocks.stop(indexOf(data));

  const onMessageDelta: Handler = (data) => {
    const { type: _, delta, usage, ...fields } = data;
    message = compact({
      ...message,
      ...answerFields(fields),
      ...withoutNulls(objectOf(delta) ?? {}),
      usage: mergeWireUsage(message["usage"], usage),
    });
    return [];
  };

  const onMessageStop: Handler = () => [
    ...blocks.stopAll(),
    {
      type: "response-end",
      ...compact({
        finishReason: decodeFinishReason(message["stop_reason"], message["stop_sequence"]),
        usage: decodeUsage(message["usage"]),
        serviceTier: stringOf(objectOf(message["usage"])?.["service_tier"]),
        extensions: answerExtensions(message),
      }),
    },
  ];

  /** Events before `message_start` mean that the upstream left it out; the IR needs a start all the same. */
  const afterStart =
    (handler: Handler): Handler =>
    (data) => {
      if (started) return handler(data);
      started = true;
      return [{ type: "response-start" }, ...handler(data)];
    };

  return new Map<string | undefined, Handler>([
    ["message_start", onMessageStart],
    ["content_block_start", afterStart(onBlockStart)],
    ["content_block_delta", afterStart(onBlockDelta)],
    ["content_block_stop", afterStart(onBlockStop)],
    ["message_delta", afterStart(onMessageDelta)],
    ["message_stop", afterStart(onMessageStop)],
    ["error", (data) => failure(decodeErrorBody(data))],
  ]);
}

const failure = (error: GatewayError): readonly StreamEvent[] => [{ type: "response-error", error }];

const indexOf = (data: JsonObject): number => numberOf(data["index"]) ?? 0;

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
