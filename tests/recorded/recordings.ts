import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  isObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  parseSse,
  runAll,
  type SseMessage,
} from "@signalbox/protocol";
import { frameReader } from "../../packages/gateway/src/upstream/framing/aws-event-stream.ts";
import { isSpoken, type Spoken, type Upstream } from "../protocol/codecs.ts";

/** One recorded exchange with a real provider. */
export interface Recording<D extends Upstream = Upstream> {
  /** Where it comes from; unique. */
  readonly id: string;
  readonly dialect: D;
  readonly provider: string;
  readonly model: string;
  readonly isStream: boolean;
  /** `raw` answers are the vendor's bytes; others were recorded without their framing or written anew. */
  readonly fidelity: string;
  readonly request: JsonObject | undefined;
  readonly status: number;
  /** The answer's body: JSON, or the text of its event stream. */
  readonly response: JsonValue;
  readonly features: readonly string[];
}

/** One of a dialect that clients speak too. */
export type SpokenRecording = Recording<Spoken>;

export function isOfClients(recording: Recording): recording is SpokenRecording {
  return isSpoken(recording.dialect);
}

const FILE = "recordings.jsonl.gz";

/** The folder with the recordings, or undefined when this machine has none: they are no part of the repository. */
export function recordingsFolder(): string | undefined {
  const folder = process.env["SIGNALBOX_RECORDINGS"] ?? join(import.meta.dirname, "../../../shared/recordings");
  return existsSync(join(folder, FILE)) ? folder : undefined;
}

export function loadRecordings(folder: string): readonly Recording[] {
  const text = gunzipSync(readFileSync(join(folder, FILE))).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => recordingOf(parseJson(line)))
    .filter((recording) => recording !== undefined);
}

function recordingOf(row: JsonValue): Recording | undefined {
  if (!isObject(row)) return undefined;
  const text = (key: string) => (typeof row[key] === "string" ? row[key] : "");
  const dialect = text("dialect");
  const { request_body: request, response_body: response, features, status } = row;
  const framed = text("response_body_encoding") === "base64";
  if (!isUpstream(dialect) || response === undefined || (framed && dialect !== "bedrock-converse")) return undefined;
  return {
    id: `${text("source")}:${text("file")}#${JSON.stringify(row["index"])}`,
    dialect,
    provider: text("provider"),
    model: text("model") || modelOf(request) || "unnamed",
    isStream: row["stream"] === true,
    fidelity: text("fidelity"),
    request: isObject(request) ? request : undefined,
    status: typeof status === "number" ? status : 200,
    response: framed && typeof response === "string" ? unframed(response) : response,
    features: Array.isArray(features) ? features.filter((feature) => typeof feature === "string") : [],
  };
}

const isUpstream = (dialect: string): dialect is Upstream => isSpoken(dialect) || dialect === "bedrock-converse";

/** AWS's frames as the gateway reads them: a text of server-sent events. */
function unframed(base64: string): string {
  return frameReader("converse").push(Buffer.from(base64, "base64")).toString();
}

function modelOf(request: JsonValue | undefined): string {
  const model = isObject(request) ? request["model"] : undefined;
  return typeof model === "string" ? model : "";
}

/** The events of a recorded stream. Some were recorded as bare data lines, and Gemini's also as one JSON array. */
export function messagesOf({ response }: Recording): readonly SseMessage[] {
  if (Array.isArray(response)) return response.map((chunk) => ({ data: JSON.stringify(chunk) }));
  if (typeof response !== "string") return [{ data: JSON.stringify(response) }];
  const isFramed = /\r\n\r\n|\n\n|\r\r/.test(response.trimEnd());
  if (isFramed) return runAll(parseSse(), [new TextEncoder().encode(response)]);
  return response
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => ({ data: line.slice("data:".length).trimStart() }));
}
