import { GatewayError } from "../../ir/errors.ts";
import type { StreamEvent } from "../../ir/events.ts";
import type { JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { isObject, parseJson } from "../../json/parse.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { Transducer } from "../../transducer.ts";
import { answerDecoder } from "./answer-decoder.ts";
import { errorInAnswer, invalidAnswer } from "./errors.ts";

/**
 * Every event is a whole GenerateContentResponse. None marks the end: usage may follow the chunk that tells why the model
 * stopped, so the answer ends with the stream, and is truncated when no chunk told that.
 */
export function decodeStream(origin: Origin): Transducer<SseMessage, StreamEvent> {
  const decoder = answerDecoder(origin);
  let over = false;

  const fail = (error: GatewayError): StreamEvent[] => {
    over = true;
    return [{ type: "response-error", error }];
  };

  return {
    push({ data }) {
      // `[DONE]` is not Gemini's, but servers that imitate it send it.
      if (over || data.trim() === "" || data === "[DONE]") return [];
      const body = parsed(data);
      if (!isObject(body)) return fail(invalidAnswer("The upstream sent an event that is not a JSON object."));
      const error = errorInAnswer(body);
      return error === undefined ? decoder.chunk(body) : fail(error);
    },
    end() {
      if (over) return [];
      over = true;
      if (decoder.isComplete()) return decoder.finish();
      const message = "The upstream's stream ended before it told why the model stopped.";
      return fail(new GatewayError("upstream_truncated", message));
    },
  };
}

function parsed(data: string): JsonValue | undefined {
  try {
    return parseJson(data);
  } catch {
    return undefined;
  }
}
