import { GatewayError } from "@signalbox/protocol";
import type { Credential, UpstreamPlace } from "../../providers/resolved.ts";
import type { Target } from "../../routing/target.ts";
import { bareResponseHeaders } from "../../upstream/bare-headers.ts";
import type { Cancellation } from "../../upstream/cancellation.ts";
import { classifyTransportError } from "../../upstream/classify.ts";
import type { UpstreamAnswer } from "../../upstream/dispatch.ts";
import { readBody } from "../../upstream/read-body.ts";
import { redactSecrets, secretsOf } from "../../upstream/redact.ts";
import type { Watchdog } from "../../upstream/watchdog.ts";
import { answerHeaders } from "../answer-headers.ts";
import { bill } from "../billing.ts";
import { onceDrained } from "../client-stream.ts";
import { egressOf } from "../dialects.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";
import { AttemptFailure, asGatewayError } from "../failure.ts";
import type { BareMeter } from "./bare-meter.ts";

/** The one try of a bare request. */
export interface BareAttempt {
  readonly exchange: Exchange;
  readonly target: Target;
  readonly place: UpstreamPlace;
  readonly credential: Credential | undefined;
  readonly record: AttemptRecord;
  readonly cancel: Cancellation;
  readonly watchdog: Watchdog;
  /** Absent: what this costs is not known, or nothing. */
  readonly meter: ((answer: UpstreamAnswer) => BareMeter) | undefined;
}

const ERROR_BODY_LIMIT = 1024 * 1024;

/** Rejects before anything was sent; after it the record tells what went wrong. */
export async function relayBare(attempt: BareAttempt, answer: UpstreamAnswer): Promise<void> {
  const { status } = answer;
  if (status >= 400) throw await refused(attempt, answer);
  if (status >= 300 && status !== 304) {
    throw new GatewayError(
      "upstream_invalid_response",
      `The upstream answered with a redirect (${status}), and redirects are not followed.`,
    );
  }
  const meter = status < 300 ? attempt.meter?.(answer) : undefined;
  const outlet = openOutlet(attempt, { answer, meter });
  try {
    await answer.body.consume(outlet.write);
  } catch (thrown) {
    fail(attempt, { error: attempt.cancel.reason() ?? classifyTransportError(thrown), meter });
    return;
  }
  meter?.end();
  await billed(attempt.exchange);
  attempt.exchange.response.end();
}

/** The provider's own bytes, but for our secrets in them. */
async function refused({ exchange, place, credential, cancel }: BareAttempt, answer: UpstreamAnswer) {
  const bytes = await readBody(answer.body, ERROR_BODY_LIMIT).catch((error: unknown) => {
    throw cancel.reason() ?? classifyTransportError(error);
  });
  // One byte is one character, so that what is no text comes out as it went in.
  const text = bytes.toString("latin1");
  const safe = redactSecrets(text, secretsOf(place, credential));
  const headers = bareResponseHeaders(answer.headers);
  const body = safe === text ? bytes : Buffer.from(safe, "latin1");
  const error = egressOf(exchange.surface.dialect).decodeError({
    status: answer.status,
    headers,
    body: body.toString("utf8"),
  });
  // To the client it would read as a word about its own key, and vendors quote pieces of the key that they refuse.
  if (answer.status === 401) return new AttemptFailure(error);
  const contentType = headers["content-type"] ?? "application/octet-stream";
  return new AttemptFailure(error, { status: answer.status, contentType, body, headers });
}

interface Through {
  readonly answer: UpstreamAnswer;
  readonly meter: BareMeter | undefined;
}

/** Sends the head, and then bytes as they come and as fast as the client reads them. */
function openOutlet(attempt: BareAttempt, { answer, meter }: Through) {
  const { exchange, target, record, watchdog } = attempt;
  const { response, outcome, snapshot, services } = exchange;
  const now = performance.now();
  record.firstContentAt = now;
  outcome.firstContentAt = now;
  watchdog.content();
  const { "content-length": length, ...headers } = bareResponseHeaders(answer.headers);
  response.writeHead(answer.status, {
    ...headers,
    // Where it is counted, the answer's end waits for the ledger.
    ...(length === undefined || meter !== undefined ? {} : { "content-length": length }),
    "x-accel-buffering": "no",
    ...answerHeaders(exchange, { target, lane: "passthrough" }, { dropped: [], adapted: [] }),
  });
  response.flushHeaders();
  let isFull = false;
  return {
    write(chunk: Buffer) {
      watchdog.bytes();
      watchdog.content();
      meter?.push(chunk);
      if (meter?.isWhole() === true) {
        bill(exchange);
        services.ledger.write();
      }
      if (response.write(chunk) || isFull) return;
      isFull = true;
      answer.body.pause();
      watchdog.pause();
      onceDrained(response, snapshot.timeouts.stallMs, () => {
        isFull = false;
        watchdog.resume();
        answer.body.resume();
      });
    },
  };
}

function fail({ exchange, record }: BareAttempt, { error, meter }: Pick<Through, "meter"> & { error: GatewayError }) {
  record.error = asGatewayError(error);
  exchange.outcome.error = record.error;
  meter?.end();
  // Half an answer looks like a whole one: only a broken connection tells the client.
  exchange.response.destroy();
}

/** Whoever has a whole answer is in the ledger with it. */
function billed(exchange: Exchange): Promise<unknown> | undefined {
  bill(exchange);
  return exchange.services.ledger.written();
}
