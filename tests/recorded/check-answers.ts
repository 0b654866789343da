import {
  type AnswerContext,
  type CanonicalRequest,
  type CanonicalResponse,
  collect,
  explode,
  GatewayError,
  grammarViolation,
  type JsonValue,
  lossRecorder,
  type Origin,
  parseJson,
  runAll,
  type SseMessage,
} from "@signalbox/protocol";
import { CODECS, READERS, SPOKEN, type Spoken, type Upstream } from "../protocol/codecs.ts";
import { decodeRequest } from "./check-requests.ts";
import { difference } from "./difference.ts";
import { essence } from "./essence.ts";
import { attempt, type Column, firstFailure, type Outcome } from "./outcome.ts";
import { isOfClients, messagesOf, type Recording } from "./recordings.ts";
import type { WireSchemas } from "./relaxed-schema.ts";

type Schemas = Readonly<Record<Spoken, WireSchemas>>;

/** What a real provider answered, read, and written again for clients of every dialect, whole and streamed. */
export function checkAnswer(recording: Recording, schemas: Schemas | undefined): readonly Outcome[] {
  if (recording.status >= 400) return [attempt(recording, "decode", () => checkError(recording))];
  const decoded = attempt(recording, "decode", () => {
    decodeAnswer(recording);
    return undefined;
  });
  if (decoded.failure !== undefined) return [decoded];
  const answer = decodeAnswer(recording);
  const columns: Readonly<Record<Spoken, Column>> = {
    "openai-chat": "to openai-chat",
    "openai-responses": "to openai-responses",
    "anthropic-messages": "to anthropic-messages",
    gemini: "to gemini",
  };
  return [
    decoded,
    ...(schemas === undefined
      ? []
      : [attempt(recording, "answer schema", () => checkSchemas(recording, answer, schemas))]),
    ...SPOKEN.map((client) => {
      const column = client === recording.dialect ? "re-encode" : columns[client];
      return attempt(recording, column, () => checkClient(recording, answer, client));
    }),
  ];
}

/** The canonical answer; a stream's events must keep the grammar. */
function decodeAnswer(recording: Recording): CanonicalResponse {
  const { dialect, isStream, response } = recording;
  if (!isStream) return READERS[dialect].decodeResponse(response, originOf(recording));
  return decodeMessages(dialect, messagesOf(recording), originOf(recording));
}

function decodeMessages(dialect: Upstream, messages: readonly SseMessage[], origin: Origin): CanonicalResponse {
  const events = runAll(READERS[dialect].decodeStream(origin), messages);
  const violation = grammarViolation(events);
  if (violation !== undefined) throw new Error(`grammar: ${violation}`);
  return collect(events);
}

function checkError({ dialect, status, response }: Recording): string | undefined {
  const body = typeof response === "string" ? response : JSON.stringify(response);
  const error = READERS[dialect].decodeError({ status, headers: {}, body });
  if (!(error instanceof GatewayError) || error.message === "") return "no message";
  for (const client of SPOKEN) CODECS[client].encodeError(error, { requestId: "req_1" });
  return undefined;
}

/** A client sees the same whether its answer is whole or streamed. */
function checkClient(recording: Recording, answer: CanonicalResponse, client: Spoken): string | undefined {
  const expected = essence(answer, client);
  const codec = CODECS[client];
  const origin: Origin = { dialect: client, provider: "signalbox", model: "public" };
  const whole = () => codec.decodeResponse(codec.encodeResponse(answer, contextOf(recording, false)), origin);
  const streamed = () => decodeMessages(client, streamFor(recording, answer, client), origin);
  return firstFailure([
    () => difference(expected, essence(whole(), client), "whole"),
    () => difference(expected, essence(streamed(), client), "stream"),
  ]);
}

function streamFor(recording: Recording, answer: CanonicalResponse, client: Spoken): readonly SseMessage[] {
  const encoder = CODECS[client].encodeStream(contextOf(recording, true));
  if (!recording.isStream) return runAll(encoder, explode(answer));
  return runAll(encoder, runAll(READERS[recording.dialect].decodeStream(originOf(recording)), messagesOf(recording)));
}

function checkSchemas(recording: Recording, answer: CanonicalResponse, schemas: Schemas): string | undefined {
  const checks = SPOKEN.flatMap((client) => {
    const whole = () => schemas[client].answer(CODECS[client].encodeResponse(answer, contextOf(recording, false)));
    const streamed = () =>
      firstFailure(
        eventsOf(streamFor(recording, answer, client)).map((event) => () => schemas[client].streamEvent(event)),
      );
    return [named(`${client} answer`, whole), named(`${client} event`, streamed)];
  });
  return firstFailure(checks);
}

const named = (name: string, check: () => string | undefined) => () => {
  const problem = check();
  return problem === undefined ? undefined : `${name}: ${problem}`;
};

/** The events as JSON, without what the vendors' descriptions leave out: `[DONE]`, and Anthropic's `ping`. */
function eventsOf(messages: readonly SseMessage[]): readonly JsonValue[] {
  return messages.filter(({ data, event }) => data !== "[DONE]" && event !== "ping").map(({ data }) => parseJson(data));
}

function originOf({ dialect, provider, model }: Recording): Origin {
  return { dialect, provider, model };
}

/** What is known of a request that no client can have sent. */
const ASKED: CanonicalRequest = {
  model: "public",
  stream: false,
  instructions: [],
  messages: [],
  tools: [],
  sampling: {},
};

function contextOf(recording: Recording, stream: boolean): AnswerContext {
  // A client that wants to see all that there is.
  const seen = { stream, streamUsage: true, reasoning: { summary: "detailed", encrypted: true } } as const;
  const request: CanonicalRequest = { ...(isOfClients(recording) ? decodeRequest(recording) : ASKED), ...seen };
  return {
    request,
    model: "public",
    uniqueId: "unique1",
    now: 1_700_000_000,
    estimatedInputTokens: 1,
    losses: lossRecorder(),
  };
}
