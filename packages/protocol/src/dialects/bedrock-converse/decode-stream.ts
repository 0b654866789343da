import { GatewayError } from "../../ir/errors.ts";
import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { isObject, parseJsonObject } from "../../json/parse.ts";
import { compact, numberOf, objectOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { Transducer } from "../../transducer.ts";
import { partLifecycle } from "../shared/part-lifecycle.ts";
import { blockStreams } from "./decode-block-stream.ts";
import { answerExtensions } from "./decode-response.ts";
import { decodeException, invalidAnswer, isException } from "./errors.ts";
import { decodeFinishReason } from "./finish-reason.ts";
import { decodeUsage, tierOf } from "./usage.ts";

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html: each message's `event` is the
 * frame's `:event-type` or `:exception-type`, its data the payload. `messageStop` is not the last: `metadata` tells the usage.
 */
export function decodeStream(origin: Origin): Transducer<SseMessage, StreamEvent> {
  const stream = messageHandlers(origin);
  let done = false;

  const emit = (events: readonly StreamEvent[]): readonly StreamEvent[] => {
    const last = events.at(-1)?.type;
    done = last === "response-end" || last === "response-error";
    return events;
  };
  const fail = (error: GatewayError) => emit([{ type: "response-error", error }]);

  return {
    push(message) {
      if (done || message.data.trim() === "") return [];
      const data = parseJsonObject(message.data);
      if (data === undefined) return fail(invalidAnswer("The upstream sent an event that is not JSON."));
      const [name, payload] = named(message.event, data);
      if (isException(name)) return fail(decodeException(name, payload));
      return emit(stream.handlers.get(name)?.(payload) ?? []);
    },
    end() {
      if (done) return [];
      if (stream.stopped()) return emit(stream.finish());
      return fail(new GatewayError("upstream_truncated", "The upstream's stream ended before its end event."));
    },
  };
}

/** Without the frame's headers, as proxies and logs hand it on, the payload stands under the event's name. */
function named(event: string | undefined, data: JsonObject): readonly [string, JsonObject] {
  const [only, second] = Object.entries(data);
  if (event === undefined && only !== undefined && second === undefined && isObject(only[1])) return [only[0], only[1]];
  return [event ?? "", data];
}

type Handler = (data: JsonObject) => readonly StreamEvent[];

interface MessageHandlers {
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Whether the message is over, though its usage may still come. */
  readonly stopped: () => boolean;
  readonly finish: () => readonly StreamEvent[];
}

/** One handler per event of the wire; unknown events have none. */
function messageHandlers(origin: Origin): MessageHandlers {
  const parts = partLifecycle();
  const blocks = blockStreams(parts, origin);
  let started = false;
  /** The answer as told so far, with the names that a whole answer has. */
  let answer: JsonObject = {};
  let told = { stop: false, metadata: false };

  const finish = (): readonly StreamEvent[] => [
    ...blocks.stopAll(),
    {
      type: "response-end",
      ...compact({
        finishReason: decodeFinishReason(answer["stopReason"], answer["additionalModelResponseFields"]),
        usage: decodeUsage(answer),
        serviceTier: tierOf(answer),
        extensions: answerExtensions(answer),
      }),
    },
  ];
  const finishWhenTold = () => (told.stop && told.metadata ? finish() : []);

  const onStart: Handler = () => [];
  const onBlockStart: Handler = (data) => blocks.start(indexOf(data), objectOf(data["start"]) ?? {});
  const onBlockDelta: Handler = (data) => blocks.delta(indexOf(data), objectOf(data["delta"]) ?? {});
  const onBlockStop: Handler = (data) => blocks.stop(indexOf(data));
  const onStop: Handler = (data) => {
    answer = { ...answer, ...data };
    told = { ...told, stop: true };
    return finishWhenTold();
  };
  const onMetadata: Handler = (data) => {
    answer = { ...answer, ...data };
    told = { ...told, metadata: true };
    return finishWhenTold();
  };

  /** The IR needs a start whatever comes first. */
  const afterStart =
    (handler: Handler): Handler =>
    (data) => {
      if (started) return handler(data);
      started = true;
      return [{ type: "response-start" }, ...handler(data)];
    };

  return {
    handlers: new Map([
      ["messageStart", afterStart(onStart)],
      ["contentBlockStart", afterStart(onBlockStart)],
      ["contentBlockDelta", afterStart(onBlockDelta)],
      ["contentBlockStop", afterStart(onBlockStop)],
      ["messageStop", afterStart(onStop)],
      ["metadata", afterStart(onMetadata)],
    ]),
    stopped: () => told.stop,
    finish,
  };
}

const indexOf = (data: JsonObject): number => numberOf(data["contentBlockIndex"]) ?? 0;
