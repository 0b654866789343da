import {
  appendedMember,
  applyEdits,
  type CanonicalResponse,
  collect,
  type Edit,
  GatewayError,
  isObject,
  type JsonValue,
  parseJson,
  parseSse,
  runAll,
} from "@signalbox/protocol";
import { classifyTransportError } from "../upstream/classify.ts";
import type { UpstreamAnswer } from "../upstream/dispatch.ts";
import { readBody } from "../upstream/read-body.ts";
import { type Attempt, claim, successHeaders } from "./attempt-context.ts";
import { egressOf } from "./dialects.ts";
import { charactersOf, meter } from "./metering.ts";
import { renamedAnswer } from "./model-rewrite.ts";
import { relayAssembled } from "./relay-assembled.ts";
import { billed, encodedAnswer, freeKey, sendWhole, streamedAnswer } from "./send-answer.ts";
import { tellingOf } from "./telling.ts";

const ANSWER_LIMIT = 256 * 1024 * 1024;

/** Relays a whole JSON answer: checked before the client sees it, so that a broken one may still fall back. */
export async function relayWhole(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  const bytes = await received(current, answer);
  const body = parsed(bytes);
  const response = egressOf(current.planned.endpoint.dialect).decodeResponse(body, current.origin);
  noteResponse(current, response);
  if (current.assembly !== undefined) return relayAssembled(current.assembly, current, response);
  if (current.request.stream) return streamWhole(current, answer, response);
  const isOwn = current.planned.lane === "passthrough";
  return sendJson(current, answer, isOwn ? toldBytes(current, bytes, body) : encoded(current, response));
}

/** For a client that wants it whole, of an upstream that streams regardless. */
export async function relayCollected(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  const bytes = await received(current, answer);
  const decoder = egressOf(current.planned.endpoint.dialect).decodeStream(current.origin);
  const response = collect(runAll(decoder, runAll(parseSse(), [bytes])));
  noteResponse(current, response);
  if (current.assembly !== undefined) return relayAssembled(current.assembly, current, response);
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

/** The upstream's own bytes, with nothing changed but what is to be told. */
function toldBytes({ exchange, planned }: Attempt, bytes: Buffer, body: JsonValue): readonly Uint8Array[] {
  const { inBody, shownModel, metadata } = tellingOf(exchange, planned);
  const { dialect } = exchange.surface;
  const edits: Edit[] = shownModel === undefined ? [] : [...renamedAnswer(dialect, bytes, shownModel)];
  const key = inBody && isObject(body) ? freeKey(dialect, body) : undefined;
  if (key !== undefined) edits.push(appendedMember(bytes, key, JSON.stringify(metadata(exchange.outcome))));
  return applyEdits(bytes, edits);
}

function encoded(current: Attempt, response: CanonicalResponse): readonly Uint8Array[] {
  const { bytes, losses } = encodedAnswer(current, { response, answering: current.planned, losses: current.losses });
  Object.assign(current.exchange.outcome, losses);
  return bytes;
}

/** Throws AttemptFailure when another attempt answers already. */
function noteResponse(current: Attempt, response: CanonicalResponse): void {
  claim(current);
  const { exchange, assembly, request } = current;
  meter(current, { usage: response.usage, complete: true, characters: () => charactersOf(response) });
  if (assembly !== undefined) return;
  exchange.outcome.finishReason = response.finishReason.unified;
  if (response.usage !== undefined) exchange.outcome.usage = response.usage;
  request.keeper?.whole(response);
}

/** The gateway's headers with all that is known to be lost by now: of the request, and of an answer encoded already. */
function headersAfterLosses(current: Attempt, answer: UpstreamAnswer): Record<string, string> {
  const { dropped, adapted } = current.exchange.outcome;
  return successHeaders({ ...current, losses: { dropped, adapted } }, answer);
}

async function sendJson(current: Attempt, answer: UpstreamAnswer, answered: readonly Uint8Array[]): Promise<void> {
  await billed(current.exchange);
  sendWhole(current.exchange, answered, headersAfterLosses(current, answer));
}

async function streamWhole(current: Attempt, answer: UpstreamAnswer, response: CanonicalResponse): Promise<void> {
  const { client, exchange, planned } = current;
  const { messages, losses } = streamedAnswer(current, { response, answering: planned, losses: current.losses });
  Object.assign(exchange.outcome, losses);
  await billed(exchange);
  client.send(messages.map(client.framing.message), () => headersAfterLosses(current, answer));
  client.end();
}
