import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type Edit, scanObject, spanAt, spliceTopLevel, stringAt } from "@signalbox/protocol";
import { editEventStream } from "../event-stream-edits.ts";

/** Members of a response object and their JSON. */
export type Members = Readonly<Record<string, string>>;

export interface AnswerKeeper {
  /** What the response object is to say, once somebody has begun to answer; `kept`: as far as is known. */
  readonly members: (kept: boolean) => Members;
  /** Keeps the answer. False: it is not kept. Never rejects. */
  readonly keep: (answered: Answered) => Promise<boolean>;
  /** The first event has come. */
  readonly begun?: () => void;
}

/** A response object as the client reads it, and as it came. */
export interface Answered {
  readonly response: Uint8Array;
  readonly original: Uint8Array;
}

/**
 * Reads along what is written to a response from here on, puts its members into every response object, and has the last of them kept
 * before the client sees it: whoever has an answer can go on from it. Failures, and answers that never end, go by unseen. Returns what
 * waits until all that was written has gone on.
 */
export function editAnswer(response: ServerResponse, keeper: AnswerKeeper): () => Promise<void> {
  const whole = wholeAnswer(response, keeper);
  const stream = streamedAnswer(response, keeper);
  const head = response.writeHead.bind(response);
  let kind: "other" | "whole" | "stream" = "other";
  const beginStream = () => {
    kind = "stream";
    stream.begin();
  };
  // Keep-alives have gone out while the request waited for its twin.
  if (response.headersSent && String(response.getHeader("content-type")).startsWith("text/event-stream")) beginStream();
  response.writeHead = (status: number, ...rest: readonly unknown[]) => {
    const headers = rest.at(-1);
    const type = isHeaders(headers) ? String(headers["content-type"] ?? "") : "";
    if (status === 200 && type.startsWith("application/json") && isHeaders(headers)) {
      kind = "whole";
      whole.begin(headers);
      return response;
    }
    if (status === 200 && type.startsWith("text/event-stream")) beginStream();
    return isHeaders(headers) ? head(status, headers) : head(status);
  };
  const { write, end } = plain(response);
  response.write = (chunk: Chunk) => {
    if (kind === "whole") return whole.write(chunk);
    return kind === "stream" ? stream.write(chunk) : write(chunk);
  };
  response.end = (last?: unknown) => {
    const chunk = isChunk(last) ? last : undefined;
    if (kind === "whole") whole.end(chunk);
    else if (kind === "stream") stream.end(chunk);
    else end(chunk);
    return response;
  };
  return async () => {
    await whole.sent();
    await stream.sent();
  };
}

type Chunk = string | Uint8Array;

const isChunk = (value: unknown): value is Chunk => typeof value === "string" || value instanceof Uint8Array;
const isHeaders = (value: unknown): value is OutgoingHttpHeaders => typeof value === "object" && value !== null;

/** As it is without what is put over it. */
function plain(response: ServerResponse) {
  const write: (chunk: Chunk) => boolean = response.write.bind(response);
  const end: (chunk?: Chunk) => ServerResponse = response.end.bind(response);
  return { write, end };
}

function wholeAnswer(response: ServerResponse, keeper: AnswerKeeper) {
  const writeHead: (status: number, headers: OutgoingHttpHeaders) => ServerResponse = response.writeHead.bind(response);
  const { end } = plain(response);
  const chunks: Uint8Array[] = [];
  let held: OutgoingHttpHeaders = {};
  let ended = false;
  let sent: Promise<void> | undefined;
  const send = async (): Promise<void> => {
    const bytes = Buffer.concat(chunks);
    const edited = withMembers(bytes, keeper.members(true)) ?? bytes;
    const kept = await keeper.keep({ response: edited, original: bytes });
    if (response.destroyed) return;
    const shown = kept ? edited : (withMembers(bytes, keeper.members(false)) ?? bytes);
    writeHead(200, { ...held, "content-length": shown.length });
    end(shown);
  };
  return {
    begin(headers: OutgoingHttpHeaders) {
      held = headers;
    },
    write(chunk: Chunk) {
      chunks.push(Buffer.from(chunk));
      return true;
    },
    end(chunk: Chunk | undefined) {
      if (ended) return;
      ended = true;
      if (chunk !== undefined) chunks.push(Buffer.from(chunk));
      sent = send();
    },
    sent: () => sent,
  };
}

const RESPONSE_KEY = '"response":';

function streamedAnswer(response: ServerResponse, keeper: AnswerKeeper) {
  const { write, end } = plain(response);
  /** What waits for the answer to be kept. */
  let waiting: Promise<void> | undefined;
  let ended = false;
  const send = (chunk: Chunk): boolean => (response.destroyed ? false : write(chunk));
  const relay = (chunk: Chunk): boolean => {
    const bytes = Buffer.from(chunk);
    if (!bytes.includes(RESPONSE_KEY)) return send(chunk);
    const { edited, last } = editedEvents(bytes, keeper.members(true));
    if (last === undefined) return send(edited);
    waiting = keeper.keep(last).then((kept) => {
      send(kept ? edited : editedEvents(bytes, keeper.members(false)).edited);
    });
    return true;
  };
  const inTurn = (chunk: Chunk): boolean => {
    if (waiting === undefined) return relay(chunk);
    waiting = waiting.then(() => void send(chunk));
    return true;
  };
  return {
    begin: () => keeper.begun?.(),
    write: (chunk: Chunk) => (ended ? true : inTurn(chunk)),
    end(chunk: Chunk | undefined) {
      if (ended) return;
      ended = true;
      if (chunk !== undefined && chunk.length > 0) inTurn(chunk);
      if (waiting === undefined) end();
      else waiting = waiting.then(() => void end());
    },
    sent: () => waiting,
  };
}

const LAST = /^response\.(completed|incomplete|failed)$/;

/** Whole messages with the members in their response objects; `last`: the object of the message that ends the answer. */
function editedEvents(bytes: Uint8Array, members: Members) {
  let last: Answered | undefined;
  const pieces = editEventStream(bytes, (data): readonly Edit[] => {
    const span = spanAt(data, ["response"]);
    const type = spanAt(data, ["type"]);
    if (span === undefined || type === undefined) return [];
    const object = data.subarray(span.start, span.end);
    const edited = withMembers(object, members);
    if (LAST.test(stringAt(data, type) ?? "")) last = { response: edited ?? object, original: object };
    return edited === undefined ? [] : [{ ...span, text: edited.toString() }];
  });
  return { edited: pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces), last };
}

/** Deeper than any request: what an upstream says is not bounded by what clients may. */
const SCAN = { maxDepth: 1000, maxNodes: 50_000_000 };

/** Undefined: nothing is to be changed, or it is no object that could be. What an upstream does not say of `store` is left so. */
function withMembers(object: Uint8Array, members: Members): Buffer | undefined {
  if (Object.keys(members).length === 0) return undefined;
  try {
    const scan = scanObject(object, SCAN);
    const saidOf = (name: string): string | undefined => {
      const span = scan.members.get(name);
      return span === undefined ? undefined : Buffer.from(object.subarray(span.start, span.end)).toString();
    };
    const changes = Object.entries(members).filter(([name, text]) => {
      const said = saidOf(name);
      return said !== text && (name !== "store" || said !== undefined);
    });
    return changes.length === 0 ? undefined : Buffer.from(spliceTopLevel(object, scan, Object.fromEntries(changes)));
  } catch {
    return undefined;
  }
}
