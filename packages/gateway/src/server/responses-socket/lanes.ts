import type { CreateMessage, Lane } from "./client-message.ts";
import { MessageRefusal, refusal } from "./error-event.ts";

/** As OpenAI's: https://developers.openai.com/api/docs/guides/websocket-mode#per-connection-limits */
const MOST_NAMED = 32;
const MOST_IN_FLIGHT = 16;
const MOST_WAITING = 64;

export interface Lanes {
  /** Throws MessageRefusal where there is no room for it. */
  readonly add: (message: CreateMessage) => void;
  readonly isIdle: () => boolean;
  /** Forgets what waits. */
  readonly clear: () => void;
}

export interface LanesOptions {
  /** Never rejects. */
  readonly answer: (message: CreateMessage) => Promise<void>;
  readonly onIdle: () => void;
  /** Of all messages that wait. */
  readonly mostBytes: number;
}

/** Messages of one lane are answered in order, those of several lanes at the same time. */
export function startLanes({ answer, onIdle, mostBytes }: LanesOptions): Lanes {
  const named = new Set<Lane>();
  const busy = new Set<Lane>();
  let waiting: CreateMessage[] = [];
  const isIdle = () => busy.size === 0 && waiting.length === 0;
  const begin = (message: CreateMessage) => {
    busy.add(message.lane);
    void answer(message).finally(() => {
      busy.delete(message.lane);
      next();
      if (isIdle()) onIdle();
    });
  };
  const next = () => {
    for (const message of [...waiting]) {
      if (busy.size >= MOST_IN_FLIGHT) return;
      if (busy.has(message.lane)) continue;
      waiting = waiting.filter((other) => other !== message);
      begin(message);
    }
  };
  const add = (message: CreateMessage) => {
    const { lane, bytes } = message;
    if (lane !== undefined && !named.has(lane) && named.size >= MOST_NAMED) throw tooManyLanes();
    const held = waiting.reduce((sum, other) => sum + other.bytes.length, bytes.length);
    if (waiting.length >= MOST_WAITING || held > mostBytes) throw tooManyWaiting();
    if (lane !== undefined) named.add(lane);
    waiting.push(message);
    next();
  };
  return {
    add,
    isIdle,
    clear() {
      waiting = [];
    },
  };
}

const tooManyLanes = () =>
  refusal(
    "websocket_stream_limit_reached",
    `This WebSocket connection has reached its maximum number of distinct stream IDs (${MOST_NAMED}). Reuse an existing stream_id or open a new WebSocket connection.`,
    "stream_id",
  );

const tooManyWaiting = () =>
  new MessageRefusal(429, {
    type: "rate_limit_error",
    code: "websocket_queue_full",
    message: "Too many messages wait to be answered on this connection: wait for an answer.",
    param: null,
  });
