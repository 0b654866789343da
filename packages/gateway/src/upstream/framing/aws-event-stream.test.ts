import { bedrockConverse, parseSse, runAll, type SseMessage } from "@signalbox/protocol";
import { EventStreamCodec, type MessageHeaders } from "@smithy/eventstream-codec";
import { expect, test } from "vitest";
import { responseBody } from "../response-body.ts";
import { type FrameContent, frameReader, withoutAwsFraming } from "./aws-event-stream.ts";

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8")),
  (text) => Buffer.from(text, "utf8"),
);

function frame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const typed: MessageHeaders = {};
  for (const [name, value] of Object.entries(headers)) typed[name] = { type: "string", value };
  return Buffer.from(codec.encode({ headers: typed, body: Buffer.from(payload, "utf8") }));
}

const event = (type: string, payload: string) =>
  frame({ ":message-type": "event", ":event-type": type, ":content-type": "application/json" }, payload);
const exception = (type: string, payload: string) =>
  frame({ ":message-type": "exception", ":exception-type": type }, payload);
const chunk = (inner: unknown) =>
  event("chunk", JSON.stringify({ bytes: Buffer.from(JSON.stringify(inner)).toString("base64"), p: "abcd" }));

function read(content: FrameContent, pieces: readonly Buffer[]): readonly SseMessage[] {
  const reader = frameReader(content);
  return runAll(
    parseSse(),
    pieces.map((piece) => reader.push(piece)),
  );
}

const stream = Buffer.concat([
  event("messageStart", '{"p":"ab","role":"assistant"}'),
  event("contentBlockDelta", '{"contentBlockIndex":0,"delta":{"text":"Grüße 👋"}}'),
  event("messageStop", '{"stopReason":"end_turn"}'),
]);
const told = [
  { event: "messageStart", data: '{"p":"ab","role":"assistant"}' },
  { event: "contentBlockDelta", data: '{"contentBlockIndex":0,"delta":{"text":"Grüße 👋"}}' },
  { event: "messageStop", data: '{"stopReason":"end_turn"}' },
];

test("tells frames as events, wherever the bytes are split", () => {
  expect(read("converse", [stream])).toEqual(told);
  for (let at = 1; at < stream.length; at++)
    expect(read("converse", [stream.subarray(0, at), stream.subarray(at)])).toEqual(told);
  expect(
    read(
      "converse",
      [...stream].map((byte) => Buffer.from([byte])),
    ),
  ).toEqual(told);
});

test("a stream that is cut inside a frame ends after the last whole one", () => {
  for (let at = stream.length - 30; at < stream.length; at++)
    expect(read("converse", [stream.subarray(0, at)])).toEqual(told.slice(0, 2));
});

test("a payload over several lines stays one event", () => {
  expect(read("converse", [event("metadata", '{\n  "usage": {}\r\n}')])).toEqual([
    { event: "metadata", data: '{\n  "usage": {}\n}' },
  ]);
});

test("unwraps the model vendor's own events", () => {
  const start = { type: "message_start", message: { id: "m" } };
  const stop = { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 3 } };
  expect(read("invoke", [chunk(start), chunk(stop)])).toEqual([
    { event: "message_start", data: JSON.stringify(start) },
    { event: "message_stop", data: JSON.stringify(stop) },
  ]);
});

test("tells Converse's exceptions under their own names", () => {
  expect(read("converse", [exception("throttlingException", '{"message":"Too many."}')])).toEqual([
    { event: "throttlingException", data: '{"message":"Too many."}' },
  ]);
  const error = frame({ ":message-type": "error", ":error-code": "InternalError", ":error-message": "Broken." }, "");
  expect(read("converse", [error])).toEqual([{ event: "InternalError", data: '{"message":"Broken."}' }]);
});

test.each([
  ["throttlingException", "rate_limit_error"],
  ["serviceUnavailableException", "overloaded_error"],
  ["validationException", "invalid_request_error"],
  ["internalServerException", "api_error"],
  ["modelStreamErrorException", "api_error"],
  ["modelTimeoutException", "api_error"],
  ["ThrottlingException", "rate_limit_error"],
])("tells InvokeModel's %s as Anthropic's %s", (type, known) => {
  const [message] = read("invoke", [exception(type, '{"message":"It is so."}')]);
  expect(message?.event).toBe("error");
  expect(JSON.parse(message?.data ?? "")).toEqual({ type: "error", error: { type: known, message: "It is so." } });
});

test("every garbled byte is noticed", () => {
  const good = event("messageStop", '{"stopReason":"end_turn"}');
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(at) ^ 0x10, at);
    expect(() => read("converse", [bad, good]), `byte ${at}`).toThrow(/event stream is broken/);
  }
});

test("a frame that says it is larger than any may be is refused at its head", () => {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(17 * 1024 * 1024, 0);
  expect(() => read("converse", [head])).toThrow(/checksum/);
  const honest = Buffer.from(codec.encode({ headers: {}, body: Buffer.alloc(17 * 1024 * 1024) }));
  expect(() => read("converse", [honest.subarray(0, 12)])).toThrow(/larger than/);
});

test("answers in AWS's framing become event streams, and others stay as they are", async () => {
  const calls: string[] = [];
  const flow = { pause: () => void calls.push("pause"), resume: () => void calls.push("resume"), abort: () => {} };
  const body = responseBody(flow);
  const json = { status: 200, headers: { "content-type": "application/json" }, body };
  expect(withoutAwsFraming(json, "/model/m/converse")).toBe(json);
  const framed = { status: 200, headers: { "content-type": "application/vnd.amazon.eventstream", date: "d" }, body };
  const answer = withoutAwsFraming(framed, "/model/m/converse-stream");
  expect(answer.headers).toEqual({ "content-type": "text/event-stream", date: "d" });
  answer.body.pause();
  answer.body.resume();
  expect(calls).toEqual(["pause", "resume"]);
  body.push(stream.subarray(0, 50));
  body.push(stream.subarray(50));
  body.end();
  const got: Buffer[] = [];
  await answer.body.consume((bytes) => got.push(bytes));
  expect(runAll(parseSse(), got)).toEqual(told);
});

test("a broken frame ends the reading with its error, and gives the upstream's socket up", async () => {
  const aborted: Error[] = [];
  const body = responseBody({ pause: () => {}, resume: () => {}, abort: (reason) => void aborted.push(reason) });
  const headers = { "content-type": "application/vnd.amazon.eventstream" };
  const answer = withoutAwsFraming({ status: 200, headers, body }, "/model/m/converse-stream");
  const reading = answer.body.consume(() => {});
  body.push(Buffer.from("this is not a frame of any kind"));
  await expect(reading).rejects.toMatchObject({ code: "upstream_invalid_response" });
  expect(aborted).toHaveLength(1);
});

test.each(["ServiceUnavailable", "503", ""])("an error whose code is %j is told as an error", (code) => {
  const failed = frame({ ":message-type": "error", ":error-code": code, ":error-message": "Slow down." }, "");
  const decoder = bedrockConverse.decodeStream({ dialect: "bedrock-converse", provider: "bedrock", model: "m" });
  const events = read("converse", [stream, failed]).flatMap((message) => decoder.push(message));
  expect(events.at(-1)).toMatchObject({ type: "response-error", error: { message: "Slow down." } });
});
