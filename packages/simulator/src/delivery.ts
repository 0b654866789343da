import { setImmediate } from "node:timers/promises";
import type { CountedFault, Fault, TimedFault } from "./faults.ts";
import type { ReplyUsage } from "./journal.ts";
import type { Transmission } from "./transmission.ts";

/** An answer that is ready to be sent. */
export interface Content {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A whole body, or the events or pieces of a stream. */
  readonly body: string | Iterable<string | Uint8Array>;
  readonly preludeEvents: number;
  readonly ping: string;
  readonly malformed: string;
  readonly errorEvent: (sent: number) => string;
  /** Whether this event of the stream is the first that tells that the answer is over. */
  readonly isEnd: (event: string) => boolean;
  /** How each event of the stream becomes bytes, where the wire is not text. */
  readonly encode?: (event: string) => Uint8Array;
  /** Undefined where the answer is no reply. */
  readonly usage?: ReplyUsage;
}

/** In characters. */
const WRITE_SIZE = 4096;
/** In a body that is no stream, so many characters count as one event. */
const BODY_EVENT = 64;
/** RST discards what the reader has not yet taken, so what was sent gets a moment to arrive. */
const BEFORE_RESET_MS = 25;

export async function deliver(out: Transmission, content: Content, faults: readonly Fault[]): Promise<void> {
  await out.pause(timed(faults, "latency") ?? 0);
  if (out.gone) return;
  const headers = has(faults, "wrong-content-type")
    ? { ...content.headers, "content-type": "text/plain" }
    : content.headers;
  if (typeof content.body === "string" && !faults.some(changesBody)) {
    out.head(content.status, { ...headers, "content-length": String(Buffer.byteLength(content.body)) });
    out.countEvent();
    out.finish(content.body);
  } else {
    out.head(content.status, headers);
    await (faults.some(changesBody) ? sendWithFaults(out, content, faults) : sendEvents(out, content));
  }
}

const BODY_FAULTS: ReadonlySet<Fault["type"]> = new Set([
  "slow-first-token",
  "pace",
  "pings-only",
  "stall-after",
  "cut-after",
  "reset-after",
  "malformed-after",
  "error-after",
  "cut-before-end",
  "stall-before-end",
  "dribble",
]);

const changesBody = (fault: Fault): boolean => BODY_FAULTS.has(fault.type);

/** Events that are ready at the same moment share a write, as they would share a packet. */
async function sendEvents(out: Transmission, content: Content): Promise<void> {
  let ready = "";
  for (const made of content.body) {
    const event = onWire(made, content);
    out.countEvent();
    if (typeof event === "string") ready += event;
    if (typeof event === "string" && ready.length < WRITE_SIZE) continue;
    const waiting = out.write(typeof event === "string" ? ready : event);
    ready = "";
    if (waiting !== undefined) await waiting;
    if (out.gone) return;
  }
  out.finish(ready);
}

async function sendWithFaults(out: Transmission, content: Content, faults: readonly Fault[]): Promise<void> {
  const plan = planOf(content, faults);
  out.flushHead();
  for (const { event, isEnd } of eventsOf(content)) {
    if (out.gone || !(await beforeEvent(out, content, plan))) return;
    if (isEnd && !(await beforeEnd(out, plan))) return;
    const bytes = onWire(event, content);
    await (plan.crumb > 0 ? dribble(out, bytes, plan.crumb) : out.event(bytes));
  }
  if (await beforeEvent(out, content, { ...plan, paceMs: 0 })) out.finish();
}

const onWire = (event: string | Uint8Array, { body, encode }: Content): string | Uint8Array =>
  encode === undefined || typeof body === "string" || typeof event !== "string" ? event : encode(event);

interface Plan {
  readonly slowMs: number;
  readonly slowAt: number;
  readonly paceMs: number;
  readonly pingMs: number | undefined;
  /** Bytes a write; 0 writes whole events. */
  readonly crumb: number;
  readonly atEnd: "cut" | "stall" | undefined;
  readonly counted: ReadonlyMap<CountedFault, number>;
}

function planOf(content: Content, faults: readonly Fault[]): Plan {
  const counted = new Map<CountedFault, number>();
  for (const fault of faults) if ("events" in fault) counted.set(fault.type, fault.events);
  return {
    slowMs: timed(faults, "slow-first-token") ?? 0,
    slowAt: content.preludeEvents,
    paceMs: timed(faults, "pace") ?? 0,
    pingMs: timed(faults, "pings-only"),
    crumb: faults.find((fault) => fault.type === "dribble")?.bytes ?? 0,
    atEnd: has(faults, "cut-before-end") ? "cut" : has(faults, "stall-before-end") ? "stall" : undefined,
    counted,
  };
}

/** What happens at this point of the body; false when nothing more may be sent. */
async function beforeEvent(out: Transmission, content: Content, plan: Plan): Promise<boolean> {
  const sent = out.eventsSent;
  if (plan.counted.get("stall-after") === sent) return stall(out);
  if (plan.counted.get("cut-after") === sent) return finish(() => out.end());
  if (plan.counted.get("reset-after") === sent) return reset(out);
  if (plan.counted.get("error-after") === sent) return finish(() => out.end(onWire(content.errorEvent(sent), content)));
  if (plan.pingMs !== undefined && sent >= plan.slowAt) return pings(out, onWire(content.ping, content), plan.pingMs);
  if (plan.counted.get("malformed-after") === sent) await out.event(onWire(content.malformed, content));
  await out.pause(plan.paceMs + (sent === plan.slowAt ? plan.slowMs : 0));
  return !out.gone;
}

/** What happens between the content and the answer's own end; false when nothing more may be sent. */
function beforeEnd(out: Transmission, { atEnd }: Plan): boolean | Promise<boolean> {
  if (atEnd === "cut") return finish(() => out.end());
  return atEnd === "stall" ? stall(out) : true;
}

async function stall(out: Transmission): Promise<boolean> {
  await out.untilGone();
  return false;
}

function finish(end: () => void): boolean {
  end();
  return false;
}

async function reset(out: Transmission): Promise<boolean> {
  await out.pause(BEFORE_RESET_MS);
  return finish(() => out.reset());
}

async function pings(out: Transmission, ping: string | Uint8Array, everyMs: number): Promise<boolean> {
  while (!out.gone) {
    await out.write(ping);
    await out.pause(Math.max(1, everyMs));
  }
  return false;
}

async function dribble(out: Transmission, event: string | Uint8Array, crumb: number): Promise<void> {
  const bytes = Buffer.from(event);
  for (let from = 0; from < bytes.length; from += crumb) {
    if (out.gone) return;
    await out.write(bytes.subarray(from, from + crumb));
    await setImmediate();
  }
  out.countEvent();
}

function* eventsOf({
  body,
  isEnd,
}: Content): Iterable<{ readonly event: string | Uint8Array; readonly isEnd: boolean }> {
  if (typeof body !== "string") {
    for (const event of body) yield { event, isEnd: typeof event === "string" && isEnd(event) };
    return;
  }
  for (let from = 0; from < body.length; from += BODY_EVENT)
    yield { event: body.slice(from, from + BODY_EVENT), isEnd: from + BODY_EVENT >= body.length };
}

export const has = (faults: readonly Fault[], type: Fault["type"]): boolean =>
  faults.some((fault) => fault.type === type);

function timed(faults: readonly Fault[], type: TimedFault): number | undefined {
  for (const fault of faults) if (fault.type === type && "ms" in fault) return fault.ms;
  return undefined;
}
