import type { GatewayError, StreamEvent } from "@signalbox/protocol";
import { classifyTransportError } from "../upstream/classify.ts";
import type { UpstreamAnswer } from "../upstream/dispatch.ts";
import { redactError, redactSecrets, secretsOf } from "../upstream/redact.ts";
import { type Attempt, answerContext, claim, successHeaders } from "./attempt-context.ts";
import { bill } from "./billing.ts";
import { AttemptFailure } from "./failure.ts";
import { meter } from "./metering.ts";
import { relayCollected } from "./relay-whole.ts";
import {
  type LaneOptions,
  type LaneStep,
  passthroughLane,
  type StreamLane,
  startOutlet,
  translateLane,
} from "./stream-lane.ts";
import { type Telling, tellingOf } from "./telling.ts";

/**
 * Relays an event stream. Output is held until the first content, so that every failure before it may fall back; a
 * failure after it becomes the dialect's error event, unless another attempt may go on with the answer, and a stream that
 * ends without its own end is a failure.
 */
export async function relayStream(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  if (!current.request.stream) return relayCollected(current, answer);
  const listener = keeping(current);
  const lane = laneFor(current, listener);
  const relay = relayer(current, answer, lane);
  try {
    await answer.body.consume((chunk) => {
      current.watchdog.bytes();
      relay(lane.push(chunk));
    });
    relay(lane.end());
    listener.keep?.([]);
  } catch (error) {
    finishAfter(error, current, lane);
  } finally {
    if (current.runner.hasClaimed()) note(current, lane);
  }
  if (!current.exchange.response.writableEnded && current.assembly?.isOpen() !== true) current.client.end();
}

/** What is known of the answer by now. */
function note(current: Attempt, lane: StreamLane): void {
  const { exchange, record } = current;
  const summary = lane.summary();
  Object.assign(exchange.outcome, summary);
  // A part in an answer that others go on with has been counted by its lane.
  if (record.usage !== undefined) return;
  const { isComplete, characters, ownUsage = () => summary.usage } = lane;
  meter(current, { usage: ownUsage(), complete: isComplete(), characters });
}

/** Whoever has a whole answer is in the ledger: it is told before the answer's last bytes are sent. */
function billWhole(current: Attempt, lane: StreamLane): void {
  if (!lane.isComplete() || current.assembly?.isOpen() === true) return;
  note(current, lane);
  bill(current.exchange);
  current.exchange.services.ledger.write();
}

/** Writes what a step came to. Throws AttemptFailure while another target may still answer. */
function relayer(current: Attempt, answer: UpstreamAnswer, lane: StreamLane): (step: LaneStep) => void {
  const { client, planned, watchdog, runner } = current;
  const headers = () => successHeaders(current, answer);
  let held: (string | Uint8Array)[] = [];
  const send = (output: readonly (string | Uint8Array)[]) => {
    if (output.length === 0 || client.send(output, headers)) return;
    answer.body.pause();
    watchdog.pause();
    client.onceDrained(() => {
      watchdog.resume();
      answer.body.resume();
    });
  };
  return ({ output, content, failure }) => {
    if (failure !== undefined) {
      if (!runner.hasClaimed()) throw new AttemptFailure(failure.error);
      const secrets = secretsOf(planned.endpoint, planned.credential);
      send(lastWords(client, output, secrets));
      throw new ToldFailure(redactError(failure.error, secrets), failure.told);
    }
    if (content) {
      watchdog.content();
      claim(current);
    }
    if (content || runner.hasClaimed()) {
      billWhole(current, lane);
      send(held.length === 0 ? output : [...held, ...output]);
      held = [];
      return;
    }
    held.push(...output);
    noteTold(current, lane);
  };
}

/** What an upstream says of its usage before it says anything else. */
function noteTold({ record }: Attempt, lane: StreamLane): void {
  const usage = (lane.ownUsage ?? usageIn(lane))();
  if (usage !== undefined) record.told = usage;
}

/** An upstream's own error event may echo what it was sent. In a framing that is no text it is not among the output. */
function lastWords(
  { framing }: Attempt["client"],
  output: readonly (string | Uint8Array)[],
  secrets: readonly string[],
): readonly (string | Uint8Array)[] {
  if (framing.binary === true) return output;
  const text = Buffer.concat(output.map((piece) => Buffer.from(piece))).toString();
  return text === "" ? [] : [redactSecrets(text, secrets)];
}

/** The upstream failed after content went out; `told` when the client has read so already. */
class ToldFailure extends Error {
  override readonly name = "ToldFailure";
  readonly error: GatewayError;
  readonly told: boolean;

  constructor(error: GatewayError, told: boolean) {
    super(error.message, { cause: error });
    this.error = error;
    this.told = told;
  }
}

/** What a stream's early end comes to: nothing after its own end, a fallback before content, an error event after it. */
function finishAfter(thrown: unknown, current: Attempt, lane: StreamLane): void {
  if (thrown instanceof AttemptFailure) throw thrown;
  const { client, exchange, cancel, runner } = current;
  const { error, told } =
    thrown instanceof ToldFailure ? thrown : { error: cancel.reason() ?? classifyTransportError(thrown), told: false };
  // After the answer's own end nothing that happens to the socket can take it back.
  if (lane.isComplete() && !(thrown instanceof ToldFailure) && exchange.clientGone.reason() === undefined) return;
  if (!runner.hasClaimed()) throw new AttemptFailure(error);
  // It was worked on, and nothing of it has been told.
  if (!client.hasContent()) {
    runner.giveUp();
    throw new AttemptFailure(error);
  }
  if (exchange.clientGone.reason() === undefined && lane.leave?.(error) === true) throw new AttemptFailure(error);
  exchange.outcome.error = error;
  current.record.error = error;
  client.fail(error, { told, sequence: lane.sequence() });
}

type Listener = Pick<LaneOptions, "keep">;

/** Whoever answers is listened to: what another attempt has said before is not kept. */
function keeping({ request: { keeper }, runner, assembly }: Attempt): Listener {
  if (keeper === undefined || assembly !== undefined) return {};
  let early: StreamEvent[] = [];
  return {
    keep: (events) => {
      early.push(...events);
      if (!runner.hasClaimed()) return;
      keeper.events(early);
      early = [];
    },
  };
}

function laneFor(current: Attempt, listener: Listener): StreamLane {
  const telling = tellingOf(current.exchange, current.planned, () => (lane.ownUsage ?? usageIn(lane))());
  const lane = laneTelling(current, listener, telling);
  return lane;
}

const usageIn = (lane: StreamLane) => () => lane.summary().usage;

function laneTelling(current: Attempt, listener: Listener, telling: Telling): StreamLane {
  const { exchange, planned, origin, client, losses, continuation, assembly, record } = current;
  const { dialect, framing, answers } = exchange.surface;
  const { hidesUsage } = current;
  const options = {
    dialect: planned.endpoint.dialect,
    origin,
    framing: client.framing,
    telling,
    hidesUsage,
    ...listener,
  };
  if (planned.lane === "passthrough")
    return passthroughLane({ ...options, dialect, verbatim: framing === "sse" && answers === undefined, losses });
  const outlet = () => startOutlet(dialect, answerContext(current), telling);
  if (assembly !== undefined) return assembly.lane(current, options);
  if (continuation === undefined) return translateLane({ ...options, outlet: outlet() });
  return continuation.lane({ planned, record, losses, startOutlet: outlet }, options);
}
