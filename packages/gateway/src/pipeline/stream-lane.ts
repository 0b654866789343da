import {
  type AnswerContext,
  type GatewayError,
  type LossRecorder,
  type LossReport,
  mergeUsage,
  type Origin,
  parseSse,
  type SseMessage,
  type StreamEvent,
  type Transducer,
  type Usage,
} from "@signalbox/protocol";
import type { EndpointDialect, SurfaceDialect } from "../config/quirks.ts";
import { countedFor } from "./counted-for.ts";
import { egressOf, ingressOf } from "./dialects.ts";
import { editEventStream, withoutMessages } from "./event-stream-edits.ts";
import type { Framing } from "./framing.ts";
import { SILENT, type Telling } from "./telling.ts";
import { closingMessages, editedMessage, streamEdits } from "./telling-messages.ts";
import { unreadText } from "./unread-text.ts";
import { wholeMessages } from "./whole-messages.ts";

/** What one chunk of the upstream's stream comes to. */
export interface LaneStep {
  /** Whole messages for the client. */
  readonly output: readonly (string | Uint8Array)[];
  /** Text, reasoning, a tool call or the answer's end is among them. */
  readonly content: boolean;
  /** The upstream failed; `told` when the output already says so in the client's dialect. */
  readonly failure?: { readonly error: GatewayError; readonly told: boolean };
}

/** One upstream stream on its way to the client. */
export interface StreamLane {
  readonly push: (chunk: Uint8Array) => LaneStep;
  readonly end: () => LaneStep;
  /** The answer's own terminal event was seen. */
  readonly isComplete: () => boolean;
  /** How many messages the client has got so far. */
  readonly sequence: () => number;
  readonly summary: () => LaneSummary;
  /** How much the model has written so far, whether the client saw it or not; an estimate where events are not decoded. */
  readonly characters: () => number;
  /** What the upstream has told of its own part, where the summary is of an answer that several have a part in. */
  readonly ownUsage?: () => Usage | undefined;
  /** After a failure: leaves the answer to another attempt. False: nobody else can go on with it. */
  readonly leave?: (error: GatewayError) => boolean;
}

export interface LaneSummary extends Partial<LossReport> {
  readonly usage?: Usage;
  readonly finishReason?: string;
}

/** The events of a stream, watched: what is content, how it ended, what it used. */
function watchEvents(decoder: Transducer<SseMessage, StreamEvent>) {
  let complete = false;
  let usage: Usage | undefined;
  let finishReason: string | undefined;
  let characters = 0;
  const note = (event: StreamEvent) => {
    characters += charactersIn(event);
    if (event.type === "response-start") usage = mergeUsage(usage, event.usage);
    if (event.type !== "response-end") return;
    complete = true;
    usage = mergeUsage(usage, event.usage);
    finishReason = event.finishReason.unified;
  };
  const noted = (events: readonly StreamEvent[]) => {
    events.forEach(note);
    return events;
  };
  return {
    decode: (messages: readonly SseMessage[]) => noted(messages.flatMap((message) => decoder.push(message))),
    end: () => noted(decoder.end()),
    isComplete: () => complete,
    characters: () => characters,
    summary: (): LaneSummary => ({
      ...(usage === undefined ? {} : { usage }),
      ...(finishReason === undefined ? {} : { finishReason }),
    }),
  };
}

export function charactersIn(event: StreamEvent): number {
  if (event.type === "part-delta") return "text" in event.delta ? event.delta.text.length : 0;
  return event.type === "part-start" && "text" in event.part ? event.part.text.length : 0;
}

export function hasContent(events: readonly StreamEvent[]): boolean {
  return events.some(
    (event) =>
      event.type === "part-delta" ||
      event.type === "response-end" ||
      (event.type === "part-start" && !("text" in event.part && event.part.text === "")),
  );
}

function failureIn(events: readonly StreamEvent[]): GatewayError | undefined {
  const last = events.at(-1);
  return last?.type === "response-error" ? last.error : undefined;
}

