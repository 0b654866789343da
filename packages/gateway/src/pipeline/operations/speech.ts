import { readString, speechUsage, type Usage } from "@signalbox/protocol";
import type { UpstreamAnswer } from "../../upstream/dispatch.ts";
import type { Exchange } from "../exchange.ts";
import { parseBody, receive } from "../receive.ts";
import { forwardJson } from "./forwarded-json.ts";
import { tokensOfTexts } from "./json-operation.ts";
import type { Asked, OperationAttempt } from "./operation.ts";
import { relayBytes, relayEvents } from "./relay-stream.ts";
import { lastEvent } from "./transcription.ts";

/** A spoken minute is some nine hundred characters, and 1,250 tokens of sound. Slow voices take twice as long. */
const SOUND_PER_CHARACTER = 3;

/** `POST /v1/audio/speech`. */
export async function readSpeech(exchange: Exchange): Promise<Asked> {
  const received = await receive(exchange);
  const body = parseBody(received.bytes);
  const input = readString(body["input"], "input") ?? "";
  const instructions = readString(body["instructions"], "instructions") ?? "";
  // Vendors count what a reader would: a sign beyond the basic plane is one.
  const characters = [...input].length;
  const outputTokens = characters * SOUND_PER_CHARACTER;
  return {
    operation: "speech",
    model: received.model,
    stream: body["stream_format"] === "sse",
    preferences: received.preferences,
    sent: received.sent,
    worst: {
      characters,
      inputTokens: tokensOfTexts([input, instructions]),
      outputTokens,
      audioOutputTokens: outputTokens,
    },
    estimate: () => ({ characters }),
    prepare: (planned) => ({
      ...forwardJson({ exchange, received, body, path: "/audio/speech" }, planned),
      relay: (attempt, answer) => relay(attempt, answer, { characters }),
    }),
  };
}

/** Who bills the character needs to be told nothing by the upstream; who bills tokens tells them in the last event only. */
function relay(attempt: OperationAttempt, answer: UpstreamAnswer, spoken: Usage): Promise<void> {
  if (String(answer.headers["content-type"] ?? "").includes("text/event-stream")) {
    const events = lastEvent(/^speech\.audio\.done$/, (event) => ({ ...spoken, ...speechUsage(event) }));
    return relayEvents(attempt, answer, events);
  }
  return relayBytes(attempt, answer, { usage: () => spoken });
}
