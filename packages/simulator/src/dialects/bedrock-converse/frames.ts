import { crc32 } from "node:zlib";
import { parseJson } from "../../json.ts";

const STRING = 7;

/** One message of `application/vnd.amazon.eventstream`. https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(12 + head.length + body.length + 4);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, 12);
  body.copy(frame, 12 + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}

function encodeHeader(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
  const length = Buffer.alloc(3);
  length.writeUInt8(STRING, 0);
  length.writeUInt16BE(valueBytes.length, 1);
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, length, valueBytes]);
}

/** `event: NAME\ndata: PAYLOAD\n\n`, in which form the simulator's streams are made, in its two halves. */
function halves(event: string): { readonly name: string; readonly payload: string } {
  const [, name = "", payload = ""] = /^event: (.*)\ndata: ([\s\S]*?)\n\n$/.exec(event) ?? [];
  return { name, payload };
}

const JSON_TYPE = { ":content-type": "application/json" };

function exceptionFrame(name: string, payload: string): Uint8Array | undefined {
  if (!name.endsWith("Exception")) return undefined;
  return encodeFrame({ ":exception-type": name, ...JSON_TYPE, ":message-type": "exception" }, payload);
}

/** ConverseStream: a frame for each event. */
export function converseFrame(event: string): Uint8Array {
  const { name, payload } = halves(event);
  const headers = { ":event-type": name, ...JSON_TYPE, ":message-type": "event" };
  return exceptionFrame(name, payload) ?? encodeFrame(headers, payload);
}

const METRICS = {
  inputTokenCount: 1,
  outputTokenCount: 1,
  invocationLatency: 1,
  firstByteLatency: 1,
};

/** InvokeModelWithResponseStream: the model's own event in base64, padded so that its length tells nothing. */
export function chunkFrame(event: string): Uint8Array {
  const { name, payload } = halves(event);
  const exception = exceptionFrame(name, payload);
  if (exception !== undefined) return exception;
  const last = name === "message_stop";
  const own = last
    ? JSON.stringify({ ...Object(parseJson(payload)), "amazon-bedrock-invocationMetrics": METRICS })
    : payload;
  const chunk = JSON.stringify({ bytes: Buffer.from(own).toString("base64"), p: "abcdefghij" });
  return encodeFrame({ ":event-type": "chunk", ...JSON_TYPE, ":message-type": "event" }, chunk);
}
