import type { RawData, WebSocket } from "ws";
import type { Logger } from "../../observe/log.ts";
import type { InProcessExchange } from "../../pipeline/in-process.ts";
import { type CreateMessage, readClientMessage, type SteerMessage } from "./client-message.ts";
import { errorEvent, MessageRefusal, refusal } from "./error-event.ts";
import { type KeptSocket, keepTime } from "./keep-time.ts";
import { startLanes } from "./lanes.ts";
import type { Outlet } from "./outlet.ts";
import { itemMemory, type SharedMemory } from "./remembered-items.ts";
import { runTurn, type TurnContext } from "./turn.ts";

export interface ConnectionOptions {
  readonly socket: KeptSocket & Pick<WebSocket, "close" | "pause" | "resume">;
  readonly outlet: Outlet;
  readonly call: TurnContext["call"];
  /** The largest message. */
  readonly messageBytes: number;
  readonly jsonDepth: number;
  /** Of all connections of its key. */
  readonly shared: SharedMemory;
  readonly log: Logger;
}

export interface Connection {
  /** Ends it once what is under way has been answered. */
  readonly leave: () => void;
}

/** Why no further message is answered. */
type Ending = "expired" | "leaving" | "unauthorized";

const CLOSE = { goingAway: 1001, unsupportedData: 1003, policyViolation: 1008 } as const;
const REMEMBERED = 64;

/** Answers the messages of one client until it leaves. Whatever is under way then is given up. */
export function serveConnection(options: ConnectionOptions): Connection {
  const { socket, outlet, messageBytes, jsonDepth, log } = options;
  const { call, abortAll } = abortable(options.call);
  const memory = itemMemory({ count: REMEMBERED, bytes: 2 * messageBytes, shared: options.shared });
  let ending: Ending | undefined;
  const endIfIdle = () => {
    if (ending === undefined || !lanes.isIdle()) return;
    if (ending === "expired") outlet.send(errorEvent(expired()), undefined);
    socket.close(ending === "unauthorized" ? CLOSE.policyViolation : CLOSE.goingAway);
  };
  const leave = (why: Ending) => {
    ending ??= why;
    endIfIdle();
  };
  const answer = async (message: CreateMessage) => {
    try {
      if ((await runTurn(message, { outlet, memory, call })) === "unauthorized") ending = "unauthorized";
    } catch (error) {
      log.error({ cause: error }, "a message over a WebSocket ended in a bug");
      outlet.send(errorEvent(broken()), message.lane);
    }
  };
  const lanes = startLanes({ answer, onIdle: endIfIdle, mostBytes: 2 * messageBytes });
  const take = (message: CreateMessage) => {
    try {
      if (ending !== undefined) throw ending === "expired" ? expired() : leaving();
      lanes.add(message);
    } catch (error) {
      tell(error, (event) => outlet.send(event, message.lane));
    }
  };
  const receive = (data: RawData, isBinary: boolean) => {
    if (isBinary) return socket.close(CLOSE.unsupportedData, "Send JSON as text.");
    try {
      const message = readClientMessage(bytesOf(data), jsonDepth);
      if (message.type === "create") take(message);
      else if (message.type === "steer") outlet.send(steerFailed(message), undefined);
    } catch (error) {
      tell(error, (event) => outlet.send(event, undefined));
    }
  };
  const time = keepTime(socket, () => leave("expired"));
  socket.on("message", receive);
  // Whatever is said is answered, refusals and pongs among it: who does not read them is not listened to.
  const holdUp = heldUp(socket, outlet);
  for (const event of ["message", "ping"]) socket.on(event, holdUp);
  // A frame that breaks the protocol, or is too large: the socket closes itself with the code for it.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    time.stop();
    lanes.clear();
    abortAll();
    memory.clear();
  });
  return { leave: () => leave("leaving") };
}

function heldUp(socket: ConnectionOptions["socket"], outlet: Outlet): () => void {
  let isHeld = false;
  return () => {
    if (isHeld || !outlet.isFull()) return;
    isHeld = true;
    socket.pause();
    void outlet.drained().then(() => {
      isHeld = false;
      socket.resume();
    });
  };
}

function abortable(call: TurnContext["call"]) {
  const underWay = new Set<InProcessExchange>();
  return {
    call: (...asked: Parameters<typeof call>): InProcessExchange => {
      const exchange = call(...asked);
      const forget = () => underWay.delete(exchange);
      underWay.add(exchange);
      exchange.answer.then((answer) => answer.once("close", forget), forget);
      return exchange;
    },
    abortAll() {
      for (const exchange of underWay) exchange.abort();
    },
  };
}

function tell(error: unknown, send: (event: string) => void): void {
  if (!(error instanceof MessageRefusal)) throw error;
  send(errorEvent(error));
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

const expired = () =>
  refusal(
    "websocket_connection_limit_reached",
    "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.",
  );

const leaving = () =>
  new MessageRefusal(503, {
    type: "service_unavailable_error",
    code: "server_is_overloaded",
    message: "This connection is closing. Create a new websocket connection to continue.",
    param: null,
  });

const broken = () =>
  new MessageRefusal(500, {
    type: "server_error",
    code: "internal_error",
    message: "The gateway failed to handle this request.",
    param: null,
  });

/** https://developers.openai.com/api/reference/resources/responses/websocket-events */
function steerFailed({ responseId, input }: SteerMessage): string {
  const message = "Models behind this gateway cannot be steered while they answer.";
  return JSON.stringify({
    type: "response.steer.failed",
    sequence_number: 0,
    steer: { previous_response_id: responseId, input },
    error: { type: "invalid_request_error", code: "steering_not_supported", message },
  });
}
