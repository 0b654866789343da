import { once } from "node:events";
import { type ClientOptions, WebSocket } from "ws";
import { KEY } from "./support.ts";

/** Parsed JSON, as a test reads it. */
type Event = ReturnType<typeof JSON.parse>;

/** A client of the WebSocket form of Responses that smooths nothing over. */
export interface SocketClient {
  readonly socket: WebSocket;
  /** Every message as it came. */
  readonly received: readonly string[];
  readonly send: (message: unknown) => void;
  /** The next event; rejects where the connection ends before one. */
  readonly next: () => Promise<Event>;
  /** The events up to the one that ends a response. */
  readonly turn: () => Promise<readonly Event[]>;
  /** The code with which the connection ended. */
  readonly ended: Promise<number>;
  readonly close: () => Promise<number>;
}

const ENDS = ["response.completed", "response.incomplete", "response.failed", "error"];

export async function connect(
  url: string,
  { path = "/v1/responses", ...options }: ClientOptions & { readonly path?: string } = {},
): Promise<SocketClient> {
  const headers = { authorization: `Bearer ${KEY}`, ...options.headers };
  const socket = new WebSocket(url.replace("http", "ws") + path, { ...options, headers });
  const received: string[] = [];
  const waiting: { readonly take: (text: string) => void; readonly fail: () => void }[] = [];
  let taken = 0;
  socket.on("message", (data) => {
    received.push(String(data));
    waiting.shift()?.take(String(data));
  });
  const ended = new Promise<number>((resolve) => {
    socket.once("close", (code: number) => {
      for (const { fail } of waiting) fail();
      resolve(code);
    });
  });
  const next = async (): Promise<Event> => {
    const text = received[taken];
    taken += 1;
    if (text !== undefined) return JSON.parse(text);
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error("The connection ended."));
      if (socket.readyState === WebSocket.CLOSED) return fail();
      waiting.push({ take: (later) => resolve(JSON.parse(later)), fail });
    });
  };
  await once(socket, "open");
  return {
    socket,
    received,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    next,
    async turn() {
      const events: Event[] = [];
      do events.push(await next());
      while (!ENDS.includes(events.at(-1).type));
      return events;
    },
    ended,
    close() {
      socket.close();
      return ended;
    },
  };
}

export interface Refused {
  readonly status: number;
  readonly body: Event;
}

/** An upgrade that is answered by HTTP. */
export function refused(url: string, options: ClientOptions & { readonly path?: string } = {}): Promise<Refused> {
  const { path = "/v1/responses", ...rest } = options;
  const headers = { authorization: `Bearer ${KEY}`, ...rest.headers };
  const socket = new WebSocket(url.replace("http", "ws") + path, { ...rest, headers });
  return new Promise((resolve, reject) => {
    socket.once("open", () => reject(new Error("It was let in.")));
    socket.once("error", reject);
    socket.once("unexpected-response", async (_request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
    });
  });
}

export const createMessage = (input: unknown, more: object = {}) => ({
  type: "response.create",
  model: "messages/sim-model",
  store: false,
  input,
  ...more,
});

export const typesOf = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);

/** What a response came to, as JSON. */
export async function outputOf(turn: Promise<readonly Event[]>): Promise<string> {
  return JSON.stringify((await turn).at(-1).response?.output);
}
