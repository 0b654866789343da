import { GatewayError } from "@signalbox/protocol";
import { modelFacts } from "../catalogue/catalogue.ts";
import { patience } from "../routing/patience.ts";
import { cancellation } from "../upstream/cancellation.ts";
import { classifyTransportError } from "../upstream/classify.ts";
import { dispatch, type UpstreamAnswer } from "../upstream/dispatch.ts";
import { returnedResponseHeaders } from "../upstream/headers.ts";
import { readBody } from "../upstream/read-body.ts";
import { redactSecrets } from "../upstream/redact.ts";
import { startWatchdog } from "../upstream/watchdog.ts";
import type { Attempt } from "./attempt-context.ts";
import { dialectOf } from "./dialects.ts";
import { AttemptFailure } from "./failure.ts";
import { prepare } from "./prepare.ts";
import { relayStream } from "./relay-stream.ts";
import { relayWhole } from "./relay-whole.ts";

const ERROR_BODY_LIMIT = 1024 * 1024;

/**
 * One try of one target, to its end. Resolves when the client has its answer, or its error event after content was sent.
 * Rejects with AttemptFailure while another target may still answer.
 */
export async function attempt(parts: Pick<Attempt, "exchange" | "request" | "planned" | "client">): Promise<void> {
  const { exchange, planned } = parts;
  const prepared = prepare(exchange, parts.request, planned);
  const { provider, model } = planned.target;
  const { stream } = parts.request;
  const timeouts = patience(planned.target.timeouts, { stream, facts: modelFacts(provider, model) });
  const cancel = cancellation();
  const forget = exchange.clientGone.onAbort(cancel.abort);
  const watchdog = startWatchdog(timeouts, cancel.abort);
  const origin = { dialect: planned.endpoint.dialect, provider: provider.id, model };
  const current: Attempt = { ...parts, watchdog, cancel, origin, losses: prepared };
  exchange.outcome.dropped = prepared.dropped;
  exchange.outcome.adapted = prepared.adapted;
  try {
    const { agents } = exchange.services;
    const answer = await dispatch(prepared.upstream, {
      agents,
      timeouts,
      cancel,
    });
    await relay(current, answer);
  } catch (error) {
    const failure = error instanceof AttemptFailure ? error : new AttemptFailure(classifyTransportError(error));
    cancel.abort(failure.error);
    throw failure;
  } finally {
    watchdog.stop();
    forget();
  }
}

async function relay(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  if (answer.status >= 400) throw await refusal(current, answer);
  const type = String(answer.headers["content-type"] ?? "");
  if (answer.status !== 200) throw invalidAnswer(`status ${answer.status}`);
  if (type.includes("text/event-stream")) return relayStream(current, answer);
  if (type.includes("json")) return relayWhole(current, answer);
  throw invalidAnswer(`content type '${type.slice(0, 80)}'`);
}

function invalidAnswer(what: string): AttemptFailure {
  return new AttemptFailure(new GatewayError("upstream_invalid_response", `The upstream answered with ${what}.`));
}

/** The upstream's error: decoded to be judged, and kept as it is for a client of the same dialect. */
async function refusal({ exchange, planned, cancel }: Attempt, answer: UpstreamAnswer): Promise<AttemptFailure> {
  const received = await readBody(answer.body, ERROR_BODY_LIMIT).catch((error: unknown) => {
    throw cancel.reason() ?? classifyTransportError(error);
  });
  const secrets = planned.credential === undefined ? [] : [planned.credential.reveal()];
  const text = received.toString("utf8");
  const safe = redactSecrets(text, secrets);
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  const error = dialectOf(planned.endpoint.dialect).decodeError({ status: answer.status, headers, body: safe });
  const contentType = String(answer.headers["content-type"] ?? "");
  const forwardable =
    planned.endpoint.dialect === exchange.surface.dialect &&
    contentType.includes("json") &&
    error.code !== "upstream_auth";
  if (!forwardable) return new AttemptFailure(error);
  const body = safe === text ? received : Buffer.from(safe);
  return new AttemptFailure(error, {
    status: answer.status,
    contentType,
    body,
    headers: returnedResponseHeaders(answer.headers),
  });
}
