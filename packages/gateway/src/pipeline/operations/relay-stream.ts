import { formatSse, GatewayError, parseSse, type SseMessage, type Usage } from "@signalbox/protocol";
import { classifyTransportError } from "../../upstream/classify.ts";
import type { UpstreamAnswer } from "../../upstream/dispatch.ts";
import { onceDrained } from "../client-stream.ts";
import { ingressOf } from "../dialects.ts";
import { asGatewayError } from "../failure.ts";
import type { OperationAttempt } from "./operation.ts";
import { beginAnswer, billed, headersOf, meter } from "./relay.ts";

/** Relays bytes of any kind as they come, sound for one: nothing of them is kept. `usage` is asked at their end. */
export async function relayBytes(
  attempt: OperationAttempt,
  answer: UpstreamAnswer,
  { usage }: { readonly usage: () => Usage | undefined },
): Promise<void> {
  const outlet = outletOf(attempt, answer);
  await consumed(attempt, answer, outlet.write).catch((error: unknown) => {
    if (!outlet.hasBegun()) throw error;
    // Half a sound looks like a whole one: only a broken connection tells the client.
    attempt.exchange.response.destroy();
    throw error;
  });
  await outlet.end(usage());
}

/** How a stream of events is understood while its bytes go on unchanged. */
export interface EventReading {
  readonly message: (message: SseMessage) => void;
  /** The stream's own end was among the messages. */
  readonly isWhole: () => boolean;
  readonly usage: () => Usage | undefined;
}

/** Relays server-sent events unchanged. A stream without its own end is a failure, which the client is told in an event. */
export async function relayEvents(
  attempt: OperationAttempt,
  answer: UpstreamAnswer,
  reading: EventReading,
): Promise<void> {
  const outlet = outletOf(attempt, answer);
  const parser = parseSse();
  let count = 0;
  const read = (messages: readonly SseMessage[]) => {
    for (const message of messages) reading.message(message);
    count += messages.length;
  };
  try {
    await consumed(attempt, answer, (chunk) => {
      read(parser.push(chunk));
      outlet.write(chunk);
    });
    read(parser.end());
    if (!reading.isWhole()) throw new GatewayError("upstream_truncated", "The upstream's stream ended before its end.");
  } catch (error) {
    if (!outlet.hasBegun()) throw error;
    endInEvent(attempt, { error: asGatewayError(error), sequence: count, usage: reading.usage() });
    return;
  }
  await outlet.end(reading.usage());
}

interface Ending {
  readonly error: GatewayError;
  readonly sequence: number;
  readonly usage: Usage | undefined;
}

function endInEvent(attempt: OperationAttempt, { error, sequence, usage }: Ending): void {
  const { exchange, record } = attempt;
  const { response, outcome, surface, id } = exchange;
  record.error = error;
  outcome.error = error;
  meter(attempt, usage);
  response.end(formatSse(ingressOf(surface.dialect).errorEvent(error, { requestId: id, sequence })));
}

async function consumed(
  { cancel, watchdog }: OperationAttempt,
  answer: UpstreamAnswer,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  try {
    await answer.body.consume((chunk) => {
      watchdog.bytes();
      watchdog.content();
      onChunk(chunk);
    });
  } catch (error) {
    throw cancel.reason() ?? (error instanceof GatewayError ? error : classifyTransportError(error));
  }
}

/** The client's side: its head is sent with the first bytes, and its slowness is the upstream's. */
function outletOf(attempt: OperationAttempt, answer: UpstreamAnswer) {
  const { exchange, watchdog } = attempt;
  const { response } = exchange;
  const { "content-type": type, "content-length": length } = answer.headers;
  let begun = false;
  let isFull = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    beginAnswer(attempt);
    response.writeHead(200, {
      ...headersOf(attempt, answer),
      "content-type": String(type ?? "application/octet-stream"),
      ...(length === undefined ? {} : { "content-length": length }),
    });
  };
  return {
    hasBegun: () => begun,
    write(chunk: Buffer) {
      begin();
      if (response.write(chunk) || isFull) return;
      isFull = true;
      answer.body.pause();
      watchdog.pause();
      onceDrained(response, exchange.snapshot.timeouts.stallMs, () => {
        isFull = false;
        watchdog.resume();
        answer.body.resume();
      });
    },
    async end(usage: Usage | undefined) {
      begin();
      await billed(attempt, usage);
      response.end();
    },
  };
}
