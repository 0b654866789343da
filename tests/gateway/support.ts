import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { pino } from "pino";
import { buildSnapshot } from "../../packages/gateway/src/catalogue/snapshot.ts";
import { holdSnapshot } from "../../packages/gateway/src/catalogue/snapshot-holder.ts";
import { parseConfig } from "../../packages/gateway/src/config/load.ts";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import type { ClientKey } from "../../packages/gateway/src/config/settings.ts";
import { type Gateway, startGateway } from "../../packages/gateway/src/server/start.ts";
import { openStore, type Store, type StoreOptions } from "../../packages/gateway/src/store/open.ts";

export const KEY = "a-key-for-the-gateway-tests";

export interface Rig {
  readonly simulator: Simulator;
  readonly gateway: Gateway;
  readonly store: Store;
  /** The gateway's log, one object a line. */
  readonly log: readonly Record<string, unknown>[];
  readonly close: () => Promise<void>;
}

interface Extra extends Readonly<Record<string, unknown>> {
  /** Providers beside those of every rig, told where the simulator is. */
  readonly moreProviders?: (simulator: string) => Readonly<Record<string, unknown>>;
  /** More of the configuration, told where the simulator is. */
  readonly moreConfig?: (simulator: string) => Readonly<Record<string, unknown>>;
  /** Keys beside those of the configuration. */
  readonly moreKeys?: readonly ClientKey[];
  /** Another store than SQLite in a folder of its own. */
  readonly store?: Partial<StoreOptions>;
  /** The URL of one, for what replicas share. */
  readonly redis?: string;
}

/** The gateway and the simulator in this process; `extra` is laid over the configuration. */
export async function startRig(extra: Extra = {}): Promise<Rig> {
  const simulator = await startSimulator();
  const { url } = simulator;
  const models = ["sim-model", "m"];
  const { moreProviders, moreConfig, moreKeys = [], store: otherStore, redis, ...plain } = extra;
  const folder = mkdtempSync(join(tmpdir(), "signalbox-rig-"));
  const config = {
    server: { host: "127.0.0.1", port: 0 },
    data: folder,
    keys: [{ name: "tests", key: KEY, role: "owner" }],
    providers: {
      chat: { auth: "none", models, endpoints: { "openai-chat": { baseUrl: `${url}/v1` } } },
      responses: { auth: "none", models, endpoints: { "openai-responses": { baseUrl: `${url}/v1` } } },
      messages: { auth: "none", models, endpoints: { "anthropic-messages": { baseUrl: url } } },
      "own-gemini": { auth: "none", models, endpoints: { gemini: { baseUrl: url } } },
      keyed: {
        auth: "bearer",
        models,
        credentials: [
          { key: "bad-first-credential", priority: 0 },
          { key: "good-second-credential", priority: 1 },
        ],
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` }, "anthropic-messages": { baseUrl: url } },
      },
      ...moreProviders?.(url),
      dead: { auth: "none", models, endpoints: { "openai-chat": { baseUrl: "http://127.0.0.1:9/v1" } } },
    },
    ...plain,
    ...moreConfig?.(url),
  };
  const environment = {};
  const sources = { environment, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "test.yaml", folder: ".", sources });
  const snapshots = holdSnapshot(buildSnapshot(loaded, { environment, keys: moreKeys }));
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const store = await openStore({ folder, ...otherStore });
  const gateway = await startGateway({
    snapshots,
    store,
    log: logger,
    redis: redis === undefined ? undefined : secret(redis),
  });
  return {
    simulator,
    gateway,
    store,
    log,
    close: async () => {
      await gateway.close();
      await simulator.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** The connection ended without a proper end of the body. */
  readonly cut: boolean;
}

export interface Call {
  readonly path: string;
  readonly body?: unknown;
  readonly raw?: string | Buffer;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** The client goes away. */
  readonly signal?: AbortSignal;
}

/** Sends a request as bytes and reads the answer as bytes: no SDK smooths anything over. */
export function send(base: string, call: Call): Promise<Answer> {
  const raw = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const outgoing = httpRequest(
      {
        hostname,
        port,
        path: call.path,
        method: call.method ?? "POST",
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...call.headers },
        agent: false,
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        const done = (cut: boolean) =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString(),
            cut,
          });
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () => done(false));
        incoming.on("error", () => done(true));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(raw);
  });
}

type DialectName = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini";

/** The smallest request of each dialect. */
export function ask(
  dialect: DialectName,
  model: string,
  { text, stream }: { readonly text: string; readonly stream: boolean },
): Call {
  switch (dialect) {
    case "openai-chat":
      return { path: "/v1/chat/completions", body: { model, stream, messages: [{ role: "user", content: text }] } };
    case "openai-responses":
      return { path: "/v1/responses", body: { model, stream, input: text } };
    case "anthropic-messages":
      return {
        path: "/v1/messages",
        headers: { "anthropic-version": "2023-06-01" },
        body: { model, stream, max_tokens: 1000, messages: [{ role: "user", content: text }] },
      };
    case "gemini":
      return {
        path: `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
        body: { contents: [{ role: "user", parts: [{ text }] }] },
      };
  }
}

export const DIALECTS: readonly DialectName[] = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"];

/** A provider of the rig per dialect. */
export const PROVIDERS: Readonly<Record<DialectName, string>> = {
  "openai-chat": "chat",
  "openai-responses": "responses",
  "anthropic-messages": "messages",
  gemini: "own-gemini",
};

/** What each dialect writes when a streamed answer is whole. */
export const TERMINALS: Readonly<Record<DialectName, string>> = {
  "openai-chat": "[DONE]",
  "openai-responses": "response.completed",
  "anthropic-messages": "message_stop",
  gemini: "finishReason",
};
