import { randomUUID } from "node:crypto";
import { GatewayError } from "@signalbox/protocol";
import type { Logger } from "../../observe/log.ts";
import type { ResponseStore } from "../../store/responses/responses.ts";
import type { InProcess, InProcessCall, InProcessExchange } from "../in-process.ts";

/** Work that goes on without its client, from the side of the request that does it. */
export interface BackgroundRun {
  readonly keyId: string;
  readonly id: string;
  /** Who works on it, and until when that is believed unless it is said again. */
  readonly lease: () => { readonly owner: string; readonly until: number };
  /** It was let in: its client is told this response object. */
  readonly admitted: (response: Uint8Array) => void;
  readonly isAdmitted: () => boolean;
  /** What became of it is being kept. */
  readonly ended: () => void;
  readonly hasEnded: () => boolean;
  /** All that was to be done is done. */
  readonly left: () => void;
}

export interface StartedRun extends InProcessExchange {
  /** Resolves with what the client is to be told; never where it was not let in. */
  readonly admitted: Promise<Uint8Array>;
}

/** What runs in the background in this process. */
export interface BackgroundRuns {
  /** Where the routes are, once there are any. */
  readonly serve: (server: InProcess) => void;
  readonly start: (name: { readonly keyId: string; readonly id: string }, call: InProcessCall) => StartedRun;
  /** The run that a request does; undefined for a client's own request. */
  readonly of: (socket: object) => BackgroundRun | undefined;
  /** Ends its work at once, where it is done here; elsewhere its owner finds out. */
  readonly stop: (id: string) => void;
  /** Gives what runs a moment, then ends it: what is not finished has failed. */
  readonly close: () => Promise<void>;
}

export interface BackgroundRunsOptions {
  readonly store: Pick<ResponseStore, "beat">;
  readonly log: Logger;
  readonly now?: () => number;
  readonly beatMs?: number;
}

/** How soon the work of a process that is gone is known to have failed, and how often the living say that they are. */
export const LEASE_MS = 30_000;
const BEAT_MS = 2000;
/** Nobody waits for them, so nothing else keeps a client from starting more and more. */
const MOST_PER_KEY = 256;
const CLOSE_PATIENCE_MS = 3000;
const CLOSE_STEP_MS = 20;

interface Running {
  readonly keyId: string;
  readonly abort: () => void;
}

export function createBackgroundRuns({
  store,
  log,
  now = Date.now,
  beatMs = BEAT_MS,
}: BackgroundRunsOptions): BackgroundRuns {
  const owner = randomUUID();
  const bySocket = new WeakMap<object, BackgroundRun>();
  const running = new Map<string, Running>();
  let server: InProcess | undefined;
  let timer: NodeJS.Timeout | undefined;

  const beat = async () => {
    if (running.size === 0) return;
    try {
      const over = await store.beat(owner, [...running.keys()], now() + LEASE_MS);
      for (const id of over) running.get(id)?.abort();
    } catch (err) {
      log.warn({ err }, "what runs in the background could not be looked after");
    }
  };
  const settled = (id: string) => {
    running.delete(id);
    if (running.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    serve(routes) {
      server = routes;
    },
    start({ keyId, id }, call) {
      if (server === undefined) throw new Error("There are no routes yet.");
      const ofKey = [...running.values()].filter((other) => other.keyId === keyId).length;
      if (ofKey >= MOST_PER_KEY) {
        throw new GatewayError(
          "rate_limited",
          `${MOST_PER_KEY} responses of this API key run in the background already.`,
          {
            retryAfterMs: 5000,
          },
        );
      }
      const lease = () => ({ owner, until: now() + LEASE_MS });
      const { run, admitted } = newRun({ keyId, id, lease, left: () => settled(id) }, () => {
        running.set(id, { keyId, abort: () => exchange.abort() });
        timer ??= setInterval(() => void beat(), beatMs).unref();
      });
      const exchange = server.call({ ...call, onSocket: (socket) => bySocket.set(socket, run) });
      return { ...exchange, admitted };
    },
    of: (socket) => bySocket.get(socket),
    stop: (id) => running.get(id)?.abort(),
    async close() {
      const until = now() + CLOSE_PATIENCE_MS;
      while (running.size > 0 && now() < until) await pause();
      for (const { abort } of running.values()) abort();
      const gone = now() + CLOSE_PATIENCE_MS;
      while (running.size > 0 && now() < gone) await pause();
      clearInterval(timer);
    },
  };
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, CLOSE_STEP_MS));

function newRun(named: Pick<BackgroundRun, "keyId" | "id" | "lease" | "left">, onAdmitted: () => void) {
  const { promise: admitted, resolve } = Promise.withResolvers<Uint8Array>();
  let isAdmitted = false;
  let hasEnded = false;
  const run: BackgroundRun = {
    ...named,
    admitted(response) {
      isAdmitted = true;
      onAdmitted();
      resolve(response);
    },
    isAdmitted: () => isAdmitted,
    ended() {
      hasEnded = true;
    },
    hasEnded: () => hasEnded,
  };
  return { run, admitted };
}
