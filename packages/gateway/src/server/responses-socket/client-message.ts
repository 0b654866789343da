import {
  type ByteSpan,
  GatewayError,
  isObject,
  type ObjectScan,
  scanObject,
  spliceTopLevel,
  stringAt,
  valueAt,
} from "@signalbox/protocol";
import { refusal } from "./error-event.ts";

/** Answer something: what was sent is a body of `POST /v1/responses` once `bodyOf` has made one of it. */
export interface CreateMessage {
  readonly type: "create";
  readonly lane: Lane;
  readonly bytes: Buffer;
  readonly scan: ObjectScan;
  /** False: only what the next message refers to is sent ahead. */
  readonly generate: boolean;
  readonly previousResponseId: string | undefined;
  /** What stands before it is in a conversation that the gateway keeps. */
  readonly isInConversation: boolean;
}

/** Change what is being answered: nothing behind this gateway can. */
export interface SteerMessage {
  readonly type: "steer";
  readonly responseId: string;
  readonly input: unknown;
}

export type ClientMessage = CreateMessage | SteerMessage | { readonly type: "notice" };

/** Messages of one lane are answered one after the other, those of several side by side. Undefined is the one without a name. */
export type Lane = string | undefined;

/** Throws MessageRefusal. https://developers.openai.com/api/reference/resources/responses/websocket-events */
export function readClientMessage(bytes: Buffer, maxDepth: number): ClientMessage {
  const scan = scanned(bytes, maxDepth);
  const type = textOf(bytes, scan.members.get("type"));
  switch (type) {
    case "response.create":
      return createMessage(bytes, scan);
    case "response.steer":
      return {
        type: "steer",
        responseId: textOf(bytes, scan.members.get("previous_response_id")) ?? "",
        input: memberValue(bytes, scan.members.get("input")),
      };
    // Codex tells that it has taken an answer in. There is nothing to say to that.
    case "response.processed":
      return { type: "notice" };
    default:
      throw refusal("unknown_event_type", "Send messages of the type 'response.create'.", "type");
  }
}

function scanned(bytes: Buffer, maxDepth: number): ObjectScan {
  try {
    return scanObject(bytes, { maxDepth });
  } catch (error) {
    if (error instanceof GatewayError) throw refusal("invalid_json", error.message);
    throw error;
  }
}

const NAMED_LANE = /^[A-Za-z0-9_.-]{1,256}$/;

function createMessage(bytes: Buffer, scan: ObjectScan): CreateMessage {
  const value = (name: string) => memberValue(bytes, scan.members.get(name));
  const lane = value("stream_id") ?? undefined;
  if (lane !== undefined && (typeof lane !== "string" || !NAMED_LANE.test(lane))) {
    throw refusal(
      "invalid_stream_id",
      "The 'stream_id' field must be a non-empty string with at most 256 characters and may only contain letters, numbers, underscores, hyphens, and periods.",
      "stream_id",
    );
  }
  if (value("background") === true) {
    throw refusal(null, "'background' is not supported over a WebSocket.", "background");
  }
  const previous = value("previous_response_id");
  return {
    type: "create",
    lane,
    bytes,
    scan,
    generate: value("generate") !== false,
    previousResponseId: typeof previous === "string" ? previous : undefined,
    isInConversation: (value("conversation") ?? null) !== null,
  };
}

/** What stands in for what was sent and what it refers to: `input` is JSON text, and `after` the id of what comes before it. */
export interface StandIn {
  readonly input: string;
  readonly after: string | undefined;
}

/** The body of the same request over HTTP. */
export function bodyOf({ bytes, scan }: CreateMessage, standIn: StandIn | undefined): Uint8Array {
  return spliceTopLevel(bytes, scan, {
    type: undefined,
    stream_id: undefined,
    generate: undefined,
    background: undefined,
    stream: "true",
    ...(standIn === undefined ? {} : { previous_response_id: jsonOf(standIn.after), input: standIn.input }),
  });
}

const jsonOf = (text: string | undefined) => (text === undefined ? undefined : JSON.stringify(text));

export const isUnstored = ({ bytes, scan }: CreateMessage): boolean =>
  memberValue(bytes, scan.members.get("store")) === false;

function memberValue(bytes: Buffer, span: ByteSpan | undefined) {
  return span === undefined ? undefined : valueAt(bytes, span);
}

function textOf(bytes: Buffer, span: ByteSpan | undefined): string | undefined {
  return span === undefined ? undefined : stringAt(bytes, span);
}

/** The id in a response object, in an event's JSON. */
export function responseIdIn(event: unknown): string | undefined {
  const response = isObject(event) ? event["response"] : undefined;
  const id = isObject(response) ? response["id"] : undefined;
  return typeof id === "string" ? id : undefined;
}
