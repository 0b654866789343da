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
  readonly stop: () => void;
}

export function startWatchdog(timeouts: Timeouts, expire: (error: GatewayError) => void): Watchdog {
  const fail = (message: string) => () => expire(new GatewayError("upstream_timeout", message));
  const total = setTimeout(fail(`The upstream took longer than ${timeouts.totalMs} ms.`), timeouts.totalMs);
  const first = setTimeout(
    fail(`The upstream sent no content within ${timeouts.firstTokenMs} ms.`),
    timeouts.firstTokenMs,
  );
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
      idle = setTimeout(fail(`The upstream fell silent for ${timeouts.idleMs} ms.`), timeouts.idleMs);
      stall = setTimeout(fail(`The upstream sent no content for ${timeouts.stallMs} ms.`), timeouts.stallMs);
    },
    stop() {
      for (const timer of [total, first, idle, stall]) clearTimeout(timer);
    },
  };
}
