import type { IncomingMessage } from "node:http";
import { parseJson, parseSse, type SseMessage } from "@signalbox/protocol";
import { uuidV7 } from "../../config/uuid.ts";
import type { InProcessExchange } from "../../pipeline/in-process.ts";
import { bodyOf, type CreateMessage, responseIdIn } from "./client-message.ts";
import { errorEvent, httpErrorEvent, MessageRefusal, streamErrorEvent } from "./error-event.ts";
import type { Outlet } from "./outlet.ts";
import {
  type AnswerItems,
  answerItems,
  type ItemMemory,
  type Items,
  inputItems,
  joinedItems,
  type Remembered,
} from "./remembered-items.ts";

export interface TurnContext {
  readonly outlet: Outlet;
  readonly memory: ItemMemory;
  /** Asks for a response, or only whether it could be asked for, as any client of the gateway would. */
  readonly call: (what: "generate" | "explain", body: Uint8Array) => InProcessExchange;
}

/** `unauthorized`: the key is not valid any more. */
export type TurnEnd = "told" | "unauthorized";

/** One response, from the client's message to the event that ends it. Rejects only for a bug. */
export async function runTurn(message: CreateMessage, context: TurnContext): Promise<TurnEnd> {
  const { outlet, memory, call } = context;
  const { previousResponseId, lane, generate } = message;
  const earlier = previousResponseId === undefined ? undefined : memory.recall(previousResponseId);
  const items = joinedItems(earlier?.items ?? "", inputItems(message));
  const after = earlier === undefined ? previousResponseId : earlier.after;
  const body = bodyOf(message, earlier === undefined ? undefined : { input: `[${items}]`, after });
  const answer = await call(generate ? "generate" : "explain", body).answer.catch(() => undefined);
  if (answer === undefined) {
    outlet.send(errorEvent(CUT), lane);
    return "told";
  }
  const status = answer.statusCode ?? 500;
  if (status !== 200) {
    outlet.send(httpErrorEvent({ status, headers: answer.headers, body: await textOf(answer) }), lane);
    return status === 401 ? "unauthorized" : "told";
  }
  const asked = { items, after };
  if (generate) await relay(answer, asked, { message, context });
  else {
    answer.resume();
    prepare(message, asked, context);
  }
  return "told";
}

const CUT = new MessageRefusal(502, {
  type: "server_error",
  code: "upstream_truncated",
  message: "The answer was cut off before its end.",
  param: null,
});

interface Turn {
  readonly message: CreateMessage;
  readonly context: TurnContext;
}

/** The answer's events, each as it stands in the HTTP stream, and what later messages may refer to. */
async function relay(answer: IncomingMessage, asked: Remembered, { message, context }: Turn): Promise<void> {
  const { outlet, memory } = context;
  const parser = parseSse(LARGEST_EVENT);
  const watched = watch(message);
  const pass = (events: readonly SseMessage[]) => {
    for (const event of events) {
      // Over HTTP `response.failed` may follow an `error`; here a client would take it for the end of its next response.
      if (watched.hasEnded()) return;
      const type = typeOf(event);
      watched.note(type, event.data);
      outlet.send(type === "error" ? streamErrorEvent(event.data) : event.data, message.lane);
    }
  };
  try {
    for await (const chunk of answer) {
      pass(parser.push(chunk));
      await outlet.drained();
    }
    pass(parser.end());
  } catch {
    // Whoever cut it off has said why in the log; the client has to be told that it is over.
  }
  if (!watched.hasEnded()) outlet.send(errorEvent(CUT), message.lane);
  const answered = watched.answered();
  // Of a conversation only the gateway knows what stands before.
  if (answered === undefined || message.isInConversation) return;
  memory.remember(answered.id, { ...asked, items: joinedItems(asked.items, answered.items) });
}

/** The gateway's own stream: as large as the largest event that it lets through, and not to be refused here. */
const LARGEST_EVENT = 256 * 1024 * 1024;

function typeOf({ event, data }: SseMessage): string {
  return event ?? /^\s*\{\s*"type"\s*:\s*"([\w.]+)"/.exec(data)?.[1] ?? "";
}

const ENDS: ReadonlySet<string> = new Set(["response.completed", "response.incomplete", "response.failed", "error"]);

function watch(message: CreateMessage) {
  const gathered: AnswerItems = answerItems(message);
  let ended = false;
  let answered: { readonly id: string; readonly items: Items } | undefined;
  return {
    note(type: string, data: string) {
      if (type === "response.output_item.done") gathered.itemDone(data);
      if (!ENDS.has(type)) return;
      ended = true;
      const id = type === "response.completed" || type === "response.incomplete" ? idIn(data) : undefined;
      if (id !== undefined) answered = { id, items: gathered.of(data) };
    },
    hasEnded: () => ended,
    answered: () => answered,
  };
}

function idIn(data: string): string | undefined {
  try {
    return responseIdIn(parseJson(data));
  } catch {
    return undefined;
  }
}

/** A message with `generate: false`: nothing is asked, and its id stands for what it has sent. */
function prepare(message: CreateMessage, asked: Remembered, { outlet, memory }: TurnContext): void {
  const id = `resp_${uuidV7(Date.now()).replaceAll("-", "")}`;
  if (!message.isInConversation) memory.remember(id, asked);
  const response = {
    id,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    error: null,
    incomplete_details: null,
    model: modelOf(message),
    output: [],
    previous_response_id: message.previousResponseId ?? null,
  };
  const nothing = {
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 0,
  };
  const events = [
    { type: "response.created", sequence_number: 0, response: { ...response, status: "in_progress", usage: null } },
    { type: "response.completed", sequence_number: 1, response: { ...response, status: "completed", usage: nothing } },
  ];
  for (const event of events) outlet.send(JSON.stringify(event), message.lane);
}

function modelOf({ bytes, scan }: CreateMessage): unknown {
  const span = scan.members.get("model");
  return span === undefined ? null : parseJson(bytes.toString("utf8", span.start, span.end));
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer) chunks.push(chunk);
  } catch {
    // What of it has come says enough.
  }
  return Buffer.concat(chunks).toString();
}
