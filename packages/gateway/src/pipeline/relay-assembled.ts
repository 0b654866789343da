import type { CanonicalResponse, StreamEvent } from "@signalbox/protocol";
import { answerHeaders } from "./answer-headers.ts";
import type { Assembly, Attempt } from "./attempt-context.ts";
import { billed, encodedAnswer, sendWhole } from "./send-answer.ts";
import { tellingOf } from "./telling.ts";

/** An upstream's whole answer through the features that work on it, to a client that streams or not. */
export async function relayAssembled(assembly: Assembly, current: Attempt, response: CanonicalResponse): Promise<void> {
  await tell(assembly, current, assembly.push(current, response));
}

/** The client is told these events, and gets the end of its answer where they end it. */
export async function tell(assembly: Assembly, current: Attempt, events: readonly StreamEvent[]): Promise<void> {
  const { exchange, request } = current;
  if (!assembly.isOpen()) await billed(exchange);
  if (request.stream) tellStream(assembly, current, events);
  else if (!assembly.isOpen()) tellWhole(assembly, current);
}

function tellStream(assembly: Assembly, { exchange, client, planned }: Attempt, events: readonly StreamEvent[]): void {
  const outlet = assembly.outlet();
  if (outlet === undefined) return;
  const messages = [...outlet.write(events, tellingOf(exchange, planned)), ...(assembly.isOpen() ? [] : outlet.end())];
  Object.assign(exchange.outcome, outlet.losses.report());
  const { dropped, adapted } = exchange.outcome;
  if (messages.length > 0)
    client.send(messages.map(client.framing.message), () => answerHeaders(exchange, planned, { dropped, adapted }));
  if (!assembly.isOpen()) client.end();
}

function tellWhole(assembly: Assembly, { exchange, request, planned }: Attempt): void {
  const { bytes, losses: all } = encodedAnswer(
    { exchange, request },
    { response: assembly.whole(), answering: planned, losses: assembly.losses() },
  );
  Object.assign(exchange.outcome, all);
  sendWhole(exchange, bytes, answerHeaders(exchange, planned, all));
}
