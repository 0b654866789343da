import {
  type AnswerContext,
  type CanonicalResponse,
  collect,
  explode,
  GatewayError,
  type JsonValue,
  parseJson,
  parseSse,
  runAll,
} from "@signalbox/protocol";
import { classifyTransportError } from "../upstream/classify.ts";
import type { UpstreamAnswer } from "../upstream/dispatch.ts";
import { readBody } from "../upstream/read-body.ts";
import { type Attempt, answerContext, successHeaders } from "./attempt-context.ts";
import { dialectOf } from "./dialects.ts";

const ANSWER_LIMIT = 256 * 1024 * 1024;

/** Relays a whole JSON answer: checked before the client sees it, so that a broken one may still fall back. */
export async function relayWhole(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  const bytes = await received(current, answer);
  const response = dialectOf(current.planned.endpoint.dialect).decodeResponse(parsed(bytes), current.origin);
  noteResponse(current, response);
  if (current.request.stream) return streamWhole(current, answer, response);
  if (current.planned.lane === "passthrough") return sendJson(current, answer, bytes);
  return sendJson(current, answer, encoded(current, response));
}

/** For a client that wants it whole, of an upstream that streams regardless. */
export async function relayCollected(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  const bytes = await received(current, answer);
  const decoder = dialectOf(current.planned.endpoint.dialect).decodeStream(current.origin);
  const response = collect(runAll(decoder, runAll(parseSse(), [bytes])));
  noteResponse(current, response);
  return sendJson(current, answer, encoded(current, response));
}

async function received(current: Attempt, answer: UpstreamAnswer): Promise<Buffer> {
  try {
    return await readBody(answer.body, ANSWER_LIMIT);
  } catch (error) {
    throw current.cancel.reason() ?? classifyTransportError(error);
  }
}

function parsed(bytes: Buffer): JsonValue {
  try {
    return parseJson(bytes.toString("utf8"));
  } catch (cause) {
    throw new GatewayError("upstream_invalid_response", "The upstream's answer is not valid JSON.", { cause });
  }
}

function encoded(current: Attempt, response: CanonicalResponse): Buffer {
  const context = answerContext(current);
  const body = dialectOf(current.exchange.surface.dialect).encodeResponse(response, context);
  noteLosses(current, context);
  return Buffer.from(JSON.stringify(body));
}

function noteResponse({ exchange }: Attempt, response: CanonicalResponse): void {
  exchange.outcome.firstContentAt ??= performance.now();
  exchange.outcome.finishReason = response.finishReason.unified;
  if (response.usage !== undefined) exchange.outcome.usage = response.usage;
}

function noteLosses({ exchange }: Attempt, { losses }: AnswerContext): void {
  Object.assign(exchange.outcome, losses.report());
}

/** The gateway's headers with all that is known to be lost by now: of the request, and of an answer encoded already. */
function headersAfterLosses(current: Attempt, answer: UpstreamAnswer): Record<string, string> {
  const { dropped, adapted } = current.exchange.outcome;
  return successHeaders({ ...current, losses: { dropped, adapted } }, answer);
}

function sendJson(current: Attempt, answer: UpstreamAnswer, body: Buffer): void {
  current.exchange.response.writeHead(200, {
    ...headersAfterLosses(current, answer),
    "content-type": "application/json; charset=utf-8",
    "content-length": body.length,
  });
  current.exchange.response.end(body);
}

function streamWhole(current: Attempt, answer: UpstreamAnswer, response: CanonicalResponse): void {
  const context = answerContext(current);
  const encoder = dialectOf(current.exchange.surface.dialect).encodeStream(context);
  const messages = runAll(encoder, explode(response));
  noteLosses(current, context);
  current.client.send(messages.map(current.client.framing.message), () => headersAfterLosses(current, answer));
  current.client.end();
}
