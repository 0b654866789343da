import type { GatewayError } from "@signalbox/protocol";
import { classifyTransportError } from "../upstream/classify.ts";
import type { UpstreamAnswer } from "../upstream/dispatch.ts";
import { type Attempt, answerContext, successHeaders } from "./attempt-context.ts";
import { AttemptFailure } from "./failure.ts";
import { relayCollected } from "./relay-whole.ts";
import { type LaneStep, passthroughLane, type StreamLane, translateLane } from "./stream-lane.ts";

/**
 * Relays an event stream. Output is held until the first content, so that every failure before it may fall back; a
 * failure after it becomes the dialect's error event, and a stream that ends without its own end is a failure.
 */
export async function relayStream(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  if (!current.request.stream) return relayCollected(current, answer);
  const lane = laneFor(current);
  const relayed = relayer(current, lane, () => successHeaders(current, answer));
  try {
    if (await pump(current, answer, { lane, relayed })) await relayed(lane.end());
  } catch (error) {
    if (error instanceof AttemptFailure) throw error;
    fail(current, lane, current.cancel.reason() ?? classifyTransportError(error));
    return;
  } finally {
    noteSummary(current, lane);
  }
  if (!current.exchange.response.writableEnded) current.client.end();
}

interface Pump {
  readonly lane: StreamLane;
  /** False: the answer is over, as it has failed. */
  readonly relayed: (step: LaneStep) => Promise<boolean>;
}

async function pump(current: Attempt, answer: UpstreamAnswer, { lane, relayed }: Pump): Promise<boolean> {
  try {
    for await (const chunks of answer.body) {
      current.watchdog.bytes();
      for (const chunk of chunks) if (!(await relayed(lane.push(chunk)))) return false;
    }
  } catch (error) {
    // After the answer's own end nothing that happens to the socket can take it back.
    if (!lane.isComplete() || error instanceof AttemptFailure || current.exchange.clientGone.reason() !== undefined)
      throw error;
  }
  return true;
}

function relayer(current: Attempt, lane: StreamLane, headers: () => Record<string, string>) {
  const held: (string | Uint8Array)[] = [];
  return async (step: LaneStep): Promise<boolean> => {
    const { client, exchange } = current;
    held.push(...step.output);
    if (step.failure !== undefined) {
      const { error, told } = step.failure;
      if (!client.hasContent()) throw new AttemptFailure(error);
      await client.send(held.splice(0), headers);
      exchange.outcome.error = error;
      client.fail(error, { told, sequence: lane.sequence() });
      return false;
    }
    if (step.content) {
      current.watchdog.content();
      exchange.outcome.firstContentAt ??= performance.now();
    }
    if (held.length > 0 && (step.content || client.hasContent())) await client.send(held.splice(0), headers);
    return true;
  };
}

function fail(current: Attempt, lane: StreamLane, error: GatewayError): void {
  if (!current.client.hasContent()) throw new AttemptFailure(error);
  current.exchange.outcome.error = error;
  current.client.fail(error, { told: false, sequence: lane.sequence() });
}

function laneFor(current: Attempt): StreamLane {
  const { exchange, planned, origin, client } = current;
  const options = { dialect: planned.endpoint.dialect, origin, framing: client.framing };
  if (planned.lane === "passthrough")
    return passthroughLane({ ...options, verbatim: exchange.surface.framing === "sse" });
  return translateLane({ ...options, client: exchange.surface.dialect, answer: answerContext(current) });
}

function noteSummary({ exchange }: Attempt, lane: StreamLane): void {
  Object.assign(exchange.outcome, lane.summary());
}
