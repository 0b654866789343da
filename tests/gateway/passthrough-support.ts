import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { type Answer, type Call, KEY, type Rig, send, startRig } from "./support.ts";

/** A vendor that notes what it was asked, and answers as the test wants it. */
interface Vendor {
  readonly url: string;
  readonly seen: { readonly line: string; readonly headers: IncomingMessage["headers"]; readonly body: Buffer }[];
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
  readonly close: () => void;
}

export const SECRET = "the-operators-own-credential";
export const MODEL_KEY = "an-admin-limited-to-some-models";
export const PROVIDER_KEY = "an-admin-limited-to-a-provider";
export const BUDGET_KEY = "an-admin-with-a-budget-to-keep";
export const SURFACE_KEY = "an-admin-limited-to-one-surface";
export const EDITOR_KEY = "an-editor-that-may-not-do-it";
/** The most that an upload may have here. */
export const SMALL = 300_000;

export const plain = (_request: IncomingMessage, response: ServerResponse) => {
  response.setHeader("content-type", "application/json");
  response.end('{"ok":true}');
};

/** A server on a free port of the loopback address. */
export async function listen(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function startVendor(): Promise<Vendor> {
  const seen: Vendor["seen"] = [];
  const { url, close } = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      vendor.answer(request, response, body);
    });
  });
  const vendor: Vendor = { url, close, seen, answer: plain };
  return vendor;
}

export interface Row {
  readonly state: string;
  readonly status: number;
  readonly model: string;
  readonly operation: string;
  readonly unpriced: boolean;
  readonly input_tokens: number;
  readonly output_tokens: number;
}

export interface BareRig {
  readonly rig: Rig;
  readonly vendor: Vendor;
  /** `pass("GET /provider/v1/files")`. */
  readonly pass: (line: string, call?: Omit<Call, "path" | "method">) => Promise<Answer>;
  /** The ledger's, the newest first. */
  readonly rows: (limit: number) => Promise<readonly Row[]>;
  readonly reset: () => void;
  readonly close: () => Promise<void>;
}

export async function startBareRig(): Promise<BareRig> {
  const vendor = await startVendor();
  const { url } = vendor;
  const keyed = { models: [{ id: "m", price: { input: 3, output: 15 } }, "n"], credentials: [SECRET] };
  const rig = await startRig({
    limits: { formBytes: SMALL },
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "models", key: MODEL_KEY, role: "admin", models: ["openish/m"] },
      { name: "providers", key: PROVIDER_KEY, role: "admin", providers: ["chat"] },
      { name: "budget", key: BUDGET_KEY, role: "admin", budgets: [{ window: "day", limit: 5 }] },
      { name: "surface", key: SURFACE_KEY, role: "admin", surfaces: ["anthropic-messages"] },
      { name: "editor", key: EDITOR_KEY, role: "editor" },
    ],
    moreProviders: (simulator) => ({
      ranker: {
        auth: "none",
        models: [{ id: "embedder", price: { input: 1, output: 0 } }],
        operations: {
          embeddings: { format: "cohere", baseUrl: simulator },
          rerank: { format: "cohere", baseUrl: simulator },
        },
      },
      openish: { ...keyed, auth: "bearer", endpoints: { "openai-chat": { baseUrl: `${url}/v1` } } },
      deep: { ...keyed, auth: "bearer", endpoints: { "openai-chat": { baseUrl: `${url}/team/openai/v1` } } },
      claude: { ...keyed, auth: { header: "x-api-key" }, endpoints: { "anthropic-messages": { baseUrl: url } } },
      google: { ...keyed, auth: { query: "key" }, endpoints: { gemini: { baseUrl: url } } },
      both: {
        ...keyed,
        endpoints: {
          "openai-chat": { baseUrl: url, auth: "bearer" },
          "anthropic-messages": { baseUrl: `${url}/anthropic`, auth: { header: "x-api-key" } },
        },
      },
      two: {
        ...keyed,
        auth: "bearer",
        credentials: [
          { key: "the-second-of-two-accounts", priority: 1 },
          { key: "the-first-of-two-accounts", priority: 0 },
        ],
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
      },
    }),
  });
  return {
    rig,
    vendor,
    pass: (line, call = {}) => {
      const [method = "", path = ""] = line.split(" ");
      return send(rig.gateway.url, { method, path: `/passthrough${path}`, ...call });
    },
    rows: async (limit) => {
      const answer = await send(rig.gateway.url, { method: "GET", path: `/v1/usage/requests?limit=${limit}` });
      return JSON.parse(answer.text).data;
    },
    reset: () => {
      vendor.seen.length = 0;
      vendor.answer = plain;
      rig.simulator.journal.clear();
    },
    close: async () => {
      await rig.close();
      vendor.close();
    },
  };
}

export const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

/** A POST whose body the test sends piece by piece. */
export function begin(base: string, path: string, contentType = "application/octet-stream") {
  const { hostname, port } = new URL(base);
  const headers = { authorization: `Bearer ${KEY}`, "content-type": contentType };
  return httpRequest({ hostname, port, path, method: "POST", headers, agent: false });
}
