/** What is needed of a WebSocket. */
export interface KeptSocket {
  readonly OPEN: number;
  readonly readyState: number;
  on(event: string, listener: (...told: never[]) => void): unknown;
  readonly ping: () => void;
  readonly terminate: () => void;
}

/** As long as OpenAI's: https://developers.openai.com/api/docs/guides/websocket-mode#connection-behavior-and-limits */
export const LIFE_MS = 60 * 60 * 1000;
/** Proxies commonly close what says nothing for a minute. */
const PING_MS = 30_000;
/** A client that blocks while its user thinks answers no ping meanwhile; one whose machine is gone is found by TCP before. */
export const SILENCE_MS = 15 * 60 * 1000;

/** Keeps a connection open, gives up one that is not heard of any more, and tells when its time is over. */
export function keepTime(socket: KeptSocket, onExpired: () => void): { readonly stop: () => void } {
  let heardAt = performance.now();
  const heard = () => {
    heardAt = performance.now();
  };
  for (const event of ["message", "ping", "pong"]) socket.on(event, heard);
  const beat = setInterval(() => {
    if (performance.now() - heardAt > SILENCE_MS) socket.terminate();
    else if (socket.readyState === socket.OPEN) socket.ping();
  }, PING_MS);
  const life = setTimeout(onExpired, LIFE_MS);
  return {
    stop() {
      clearInterval(beat);
      clearTimeout(life);
    },
  };
}
