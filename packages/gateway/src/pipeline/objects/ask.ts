import { GatewayError } from "@signalbox/protocol";
import type { Cancellation } from "../../upstream/cancellation.ts";
import { cancellation } from "../../upstream/cancellation.ts";
import { classifyTransportError } from "../../upstream/classify.ts";
import { dispatch, type UpstreamAnswer, type UpstreamBody } from "../../upstream/dispatch.ts";
import { forwardedRequestHeaders } from "../../upstream/headers.ts";
import { readBody } from "../../upstream/read-body.ts";
import { redactError, secretsOf } from "../../upstream/redact.ts";
import { startWatchdog, type Watchdog } from "../../upstream/watchdog.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";
import { AttemptFailure, asGatewayError } from "../failure.ts";
import { refusalOf } from "../refusal.ts";
import type { Keeper } from "./keeper.ts";

/** What is asked of whoever keeps files and batches. */
export interface Question {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the place's base URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: UpstreamBody;
  /** It makes something: the ledger and the log tell of it as of an attempt at this model. */
  readonly makes?: string;
  /** It goes on without its client, who may have had all that was of use. */
  readonly outlivesClient?: boolean;
}

export interface Talk {
  readonly cancel: Cancellation;
  readonly watchdog: Watchdog;
}

/** No object that an API tells of is larger; files are not read whole. */
export const OBJECT_LIMIT = 64 * 1024 * 1024;

/** Resolves with what `read` makes of an answer of status 2xx; undefined where there is no such thing (any more). Rejects with the upstream's refusal. */
export async function askKeeper<T>(
  exchange: Exchange,
  keeper: Keeper,
  {
    question,
    read,
  }: { readonly question: Question; readonly read: (answer: UpstreamAnswer, talk: Talk) => Promise<T> },
): Promise<T | undefined> {
  const { target, place, credential } = keeper;
  const cancel = cancellation();
  const forget = question.outlivesClient === true ? () => false : exchange.clientGone.onAbort(cancel.abort);
  // The first byte of an answer may have to wait for all of a long upload.
  const { totalMs } = target.timeouts;
  const timeouts =
    typeof question.body === "function" ? { ...target.timeouts, firstTokenMs: totalMs } : target.timeouts;
  const watchdog = startWatchdog(timeouts, cancel.abort);
  const { method, path, body } = question;
  const headers = {
    ...forwardedRequestHeaders(place.dialect, exchange.request.headers),
    ...question.headers,
  };
  const upstream = { place, credential, method, url: new URL(place.baseUrl + path), headers };
  const record = recordOf(keeper, question);
  if (question.makes !== undefined) exchange.outcome.attempts.push(record);
  try {
    const { agents } = exchange.services;
    const sent = body === undefined ? upstream : { ...upstream, body };
    const onSent = () => {
      record.sentAt = performance.now();
    };
    const answer = await dispatch(sent, { agents, timeouts, cancel, onSent });
    record.firstContentAt = performance.now();
    if (answer.status === 404) {
      await readBody(answer.body, OBJECT_LIMIT);
      return undefined;
    }
    if (answer.status >= 300) throw await refused(keeper, { answer, cancel });
    return await read(answer, { cancel, watchdog });
  } catch (error) {
    const known = cancel.reason() ?? error;
    const failure =
      known instanceof GatewayError || known instanceof AttemptFailure ? known : classifyTransportError(known);
    record.error = asGatewayError(failure);
    throw failure;
  } finally {
    record.endedAt = performance.now();
    watchdog.stop();
    forget();
  }
}

function recordOf({ target, place, credential }: Keeper, { makes = "" }: Question): AttemptRecord {
  return {
    provider: target.provider.id,
    model: makes,
    credential: credential?.id,
    lane: "passthrough",
    dialect: place.dialect,
    startedAt: performance.now(),
  };
}

/** The same for a JSON object, as bytes. */
export function askForObject(exchange: Exchange, keeper: Keeper, question: Question): Promise<Buffer | undefined> {
  return askKeeper(exchange, keeper, { question, read: ({ body }) => readBody(body, OBJECT_LIMIT) });
}

async function refused(
  { place, credential }: Keeper,
  { answer, cancel }: { readonly answer: UpstreamAnswer; readonly cancel: Cancellation },
): Promise<Error> {
  if (answer.status < 400) {
    return new GatewayError("upstream_invalid_response", `The upstream answered with status ${answer.status}.`);
  }
  const failure = await refusalOf({ place, credential, dialect: place.dialect, sameDialect: true, cancel }, answer);
  return new AttemptFailure(redactError(failure.error, secretsOf(place, credential)), failure.raw);
}
