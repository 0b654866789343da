import { type Logger, pino } from "pino";

export type { Logger };

/** One JSON line a request on stderr; bodies, headers and secrets never reach it. */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false }),
  );
}
