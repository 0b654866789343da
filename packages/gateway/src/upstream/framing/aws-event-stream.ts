import { crc32 } from "node:zlib";
import { GatewayError, isObject, parseJson } from "@signalbox/protocol";
import { EventStreamCodec, type Message } from "@smithy/eventstream-codec";
import type { UpstreamAnswer } from "../wire.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html: the framing that all of AWS shares. */
const FRAMED = "application/vnd.amazon.eventstream";

const PRELUDE = 12;
const SMALLEST_FRAME = 16;
/** AWS bounds a payload at 16 MB and the headers at 128 KB. */
const LARGEST_FRAME = 16 * 1024 * 1024 + 128 * 1024 + SMALLEST_FRAME;

/** Whose events are in the frames: Converse has its own, InvokeModel wraps the model vendor's. */
export type FrameContent = "converse" | "invoke";

/** The same answer as server-sent events, if it is framed as AWS does. Other answers are returned as they are. */
export function withoutAwsFraming(answer: UpstreamAnswer, path: string): UpstreamAnswer {
  const type = answer.headers["content-type"];
  if (type === undefined || !type.startsWith(FRAMED)) return answer;
  const content: FrameContent = path.includes("/invoke-with-response-stream") ? "invoke" : "converse";
  const { body } = answer;
  return {
    status: answer.status,
    headers: { ...answer.headers, "content-type": "text/event-stream" },
    body: {
      consume: (onChunk) => {
        const reader = frameReader(content);
        return body.consume((chunk) => {
          const events = reader.push(chunk);
          if (events.length > 0) onChunk(events);
        });
      },
      pause: body.pause,
      resume: body.resume,
    },
  };
}

export interface FrameReader {
  /** The events that this chunk completes, as SSE. Throws `upstream_invalid_response` where the bytes are no frames. */
  readonly push: (chunk: Buffer) => Buffer;
}

const NOTHING = Buffer.alloc(0);

/** What is left at the end is a frame that was cut: it is dropped, and the stream's own end is then missing. */
export function frameReader(content: FrameContent): FrameReader {
  let pending: Buffer[] = [];
  let size = 0;
  /** Of the frame that is being read; absent until its prelude is here. */
  let length: number | undefined;
  const joined = (): Buffer => {
    const [only] = pending;
    const all = pending.length === 1 && only !== undefined ? only : Buffer.concat(pending, size);
    pending = [all];
    return all;
  };
  const next = (): string | undefined => {
    if (length === undefined) {
      if (size < PRELUDE) return undefined;
      length = frameLength(joined());
    }
    if (size < length) return undefined;
    const all = joined();
    const event = toEvent(decode(all.subarray(0, length)), content);
    const rest = all.subarray(length);
    pending = rest.length === 0 ? [] : [rest];
    size = rest.length;
    length = undefined;
    return event;
  };
  return {
    push(chunk) {
      pending.push(chunk);
      size += chunk.length;
      let text = "";
      for (let event = next(); event !== undefined; event = next()) text += event;
      return text === "" ? NOTHING : Buffer.from(text, "utf8");
    },
  };
}

/** Checked before the rest of the frame is waited for: a length that was garbled might never come. */
function frameLength(bytes: Buffer): number {
  const length = bytes.readUInt32BE(0);
  if (bytes.readUInt32BE(8) !== crc32(bytes.subarray(0, 8))) throw invalid("the checksum of a frame's head is wrong");
  if (length < SMALLEST_FRAME) throw invalid("a frame is shorter than its own head");
  if (length > LARGEST_FRAME) throw invalid(`a frame is larger than ${LARGEST_FRAME} bytes`);
  return length;
}

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
const codec = new EventStreamCodec(
  (input) => (typeof input === "string" ? input : utf8(input)),
  (text) => Buffer.from(text, "utf8"),
);

function decode(frame: Buffer): Message {
  try {
    return codec.decode(frame);
  } catch (error) {
    throw invalid("a frame cannot be read", error);
  }
}

function invalid(what: string, cause?: unknown): GatewayError {
  return new GatewayError("upstream_invalid_response", `The upstream's event stream is broken: ${what}.`, { cause });
}

function toEvent({ headers, body }: Message, content: FrameContent): string {
  const text = (name: string): string => {
    const header = headers[name];
    return header?.type === "string" ? header.value : "";
  };
  const payload = utf8(body);
  switch (text(":message-type")) {
    case "event":
      return content === "invoke" ? vendorEvent(text(":event-type"), payload) : sse(text(":event-type"), payload);
    case "exception":
      return failure(text(":exception-type"), payload, content);
    case "error":
      return failure(text(":error-code"), JSON.stringify({ message: text(":error-message") }), content);
    default:
      throw invalid("a frame is of an unknown kind");
  }
}

function sse(event: string, data: string): string {
  return `event: ${event.replaceAll(/[\r\n]/g, "")}\ndata: ${data.replaceAll(/\r\n|\r|\n/g, "\ndata: ")}\n\n`;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_PayloadPart.html: `{"bytes": base64}`. */
function vendorEvent(type: string, payload: string): string {
  const bytes = fieldOf(payload, "bytes");
  if (bytes === undefined) return sse(type, payload);
  const inner = Buffer.from(bytes, "base64").toString("utf8");
  return sse(fieldOf(inner, "type") ?? type, inner);
}

/** Bedrock's exceptions in a stream, in Anthropic's words. https://platform.claude.com/docs/en/api/errors */
const ANTHROPIC_ERRORS: Readonly<Record<string, string>> = {
  throttlingException: "rate_limit_error",
  serviceUnavailableException: "overloaded_error",
  validationException: "invalid_request_error",
};

function failure(type: string, payload: string, content: FrameContent): string {
  // Whatever its name, it is no event: by these endings readers tell failures.
  if (content === "converse") return sse(/(?:exception|error|failure)$/i.test(type) ? type : `${type}Error`, payload);
  const known = ANTHROPIC_ERRORS[`${type.slice(0, 1).toLowerCase()}${type.slice(1)}`];
  const message = fieldOf(payload, "message") ?? (type === "" ? "The upstream failed." : type);
  return sse("error", JSON.stringify({ type: "error", error: { type: known ?? "api_error", message } }));
}

/** Undefined also where the payload is no JSON: it then goes on as it is, for the codec to judge. */
function fieldOf(json: string, name: string): string | undefined {
  try {
    const value = parseJson(json);
    const field = isObject(value) ? value[name] : undefined;
    return typeof field === "string" ? field : undefined;
  } catch {
    return undefined;
  }
}
