import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { objectOf, parseJson } from "@signalbox/protocol";
import { pino } from "pino";
import { buildSnapshot } from "../../packages/gateway/src/catalogue/snapshot.ts";
import { holdSnapshot } from "../../packages/gateway/src/catalogue/snapshot-holder.ts";
import { parseConfig } from "../../packages/gateway/src/config/load.ts";
import { startGateway } from "../../packages/gateway/src/server/start.ts";
import { openStore } from "../../packages/gateway/src/store/open.ts";
import type { Outcome } from "./outcome.ts";
import { messagesOf, type SpokenRecording } from "./recordings.ts";

const KEY = "a-key-for-the-recorded-tests";

/** A recording as it goes over the wire: what the client sends, and what the vendor answered. */
interface Play {
  readonly sent: string;
  readonly answer: string;
}

/**
 * Sends every recorded request through the real gateway to a server that gives the recorded answer, and compares bytes:
 * those that the server got with those that were sent (but for the model's name), those that the client got with those
 * that were recorded.
 */
export async function checkPassthrough(recordings: readonly SpokenRecording[]): Promise<readonly Outcome[]> {
  let play: Play = { sent: "", answer: "" };
  let current: SpokenRecording | undefined;
  let arrived = "";
  const vendor = await listen(async (request, response) => {
    arrived = await textOf(request);
    response.writeHead(current?.status ?? 500, {
      "content-type": isEvents(current) ? "text/event-stream" : "application/json",
    });
    response.end(play.answer);
  });
  const folder = mkdtempSync(join(tmpdir(), "signalbox-recorded-"));
  const store = await openStore({ folder });
  const snapshots = snapshotFor(vendor.url, folder);
  const gateway = await startGateway({ snapshots, store, log: pino({ level: "silent" }) });
  const results: Outcome[] = [];
  for (const recording of recordings) {
    const { request } = recording;
    if (request === undefined || recording.fidelity !== "raw" || isNamedByPath(recording)) continue;
    current = recording;
    play = { sent: JSON.stringify(request), answer: answerText(recording) };
    const got = await send(gateway.url, recording);
    results.push({ recording, column: "passthrough", ...compare({ recording, play, arrived, got }) });
  }
  await gateway.close();
  await vendor.close();
  await store.close();
  rmSync(folder, { recursive: true });
  return results;
}

/** Vertex and Azure put the model into a path of their own: not a request of the plain dialect. */
function isNamedByPath({ dialect, request }: SpokenRecording): boolean {
  return dialect !== "gemini" && request?.["model"] === undefined;
}

function compare(parts: {
  recording: SpokenRecording;
  play: Play;
  arrived: string;
  got: { status: number; text: string };
}): {
  failure?: string;
} {
  const { recording, play, arrived, got } = parts;
  if (arrived !== sentOn(recording, play.sent)) return { failure: "the request's bytes changed" };
  if ([401, 403].includes(recording.status))
    return got.status === 502 ? {} : { failure: `status ${got.status} for our credential` };
  if (got.status !== recording.status) return { failure: `status ${got.status} instead of ${recording.status}` };
  return got.text === shown(recording, play.answer) ? {} : { failure: "the answer's bytes changed" };
}

/** A chat stream tells what it used only to who asks, so the gateway asks, */
function asksUsageItself({ dialect, request }: SpokenRecording): boolean {
  const asked = objectOf(request?.["stream_options"])?.["include_usage"];
  return dialect === "openai-chat" && request?.["stream"] === true && asked !== true;
}

function sentOn(recording: SpokenRecording, sent: string): string {
  if (!asksUsageItself(recording)) return sent;
  const options = objectOf(recording.request?.["stream_options"]);
  if (options === undefined) return sent.replace("{", '{"stream_options":{"include_usage":true},');
  return sent.replace(JSON.stringify(options), JSON.stringify({ ...options, include_usage: true }));
}

/** and keeps the chunk that tells it, which has no choices, to itself. */
function shown(recording: SpokenRecording, answer: string): string {
  if (!asksUsageItself(recording) || !isEvents(recording)) return answer;
  const isUsage = (event: string) => {
    const data = /^data: ?(\{.*\})\r?$/m.exec(event)?.[1];
    const chunk = data === undefined ? undefined : objectOf(parseJson(data));
    const { choices, usage } = chunk ?? {};
    return Array.isArray(choices) && choices.length === 0 && objectOf(usage) !== undefined;
  };
  return answer
    .split(/(?<=\n\r?\n)/)
    .filter((event) => !isUsage(event))
    .join("");
}

const isEvents = (recording: SpokenRecording | undefined) => recording?.isStream === true && recording.status === 200;

function answerText(recording: SpokenRecording): string {
  const { response } = recording;
  // Recorded without `alt=sse`, which the gateway always asks for.
  if (recording.isStream && Array.isArray(response)) {
    return messagesOf(recording)
      .map(({ data }) => `data: ${data}\r\n\r\n`)
      .join("");
  }
  return typeof response === "string" ? response : JSON.stringify(response);
}

function snapshotFor(vendor: string, data: string) {
  const dialects = {
    "openai-chat": `${vendor}/v1`,
    "openai-responses": `${vendor}/v1`,
    "anthropic-messages": vendor,
    gemini: vendor,
  };
  const endpoints = Object.fromEntries(Object.entries(dialects).map(([dialect, baseUrl]) => [dialect, { baseUrl }]));
  const config = {
    server: { port: 0 },
    data,
    // A recorded failure is the answer that is compared: it is not asked for again.
    retries: { maxPerRequest: 0 },
    keys: [{ name: "recorded", key: KEY }],
    providers: { vendor: { auth: "none", endpoints } },
  };
  const sources = { environment: {}, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "recorded.yaml", folder: ".", sources });
  return holdSnapshot(buildSnapshot(loaded, { environment: {}, keys: [] }));
}

async function send(gateway: string, recording: SpokenRecording): Promise<{ status: number; text: string }> {
  const { path, body } = callOf(recording);
  const headers = {
    authorization: `Bearer ${KEY}`,
    "content-type": "application/json",
    "anthropic-version": "2023-06-01",
    // The answer as it came: what the gateway tells is not to stand in it.
    "x-signalbox-metadata": "off",
  };
  const response = await fetch(gateway + path, { method: "POST", headers, body });
  return { status: response.status, text: await response.text().catch(() => "cut off") };
}

function callOf(recording: SpokenRecording): { path: string; body: string } {
  const body = JSON.stringify(recording.request);
  const aliased = body.replace(/"model":"(?:[^"\\]|\\.)*"/, `"model":${JSON.stringify(`vendor/${recording.model}`)}`);
  switch (recording.dialect) {
    case "openai-chat":
      return { path: "/v1/chat/completions", body: aliased };
    case "openai-responses":
      return { path: "/v1/responses", body: aliased };
    case "anthropic-messages":
      return { path: "/v1/messages", body: aliased };
    case "gemini": {
      const method = recording.isStream ? "streamGenerateContent?alt=sse" : "generateContent";
      return { path: `/v1beta/models/vendor/${recording.model}:${method}`, body };
    }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