export interface LaneOptions {
  readonly dialect: EndpointDialect;
  readonly origin: Origin;
  readonly framing: Framing;
  /** Usage was asked for by the gateway alone: the chunk that tells it is not for the client. */
  readonly hidesUsage?: boolean;
  /** Absent: the answer tells nothing but what the upstream said. */
  readonly telling?: Telling;
  /** Hears every event of the answer. */
  readonly keep?: (events: readonly StreamEvent[]) => void;
}

interface PassthroughOptions extends LaneOptions {
  readonly dialect: SurfaceDialect;
  readonly verbatim: boolean;
  readonly losses?: LossReport;
}

/**
 * The upstream's bytes for a client of its own dialect, untouched but for what is to be told in them. A copy is decoded
 * to know content, end and usage.
 * Bytes go out up to the last whole message only, so that a keep-alive or an error event never lands inside one.
 */
export function passthroughLane(options: PassthroughOptions): StreamLane {
  const { isLandmark } = egressOf(options.dialect);
  const { keep } = options;
  const written = passthroughOutput(options);
  const parser = parseSse();
  const events = watchEvents(egressOf(options.dialect).decodeStream(options.origin));
  const whole = wholeMessages();
  let sequence = 0;
  let begun = false;
  const unread = unreadText(options.dialect);
  /** Once content has begun only landmarks need decoding. */
  const meter = (messages: readonly SseMessage[]): StreamEvent[] => {
    const decoded: StreamEvent[] = [];
    for (const message of messages) {
      if (begun && keep === undefined && !isLandmark(message)) {
        unread.note(message.data);
        continue;
      }
      const next = events.decode([message]);
      begun ||= hasContent(next);
      decoded.push(...next);
    }
    keep?.(decoded);
    return decoded;
  };
  const step = (
    messages: readonly SseMessage[],
    decoded: readonly StreamEvent[],
    bytes: readonly Uint8Array[],
  ): LaneStep => {
    sequence += messages.length;
    const output = written(messages, bytes);
    const error = failureIn(decoded);
    const step = { output, content: begun && messages.some(({ event }) => event !== "ping") };
    if (error === undefined) return step;
    // The vendor's own error event is among the bytes; of a broken message the client must not see a piece.
    const isWhole = error.code !== "upstream_invalid_response" && error.code !== "upstream_truncated";
    return {
      ...step,
      output: isWhole ? output : [],
      failure: { error, told: isWhole && options.framing.binary !== true },
    };
  };
  return {
    push(chunk) {
      const messages = parser.push(chunk);
      return step(messages, meter(messages), whole.push(chunk));
    },
    end() {
      const messages = parser.end();
      const last = events.end();
      const decoded = [...meter(messages), ...last];
      keep?.(last);
      begun ||= hasContent(decoded);
      return step(messages, decoded, events.isComplete() ? whole.end() : []);
    },
    isComplete: events.isComplete,
    sequence: () => sequence,
    summary: events.summary,
    characters: () => events.characters() + unread.characters(),
  };
}

/** What a passthrough stream's messages are written as: their own bytes, or edited, or in another framing. */
function passthroughOutput({
  dialect,
  framing,
  verbatim,
  telling = SILENT,
  losses = NO_LOSSES,
  hidesUsage = false,
}: PassthroughOptions) {
  const edits = streamEdits(dialect, telling, () => losses);
  const isShown = ({ event }: SseMessage) => framing.binary !== true || event !== "error";
  const anew = (messages: readonly SseMessage[]) =>
    messages
      .filter(isShown)
      .map((message) => framing.message(edits === undefined ? message : editedMessage(message, edits)));
  /** Read, and its bytes not yet seen: where a chunk ends between CR and LF, a message is known before its bytes are whole. */
  let hides = false;
  return (messages: readonly SseMessage[], bytes: readonly Uint8Array[]): readonly (string | Uint8Array)[] => {
    const shown = hidesUsage ? messages.filter(({ data }) => !isUsageChunk(data)) : messages;
    if (!verbatim) return anew(shown);
    const [first] = bytes;
    hides ||= shown.length < messages.length;
    if ((edits === undefined && !hides) || first === undefined) return bytes;
    const whole = bytes.length === 1 ? first : Buffer.concat(bytes);
    const left = hides ? Buffer.concat(withoutMessages(whole, isUsageChunk)) : whole;
    hides &&= left.length === whole.length;
    return edits === undefined ? [left] : editEventStream(left, edits);
  };
}

