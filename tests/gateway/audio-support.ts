import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Answer, type Call, type Rig, send } from "./support.ts";

export const noise = (size: number): Buffer => randomBytes(size);
export const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export interface Piece {
  readonly name: string;
  readonly value: string | Uint8Array;
  readonly filename?: string;
}

export const FORM_TYPE = { "content-type": "multipart/form-data; boundary=b" };

export const headOf = (name: string, filename?: string): string => {
  const file = filename === undefined ? "" : `; filename="${filename}"`;
  return `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
};

export function form(...pieces: readonly Piece[]): Buffer {
  const parts = pieces.flatMap(({ name, value, filename }) => [headOf(name, filename), value, "\r\n"]);
  return Buffer.concat([...parts, "--b--\r\n"].map((part) => Buffer.from(part)));
}

export const file = (value: Uint8Array, filename = "sound.mp3"): Piece => ({ name: "file", filename, value });
export const field = (name: string, value: string): Piece => ({ name, value });

export const transcribe = (rig: Rig, ...pieces: readonly Piece[]): Promise<Answer> =>
  send(rig.gateway.url, transcription(...pieces));

export const transcription = (...pieces: readonly Piece[]): Call => ({
  path: "/v1/audio/transcriptions",
  raw: form(...pieces),
  headers: FORM_TYPE,
});

/** A WAV file of so many seconds of telephone sound. */
export function wav(seconds: number): Buffer {
  const data = noise(seconds * 16_000);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

/** An upstream that a test plays itself. */
export interface Played {
  readonly url: string;
  handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly close: () => void;
}

export async function play(): Promise<Played> {
  const server: Server = createServer((request, response) => played.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const played: Played = {
    url: `http://127.0.0.1:${port}/v1`,
    handle: (_, response) => response.end(),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return played;
}

/** What the ledger says of the attempts of an answer. */
export async function attemptsOf(rig: Rig, { headers }: Answer) {
  const id = String(headers["x-signalbox-generation-id"]);
  await send(rig.gateway.url, { method: "GET", path: `/v1/generation?id=${id}` });
  return rig.store.usage.attemptsOf(id);
}

/** The providers of these tests: prices are US dollars, so that a minute costs six thousand nano-dollars a second… in whole. */
export const audioProviders = (simulator: string, played: string): Readonly<Record<string, unknown>> => {
  const models = [
    { id: "m", price: { input: 2, output: 10, audioInput: 6 } },
    { id: "whisper-1", price: { perAudioMinute: 0.006 } },
    { id: "whisper-other", price: { perAudioMinute: 0.006 } },
    { id: "tts-1", price: { perMillionCharacters: 15 } },
    { id: "tts-2", price: { input: 0.6, output: 12 } },
    { id: "diarize", price: { input: 2, output: 10 } },
    { id: "omni-moderation-latest", price: { input: 0, output: 0 } },
  ];
  const at = (baseUrl: string) => ({ auth: "none", models, endpoints: { "openai-chat": { baseUrl } } });
  return {
    first: at(`${simulator}/v1`),
    second: at(`${simulator}/v1`),
    played: at(played),
    hurried: { ...at(played), timeouts: { firstTokenMs: 100 } },
    renamed: {
      ...at(`${simulator}/v1`),
      operations: {
        transcription: { format: "openai", fields: { hint: "prompt", language: null } },
        speech: { format: "openai", fields: { voice_id: "voice", speed: null } },
      },
    },
    silent: {
      ...at(`${simulator}/v1`),
      operations: { transcription: false, translation: false, speech: false, moderation: false },
    },
  };
};
