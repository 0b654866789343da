import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isObject, type JsonObject, parseJson, parseSse, runAll, type SseMessage } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type FrameContent, frameReader } from "../../packages/gateway/src/upstream/framing/aws-event-stream.ts";
import { recordingsFolder } from "../recorded/recordings.ts";

interface Framed {
  readonly id: string;
  readonly content: FrameContent;
  readonly isClaude: boolean;
  readonly bytes: Buffer;
}

const folder = recordingsFolder();

/** Answers of Bedrock in its own framing. */
function framedRecordings(from: string): readonly Framed[] {
  const lines = gunzipSync(readFileSync(join(from, "recordings.jsonl.gz")))
    .toString("utf8")
    .split("\n");
  return lines.filter((line) => line.includes("vnd.amazon.eventstream")).flatMap((line) => framedIn(parseJson(line)));
}

function framedIn(row: unknown): readonly Framed[] {
  if (!isObject(row) || row["response_body_encoding"] !== "base64") return [];
  const { url, file, index, response_body: body } = row;
  if (typeof url !== "string" || typeof body !== "string") return [];
  const content = url.includes("/invoke-with-response-stream") ? "invoke" : "converse";
  const id = `${String(file)}#${JSON.stringify(index)}`;
  const isClaude = content === "invoke" && url.includes("anthropic.");
  return [{ id, content, isClaude, bytes: Buffer.from(body, "base64") }];
}

function read({ content }: Framed, pieces: readonly Buffer[]): readonly SseMessage[] {
  const reader = frameReader(content);
  return runAll(
    parseSse(),
    pieces.map((piece) => reader.push(piece)),
  );
}

function typeOf(message: SseMessage | undefined): unknown {
  const data: JsonObject | undefined = objectIn(message?.data ?? "null");
  return data?.["type"];
}

function objectIn(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}

describe.skipIf(folder === undefined)("Bedrock's recorded streams", () => {
  const recordings = folder === undefined ? [] : framedRecordings(folder);

  test("are many, of both kinds", () => {
    expect(recordings.length).toBeGreaterThan(15);
    expect(new Set(recordings.map(({ content }) => content)).size).toBe(2);
  });

  test.each(recordings.map((recording) => [recording.id, recording] as const))("%s", (_id, recording) => {
    const messages = read(recording, [recording.bytes]);
    expect(messages.length).toBeGreaterThan(0);
    for (const { event, data } of messages) {
      expect(event, "every event has a name").toMatch(/^\w+$/);
      expect(objectIn(data)).toBeDefined();
    }
    if (recording.content === "converse") {
      expect(messages[0]?.event).toBe("messageStart");
      expect(messages.at(-1)?.event).toBe("metadata");
    }
    if (recording.isClaude) {
      expect(messages.map(({ event }) => event)).toEqual(messages.map(typeOf));
      expect(typeOf(messages[0])).toBe("message_start");
      expect(typeOf(messages.at(-1))).toBe("message_stop");
    }
    const bytewise = [...recording.bytes].map((byte) => Buffer.from([byte]));
    expect(read(recording, bytewise)).toEqual(messages);
  });

  test("tell the same wherever they are split", () => {
    const shortest = recordings.toSorted((a, b) => a.bytes.length - b.bytes.length).slice(0, 3);
    expect(shortest).toHaveLength(3);
    for (const recording of shortest) {
      const whole = read(recording, [recording.bytes]);
      for (let at = 1; at < recording.bytes.length; at++)
        expect(read(recording, [recording.bytes.subarray(0, at), recording.bytes.subarray(at)])).toEqual(whole);
    }
  });
});
