import type { Usage } from "@signalbox/protocol";
import type { AttemptRecord } from "./exchange.ts";

type Listener = (usage: Usage | undefined) => void;

const waiting = new WeakMap<AttemptRecord, Listener>();

/** Called once with what the attempt used, before it is billed; undefined: that had to be estimated. */
export function whenMetered(record: AttemptRecord, listener: Listener): void {
  waiting.set(record, listener);
}

export function metered(record: AttemptRecord): void {
  const listener = waiting.get(record);
  if (listener === undefined) return;
  waiting.delete(record);
  listener(record.usageEstimated === true ? undefined : record.usage);
}
