import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Lane } from "./client-message.ts";

/** The way to the client. */
export interface Outlet {
  /** One event; a named lane is told in it. What comes after the connection's end goes nowhere. */
  readonly send: (event: string, lane: Lane) => void;
  /** The client does not read what was sent. */
  readonly isFull: () => boolean;
  /** Resolves when the client has read on, or is gone. One that does not read for `stallMs` is cut off. */
  readonly drained: () => Promise<void>;
}

export function outletOf(socket: WebSocket, duplex: Duplex, stallMs: number): Outlet {
  const isFull = () => duplex.writableNeedDrain && !duplex.destroyed;
  return {
    isFull,
    send(event, lane) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(lane === undefined ? event : event.replace("{", `{"stream_id":${JSON.stringify(lane)},`));
    },
    drained() {
      if (!isFull()) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(() => socket.terminate(), stallMs);
        const done = () => {
          clearTimeout(timer);
          duplex.off("drain", done);
          duplex.off("close", done);
          resolve();
        };
        duplex.on("drain", done);
        duplex.on("close", done);
      });
    },
  };
}
