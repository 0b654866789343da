import {
  type AnswerContext,
  appendedMember,
  applyEdits,
  type CanonicalResponse,
  collect,
  type Edit,
  explode,
  GatewayError,
  isObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  parseJsonObject,
  parseSse,
  runAll,
} from "@signalbox/protocol";
import type { SurfaceDialect } from "../config/quirks.ts";
import { classifyTransportError } from "../upstream/classify.ts";
import type { UpstreamAnswer } from "../upstream/dispatch.ts";
import { readBody } from "../upstream/read-body.ts";
import type { AnswerForm } from "./answer-form.ts";
import { metadataKey } from "./answer-metadata.ts";
import { type Attempt, answerContext, claim, successHeaders } from "./attempt-context.ts";
import { bill } from "./billing.ts";
import { countedFor } from "./counted-for.ts";
import { egressOf, ingressOf } from "./dialects.ts";
import { charactersOf, meter } from "./metering.ts";
import { renamedAnswer } from "./model-rewrite.ts";
import { tellingOf } from "./telling.ts";
import { closingMessages } from "./telling-messages.ts";

const ANSWER_LIMIT = 256 * 1024 * 1024;
/** Up to here pieces are joined: one write costs less than several. */
const SMALL = 64 * 1024;

/** Relays a whole JSON answer: checked before the client sees it, so that a broken one may still fall back. */
export async function relayWhole(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  const bytes = await received(current, answer);
  const body = parsed(bytes);
  const response = egressOf(current.planned.endpoint.dialect).decodeResponse(body, current.origin);
  noteResponse(current, response);
  if (current.request.stream) return streamWhole(current, answer, response);
  const isOwn = current.planned.lane === "passthrough";
  return sendJson(current, answer, isOwn ? toldBytes(current, bytes, body) : encoded(current, response));
}

/** Whoever has a whole answer is in the ledger with it, whatever happens to this process. */
function billed({ exchange }: Attempt): Promise<unknown> | undefined {
  bill(exchange);
  return exchange.services.ledger.written();
}

/** For a client that wants it whole, of an upstream that streams regardless. */
export async function relayCollected(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  const bytes = await received(current, answer);
  const decoder = egressOf(current.planned.endpoint.dialect).decodeStream(current.origin);
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

/** The upstream's own bytes, with nothing changed but what is to be told. */
function toldBytes({ exchange, planned }: Attempt, bytes: Buffer, body: JsonValue): readonly Uint8Array[] {
  const { inBody, shownModel, metadata } = tellingOf(exchange, planned);
  const { dialect } = exchange.surface;
  const edits: Edit[] = shownModel === undefined ? [] : [...renamedAnswer(dialect, bytes, shownModel)];
  const key = inBody && isObject(body) ? freeKey(dialect, body) : undefined;
  if (key !== undefined) edits.push(appendedMember(bytes, key, JSON.stringify(metadata(exchange.outcome))));
  return applyEdits(bytes, edits);
}

const freeKey = (dialect: SurfaceDialect, body: JsonObject): string | undefined =>
  metadataKey(dialect, (key) => Object.hasOwn(body, key));

function encoded(current: Attempt, response: CanonicalResponse): readonly Uint8Array[] {
  const { exchange, planned } = current;
  const { dialect } = exchange.surface;
  const { inBody, shownModel, metadata } = tellingOf(exchange, planned);
  const context = shownAs(answerContext(current), shownModel);
  const body = ingressOf(dialect).encodeResponse(counted(current, response, context), context);
  noteLosses(current, context);
  const key = inBody ? freeKey(dialect, body) : undefined;
  const told = key === undefined ? body : { ...body, [key]: metadata(exchange.outcome) };
  return [Buffer.from(JSON.stringify(told))];
}

function counted({ exchange }: Attempt, response: CanonicalResponse, { losses }: AnswerContext): CanonicalResponse {
  return countedFor(exchange.surface.dialect, response, { characters: charactersOf(response), losses });
}

const shownAs = (context: AnswerContext, shownModel: string | undefined): AnswerContext =>
  shownModel === undefined ? context : { ...context, shownModel };

/** Throws AttemptFailure when another attempt answers already. */
function noteResponse(current: Attempt, response: CanonicalResponse): void {
  claim(current);
  const { exchange } = current;
  exchange.outcome.finishReason = response.finishReason.unified;
  if (response.usage !== undefined) exchange.outcome.usage = response.usage;
  meter(current, { usage: response.usage, complete: true, characters: () => charactersOf(response) });
}

function noteLosses({ exchange }: Attempt, { losses }: AnswerContext): void {
  Object.assign(exchange.outcome, losses.report());
}

/** The gateway's headers with all that is known to be lost by now: of the request, and of an answer encoded already. */
function headersAfterLosses(current: Attempt, answer: UpstreamAnswer): Record<string, string> {
  const { dropped, adapted } = current.exchange.outcome;
  return successHeaders({ ...current, losses: { dropped, adapted } }, answer);
}

async function sendJson(current: Attempt, answer: UpstreamAnswer, answered: readonly Uint8Array[]): Promise<void> {
  await billed(current);
  const { response, surface } = current.exchange;
  const pieces = surface.answers === undefined ? answered : [reworded(answered, surface.answers)];
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(200, {
    ...headersAfterLosses(current, answer),
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

async function streamWhole(current: Attempt, answer: UpstreamAnswer, response: CanonicalResponse): Promise<void> {
  const { client, exchange, planned } = current;
  const { dialect } = exchange.surface;
  const { inBody, shownModel, metadata } = tellingOf(exchange, planned);
  const context = shownAs(answerContext(current), shownModel);
  const messages = runAll(ingressOf(dialect).encodeStream(context), explode(counted(current, response, context)));
  noteLosses(current, context);
  const told = inBody ? closingMessages(dialect, messages, () => metadata(exchange.outcome)) : messages;
  await billed(current);
  client.send(told.map(client.framing.message), () => headersAfterLosses(current, answer));
  client.end();
}