/** https://platform.openai.com/docs/api-reference/chat/create#chat_create-stream_options: its `choices` is always empty. */
function isUsageChunk(data: string): boolean {
  return /"choices"\s*:\s*\[\s*\]/.test(data) && /"usage"\s*:\s*\{/.test(data);
}

const NO_LOSSES: LossReport = { dropped: [], adapted: [] };

/** The client's side of a translated stream. */
export interface Outlet {
  readonly write: (events: readonly StreamEvent[], telling: Telling) => readonly SseMessage[];
  readonly end: () => readonly SseMessage[];
  /** How many messages the client has got so far. */
  readonly sequence: () => number;
  readonly losses: LossRecorder;
}

export function startOutlet(client: SurfaceDialect, answer: AnswerContext, { shownModel }: Telling): Outlet {
  const encoder = ingressOf(client).encodeStream(shownModel === undefined ? answer : { ...answer, shownModel });
  const { losses } = answer;
  let sequence = 0;
  let characters = 0;
  const encoded = (event: StreamEvent, telling: Telling): readonly SseMessage[] => {
    characters += charactersIn(event);
    const shown = event.type === "response-end" ? countedFor(client, event, { characters, losses }) : event;
    const messages = encoder.push(shown);
    if (event.type !== "response-end" || !telling.inBody) return messages;
    return closingMessages(client, messages, () => telling.metadata(losses.report()));
  };
  const counted = (messages: readonly SseMessage[]) => {
    sequence += messages.length;
    return messages;
  };
  return {
    write: (events, telling) => counted(events.flatMap((event) => encoded(event, telling))),
    end: () => counted(encoder.end()),
    sequence: () => sequence,
    losses,
  };
}

interface TranslateOptions extends LaneOptions {
  readonly outlet: Outlet;
  /**
   * Where another attempt may go on with the answer: what the client is told of these events. The lane then leaves it to
   * its caller to tell of a failure.
   */
  readonly joined?: (events: readonly StreamEvent[]) => readonly StreamEvent[];
}

/** The upstream's stream for a client of another dialect: decoded, and encoded anew. */
export function translateLane({ outlet, joined, keep, telling = SILENT, ...options }: TranslateOptions): StreamLane {
  const told = joined === undefined && options.framing.binary !== true;
  const join = joined ?? ((events: readonly StreamEvent[]) => events);
  const parser = parseSse();
  const events = watchEvents(egressOf(options.dialect).decodeStream(options.origin));
  const step = (decoded: readonly StreamEvent[], flush: boolean): LaneStep => {
    const error = failureIn(decoded);
    const shown = told ? decoded : join(error === undefined ? decoded : decoded.slice(0, -1));
    keep?.(shown);
    const messages = [...outlet.write(shown, telling), ...(flush && (told || error === undefined) ? outlet.end() : [])];
    return {
      output: inOnePiece(messages.map(options.framing.message)),
      content: hasContent(decoded),
      ...(error === undefined ? {} : { failure: { error, told } }),
    };
  };
  return {
    push: (chunk) => step(events.decode(parser.push(chunk)), false),
    end: () => step([...events.decode(parser.end()), ...events.end()], true),
    isComplete: events.isComplete,
    sequence: outlet.sequence,
    characters: events.characters,
    summary: () => ({ ...events.summary(), ...outlet.losses.report() }),
  };
}

/** One string is one copy less for whoever writes it. */
function inOnePiece(pieces: readonly (string | Uint8Array)[]): readonly (string | Uint8Array)[] {
  const isText = (piece: string | Uint8Array): piece is string => typeof piece === "string";
  return pieces.length > 1 && pieces.every(isText) ? [pieces.join("")] : pieces;
}
