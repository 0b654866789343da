import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const EVERY_BYTES = 8 * 1024 * 1024;

let passed = 0;
let collectYoung: (() => void) | undefined;

/**
 * Bytes of an upload have passed through this process in buffers of their own. V8 looks at its few objects and not at the megabytes
 * behind them, and lets some 100 MB lie that nobody holds any more; so it is asked to look after every few megabytes, which takes it a
 * millisecond. Nothing but forms asks: other requests are better off with V8's own judgement.
 */
export function notePassing(bytes: number): void {
  passed += bytes;
  if (passed < EVERY_BYTES) return;
  passed = 0;
  collectYoung ??= youngCollector();
  collectYoung();
}

/** A new context has what the flag exposes, and is the only place where it appears after start-up. The code in it is this one word. */
function youngCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  return typeof collect === "function" ? () => void collect({ type: "minor" }) : () => undefined;
}
