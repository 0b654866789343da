import { GatewayError } from "@signalbox/protocol";
import type { Timeouts } from "../config/settings.ts";

/**
 * The clocks of one attempt. `firstTokenMs` runs until the first content and takes no notice of pings; afterwards
 * `idleMs` is the longest silence on the wire and `stallMs` the longest time without content. `totalMs` bounds it all.
 */
export interface Watchdog {
  /** Bytes came. */
  readonly bytes: () => void;
  /** Content came: the first call ends the wait for the first token. */
  readonly content: () => void;
  /** The client does not read: that is not the upstream's silence. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => void;
}

export function startWatchdog(timeouts: Timeouts, expire: (error: GatewayError) => void): Watchdog {
  const fail = (message: string) => expire(new GatewayError("upstream_timeout", message));
  const after = (ms: number, message: string) => setTimeout(fail, ms, message);
  let paused = false;
  /** A timer that runs out while the client does not read starts anew. */
  const pausable = (ms: number, message: string): NodeJS.Timeout => {
    const timer: NodeJS.Timeout = setTimeout(() => (paused ? timer.refresh() : fail(message)), ms);
    return timer;
  };
  const total = after(timeouts.totalMs, `The upstream took longer than ${timeouts.totalMs} ms.`);
  const first = after(timeouts.firstTokenMs, `The upstream sent no content within ${timeouts.firstTokenMs} ms.`);
  let idle: NodeJS.Timeout | undefined;
  let stall: NodeJS.Timeout | undefined;
  return {
    bytes: () => idle?.refresh(),
    content() {
      if (idle !== undefined) {
        stall?.refresh();
        return;
      }
      clearTimeout(first);
      idle = pausable(timeouts.idleMs, `The upstream fell silent for ${timeouts.idleMs} ms.`);
      stall = pausable(timeouts.stallMs, `The upstream sent no content for ${timeouts.stallMs} ms.`);
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      idle?.refresh();
      stall?.refresh();
    },
    stop() {
      for (const timer of [total, first, idle, stall]) clearTimeout(timer);
    },
  };
}
