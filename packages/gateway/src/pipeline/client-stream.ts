import type { ServerResponse } from "node:http";
import type { GatewayError } from "@signalbox/protocol";
import { ingressOf } from "./dialects.ts";
import type { Exchange } from "./exchange.ts";
import { type Framing, framingOf } from "./framing.ts";

/**
 * The client's side of a stream. Its status line waits for the first content, or for a timer that then starts
 * keep-alives; until content went out, any failure may still be answered by another target.
 */
export interface ClientStream {
  readonly framing: Framing;
  readonly hasHead: () => boolean;
  readonly hasContent: () => boolean;
  /** Starts the timer; once is enough for all attempts. */
  readonly awaitContent: () => void;
  /** Sends content. False: the client has not taken the last of it yet, and no more should come before it has. */
  readonly send: (output: readonly (string | Uint8Array)[], headers: () => Readonly<Record<string, string>>) => boolean;
  /** Calls back once when the client has read on. One that does not in time is cut off: its bytes must not pile up here. */
  readonly onceDrained: (listener: () => void) => void;
  readonly end: () => void;
  /** Says in the dialect's own event that the answer failed, unless the client was told, and closes. */
  readonly fail: (error: GatewayError, told: { readonly told: boolean; readonly sequence: number }) => void;
  readonly stop: () => void;
}

export function clientStream(exchange: Exchange): ClientStream {
  const { response, surface, snapshot } = exchange;
  const framing = framingOf(surface);
  let hasContent = false;
  let timer: NodeJS.Timeout | undefined;
  let lastWrite = Number.NEGATIVE_INFINITY;

  const head = (headers: Readonly<Record<string, string>>) => {
    response.writeHead(200, {
      "content-type": framing.contentType,
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      ...headers,
    });
  };
  const keepAlive = () => {
    if (response.destroyed || response.writableNeedDrain) return;
    if (performance.now() - lastWrite < snapshot.keepAlive.everyMs) return;
    if (!response.headersSent) head({});
    response.write(framing.keepAlive());
  };
  const beat = () => {
    keepAlive();
    timer = setInterval(keepAlive, snapshot.keepAlive.everyMs);
  };
  const stop = () => clearTimeout(timer);

  return {
    framing,
    hasHead: () => response.headersSent,
    hasContent: () => hasContent,
    awaitContent() {
      timer ??= setTimeout(beat, snapshot.keepAlive.afterMs);
    },
    send(output, headers) {
      if (!response.headersSent) head(headers());
      if (!hasContent) {
        hasContent = true;
        stop();
        timer = setInterval(keepAlive, snapshot.keepAlive.everyMs);
      }
      lastWrite = performance.now();
      return response.write(joined(output));
    },
    onceDrained: (listener) => onceDrained(response, snapshot.timeouts.stallMs, listener),
    end() {
      stop();
      response.end(framing.end());
    },
    fail(error, { told, sequence }) {
      stop();
      if (response.destroyed) return;
      const dialect = ingressOf(surface.dialect);
      const context = { requestId: exchange.id, sequence };
      if (!told) response.write(framing.message(dialect.errorEvent(error, context)));
      // A write of its own, since what reads a tail looks at the chunks as they come.
      const tail = surface.framing === "sse" ? dialect.errorTail?.(error, context) : undefined;
      response.end((tail ?? "") + framing.end());
    },
    stop,
  };
}

/** One write for all pieces. Not by cork: writes that a cork held back are never followed by a drain event. */
function joined(output: readonly (string | Uint8Array)[]): string | Uint8Array {
  const [first = "", ...rest] = output;
  return rest.length === 0 ? first : Buffer.concat(output.map((piece) => Buffer.from(piece)));
}

/** Calls back once when the client has read on, or is gone. One that does not read in time is cut off. */
export function onceDrained(response: ServerResponse, stallMs: number, listener: () => void): void {
  const timer = setTimeout(() => response.destroy(), stallMs);
  const done = () => {
    clearTimeout(timer);
    response.off("drain", done);
    response.off("finish", done);
    response.off("close", done);
    listener();
  };
  response.on("drain", done);
  response.on("finish", done);
  response.on("close", done);
}
