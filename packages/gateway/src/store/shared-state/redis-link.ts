import { createClient } from "@redis/client";
import type { Secret } from "../../config/secret.ts";
import type { Logger } from "../../observe/log.ts";
import { explainFailure, StoreError } from "../errors.ts";

/** A command that is not answered within one to two of these has lost its connection. */
const WATCH_MS = 300;
/** Until a new connection has taken its greeting. */
const CONNECT_MS = 1_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export type Send = (command: readonly string[]) => Promise<unknown>;

export interface LinkOptions {
  readonly url: Secret;
  readonly log: Logger;
  /** Before others may send on a new connection. When it rejects, the connection is given up. */
  readonly prepare: (send: Send) => Promise<void>;
  /** What holds while it is away, for the log. */
  readonly meanwhile: string;
  /** An answer that is an error, and no reason to make another connection. */
  readonly bears?: (error: unknown) => boolean;
}

type Client = ReturnType<typeof makeClient>;

/** One connection to Redis at a time, made again whenever it is lost. Nothing waits for it: without one, commands are refused. */
export class RedisLink {
  readonly #options: LinkOptions;
  readonly #place: string;
  readonly #watch = watchdog((of, error) => this.#lose(of, error));
  /** When the first try to connect has ended, well or not. */
  readonly firstTry: Promise<void>;
  #endFirstTry: () => void = () => {};
  #client: Client | undefined;
  #ready = false;
  #told = false;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;

  /** Throws StoreError `invalid` where the URL is none of Redis; never with what it holds. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#place = describe(options.url);
    this.firstTry = new Promise<void>((resolve) => {
      this.#endFirstTry = resolve;
    });
    this.#connect();
  }

  isReady(): boolean {
    return this.#ready;
  }

  /** Rejects with StoreError `unavailable`; the command may have been executed all the same. */
  readonly send: Send = async (command) => {
    const client = this.#client;
    if (!this.#ready || client === undefined) throw new StoreError("unavailable", `${this.#place} is away.`);
    try {
      return await this.#watch(client, client.sendCommand(command));
    } catch (error) {
      // An answer that is an error, such as READONLY after a failover, is no better than none.
      if (this.#options.bears?.(error) !== true) this.#lose(client, error);
      throw new StoreError("unavailable", `${this.#place} cannot be used: ${explainFailure(error)}.`);
    }
  };

  close(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#ready = false;
    clearTimeout(this.#timer);
    client?.destroy();
    this.#endFirstTry();
  }

  #connect(): void {
    const made = makeClient(this.#options.url);
    this.#client = made;
    made.on("error", (error: unknown) => this.#lose(made, error));
    const limit = setTimeout(() => this.#lose(made, new Error("it did not answer in time")), CONNECT_MS);
    limit.unref();
    made
      .connect()
      .then(() => {
        clearTimeout(limit);
        return this.#options.prepare((command) => this.#watch(made, made.sendCommand(command)));
      })
      .then(() => this.#use(made))
      .catch((error: unknown) => this.#lose(made, error))
      .finally(() => clearTimeout(limit));
  }

  #use(made: Client): void {
    if (this.#client !== made) return;
    this.#ready = true;
    this.#pauseMs = FIRST_PAUSE_MS;
    if (this.#told) this.#options.log.info(`${this.#place} is back`);
    this.#told = false;
    this.#endFirstTry();
  }

  #lose(of: Client, error: unknown): void {
    if (this.#client !== of) return;
    this.#client = undefined;
    this.#ready = false;
    of.destroy();
    if (!this.#told) {
      const reason = explainFailure(error);
      this.#options.log.error({ reason }, `${this.#place} is away: ${this.#options.meanwhile}`);
    }
    this.#told = true;
    this.#timer = setTimeout(() => this.#connect(), this.#pauseMs * (0.5 + Math.random()));
    this.#timer.unref();
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    this.#endFirstTry();
  }
}

/** Redis answers in order, so it is enough to look now and then whether what was asked before the last look is answered. */
function watchdog(
  lose: (client: Client, error: unknown) => void,
): (of: Client, reply: Promise<unknown>) => Promise<unknown> {
  const counts = new WeakMap<Client, { asked: number; answered: number; watched: boolean }>();
  const look = (of: Client, mark: number): void => {
    const count = counts.get(of);
    if (count === undefined) return;
    if (count.answered < mark) {
      lose(of, new Error("it did not answer in time"));
    } else if (count.answered < count.asked) {
      arm(of, count.asked);
    } else {
      count.watched = false;
    }
  };
  const arm = (of: Client, mark: number): void => {
    // Behind the answers that wait to be read: this process may have been busy itself.
    setTimeout(() => setImmediate(() => look(of, mark)), WATCH_MS).unref();
  };
  return (of, reply) => {
    const count = counts.get(of) ?? { asked: 0, answered: 0, watched: false };
    counts.set(of, count);
    count.asked++;
    if (!count.watched) {
      count.watched = true;
      arm(of, count.asked);
    }
    const answered = () => {
      count.answered++;
    };
    reply.then(answered, answered);
    return reply;
  };
}

function makeClient(url: Secret) {
  return createClient({
    url: url.reveal(),
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    // Its own timeout ends with the write, and says nothing of an answer that does not come.
    commandOptions: { timeout: 0 },
    name: "signalbox",
  });
}

/** The place without the password. */
function describe(url: Secret): string {
  const text = url.reveal();
  const wrong =
    'The URL of Redis is not one: redis://user:password@host:6379, rediss://… or unix:///path. It stands in "redis:" of signalbox.yaml, or in REDIS_URL.';
  if (/^unix:/.test(text)) return "Redis at a local socket";
  if (!/^rediss?:\/\/[^/]/.test(text) || !URL.canParse(text)) throw new StoreError("invalid", wrong);
  const { hostname, port, pathname } = new URL(text);
  if (!/^(\/\d*)?$/.test(pathname)) throw new StoreError("invalid", wrong);
  return `Redis at ${hostname}:${port === "" ? "6379" : port}`;
}
