import {
  applyEdits,
  GatewayError,
  type JsonValue,
  type Outline,
  outlineOf,
  parseJson,
  type Usage,
} from "@signalbox/protocol";
import { placeOf } from "../../routing/next-attempt.ts";
import { classifyTransportError } from "../../upstream/classify.ts";
import type { UpstreamAnswer } from "../../upstream/dispatch.ts";
import { returnedResponseHeaders } from "../../upstream/headers.ts";
import { readBody } from "../../upstream/read-body.ts";
import { answerHeaders } from "../answer-headers.ts";
import { bill } from "../billing.ts";
import { renamedAnswer, renamedOutline } from "../model-rewrite.ts";
import { tellingOf } from "../telling.ts";
import type { OperationAttempt } from "./operation.ts";

/** A batch of 2,048 embeddings of 3,072 floats is some 80 MB of JSON. */
const ANSWER_LIMIT = 256 * 1024 * 1024;

/** What a whole answer says. */
export interface Reading {
  /** Undefined: the upstream does not tell. */
  readonly usage: Usage | undefined;
}

/** A whole JSON answer as it is: read before the client sees it, so that a broken one may still fall back. */
export async function relayJson(
  attempt: OperationAttempt,
  answer: UpstreamAnswer,
  read: (body: JsonValue) => Reading,
): Promise<void> {
  const bytes = await received(attempt, answer);
  const { usage } = read(parsed(bytes));
  await relayBody(attempt, answer, { bytes, usage });
}

/** The upstream's own JSON, with nothing changed but the model's name where the client is to see another. */
export async function relayBody(
  attempt: OperationAttempt,
  answer: UpstreamAnswer,
  { bytes, usage, outline }: { readonly bytes: Buffer; readonly outline?: Outline } & Reading,
): Promise<void> {
  const { exchange, planned } = attempt;
  const { shownModel } = tellingOf(exchange, planned);
  const rename = outline === undefined ? renamedAnswer : renamedOutline(outline);
  const edits = shownModel === undefined ? [] : rename(exchange.surface.dialect, bytes, shownModel);
  await relayWhole(attempt, answer, {
    usage,
    contentType: "application/json; charset=utf-8",
    bytes: edits.length === 0 ? bytes : Buffer.concat(applyEdits(bytes, edits)),
  });
}

/** A whole answer of any type. */
export async function relayWhole(
  attempt: OperationAttempt,
  answer: UpstreamAnswer,
  whole: { readonly usage: Usage | undefined; readonly contentType: string; readonly bytes: Uint8Array },
): Promise<void> {
  beginAnswer(attempt);
  await billed(attempt, whole.usage);
  const { response } = attempt.exchange;
  response.writeHead(200, {
    ...headersOf(attempt, answer),
    "content-type": whole.contentType,
    "content-length": whole.bytes.length,
  });
  response.end(whole.bytes);
}

/** The whole body. Rejects with GatewayError. */
export async function received({ cancel }: OperationAttempt, answer: UpstreamAnswer): Promise<Buffer> {
  try {
    return await readBody(answer.body, ANSWER_LIMIT);
  } catch (error) {
    throw cancel.reason() ?? classifyTransportError(error);
  }
}

/** The body as JSON, or `upstream_invalid_response`. */
export const parsed = (bytes: Buffer): JsonValue => understood(() => parseJson(bytes.toString("utf8")));

/** What of a large body can be known without decoding it, or `upstream_invalid_response`. */
export const outlined = (bytes: Buffer): Outline => understood(() => outlineOf(bytes));

function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new GatewayError("upstream_invalid_response", "The upstream's answer is not valid JSON.", { cause });
  }
}

/** This attempt answers: from here on the exchange tells of it. */
export function beginAnswer({ exchange, planned, losses, record }: OperationAttempt): void {
  if (record.firstContentAt === undefined) {
    record.firstContentAt = performance.now();
    exchange.services.health.answered(placeOf(planned), record.startedAt, record.firstContentAt);
  }
  exchange.outcome.firstContentAt ??= record.firstContentAt;
  exchange.outcome.dropped = losses.dropped;
  exchange.outcome.adapted = losses.adapted;
}

/** Whoever has a whole answer is in the ledger with it, whatever happens to this process. */
export function billed(attempt: OperationAttempt, usage: Usage | undefined): Promise<unknown> | undefined {
  meter(attempt, usage);
  bill(attempt.exchange);
  return attempt.exchange.services.ledger.written();
}

/** Notes what was used; where the upstream does not tell, what it probably was, marked as an estimate. */
export function meter({ exchange, asked, record }: OperationAttempt, usage: Usage | undefined): void {
  record.usage = usage ?? asked.estimate();
  if (usage === undefined) record.usageEstimated = true;
  exchange.outcome.usage = record.usage;
}

export function headersOf(
  { exchange, planned, losses }: OperationAttempt,
  answer: UpstreamAnswer,
): Record<string, string> {
  const own = answerHeaders(exchange, planned, losses);
  return planned.lane === "passthrough" ? { ...returnedResponseHeaders(answer.headers), ...own } : own;
}
