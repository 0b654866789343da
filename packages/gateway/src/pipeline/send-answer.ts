import {
  type AnswerContext,
  type CanonicalResponse,
  compact,
  explode,
  type JsonObject,
  type LossReport,
  parseJsonObject,
  runAll,
  type SseMessage,
  type StreamEvent,
} from "@signalbox/protocol";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { AnswerForm } from "./answer-form.ts";
import { answerHeaders } from "./answer-headers.ts";
import { type Answering, metadataKey } from "./answer-metadata.ts";
import { answerContext } from "./attempt-context.ts";
import { bill } from "./billing.ts";
import { countedFor } from "./counted-for.ts";
import { ingressOf } from "./dialects.ts";
import type { Exchange } from "./exchange.ts";
import { charactersOf } from "./metering.ts";
import type { Parties } from "./parties.ts";
import { tellingOf } from "./telling.ts";
import { closingMessages } from "./telling-messages.ts";

/** Up to here pieces are joined: one write costs less than several. */
const SMALL = 64 * 1024;

/** A decoded answer on its way to a client, and who has given it. */
export interface Answer {
  readonly response: CanonicalResponse;
  readonly answering: Answering;
  /** What its upstream was not told, or told differently. */
  readonly losses: LossReport;
}

type Asker = Pick<Parties, "exchange" | "request">;

/** Sends an answer that no upstream is giving now, whole or as a stream, in the client's dialect: it is billed and ended. */
export async function sendAnswer({ exchange, request, client }: Parties, answer: Answer): Promise<void> {
  const { outcome } = exchange;
  outcome.finishReason = answer.response.finishReason.unified;
  if (answer.response.usage !== undefined) outcome.usage = answer.response.usage;
  outcome.firstContentAt ??= performance.now();
  const headers = () =>
    answerHeaders(exchange, answer.answering, { dropped: outcome.dropped, adapted: outcome.adapted });
  if (!request.stream) {
    const { bytes, losses } = encodedAnswer({ exchange, request }, answer);
    Object.assign(outcome, losses);
    await billed(exchange);
    return sendWhole(exchange, bytes, headers());
  }
  const { messages, losses } = streamedAnswer({ exchange, request }, answer);
  Object.assign(outcome, losses);
  await billed(exchange);
  client.send(messages.map(client.framing.message), headers);
  client.end();
}

/** Whoever has a whole answer is in the ledger with it, whatever happens to this process. */
export function billed(exchange: Exchange): Promise<unknown> | undefined {
  bill(exchange);
  return exchange.services.ledger.written();
}

/** An answer as the JSON of the client's dialect, with its metadata; and all that is lost by then. */
export function encodedAnswer({ exchange, request }: Asker, answer: Answer) {
  const { dialect } = exchange.surface;
  const { inBody, metadata, context, response } = toldOf({ exchange, request }, answer);
  const body = ingressOf(dialect).encodeResponse(response, context);
  const losses = context.losses.report();
  const key = inBody ? freeKey(dialect, body) : undefined;
  const told = key === undefined ? body : { ...body, [key]: metadata(losses) };
  return { bytes: [Buffer.from(JSON.stringify(told))], losses };
}

/** The same as the messages of a stream. */
export function streamedAnswer({ exchange, request }: Asker, answer: Answer) {
  const { dialect } = exchange.surface;
  const { inBody, metadata, context, response } = toldOf({ exchange, request }, answer);
  const messages: readonly SseMessage[] = runAll(ingressOf(dialect).encodeStream(context), eventsOf(response));
  const losses = context.losses.report();
  return { messages: inBody ? closingMessages(dialect, messages, () => metadata(losses)) : messages, losses };
}

/**
 * Anthropic's clients read of the prompt's tokens before the first word, where a whole answer's are known and need no estimate. Those that
 * were written come at the end, and only an answer that is given again has none of them already here.
 */
function eventsOf(response: CanonicalResponse): readonly StreamEvent[] {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = response.usage ?? {};
  const none = outputTokens === 0 ? 0 : undefined;
  const usage = compact({ inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens: none });
  return [...explode(response)].map((event) => (event.type === "response-start" ? { ...event, usage } : event));
}

function toldOf({ exchange, request }: Asker, { response, answering, losses }: Answer) {
  const { dialect } = exchange.surface;
  const { inBody, shownModel, metadata } = tellingOf(exchange, answering);
  const plain = answerContext({ exchange, request, planned: answering, losses });
  const context: AnswerContext = shownModel === undefined ? plain : { ...plain, shownModel };
  const counts = { characters: charactersOf(response), losses: context.losses };
  return { inBody, metadata, context, response: countedFor(dialect, response, counts) };
}

export const freeKey = (dialect: SurfaceDialect, body: JsonObject): string | undefined =>
  metadataKey(dialect, (key) => Object.hasOwn(body, key));

/** The pieces of a JSON body, and the end of the answer. */
export function sendWhole(
  { response, surface }: Exchange,
  answered: readonly Uint8Array[],
  headers: Readonly<Record<string, string>>,
): void {
  const pieces = surface.answers === undefined ? answered : [reworded(answered, surface.answers)];
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(200, {
    ...headers,
    "content-type": "application/json; charset=utf-8",
    "content-length": length,
  });
  const [first = EMPTY] = pieces;
  if (pieces.length === 1) response.end(first);
  else if (length <= SMALL) response.end(Buffer.concat(pieces, length));
  else {
    for (const piece of pieces) response.write(piece);
    response.end();
  }
}

const EMPTY = new Uint8Array(0);

function reworded(pieces: readonly Uint8Array[], answers: AnswerForm): Buffer {
  const whole = Buffer.concat(pieces);
  const body = parseJsonObject(whole.toString("utf8"));
  return body === undefined ? whole : Buffer.from(JSON.stringify(answers.whole(body)));
}
