import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { defaultTimeouts } from "../../../config/defaults.ts";
import type { AuthScheme } from "../../../config/settings.ts";
import type { Credential } from "../../../providers/resolved.ts";
import type { Agents } from "../../agents.ts";
import { cancellation } from "../../cancellation.ts";
import { dispatch, type UpstreamAnswer, type UpstreamBody } from "../../dispatch.ts";
import { createPools } from "../../pools.ts";
import type { LoadChain } from "../aws-chain.ts";
import { createClouds } from "../clouds.ts";

export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server on this machine that answers as it is told, and remembers what it was asked. */
export interface Cloud {
  readonly url: string;
  readonly host: string;
  readonly asked: Asked[];
  readonly close: () => Promise<void>;
}

export type Answering = (asked: Asked, response: ServerResponse, count: number) => void;

export async function startCloud(answer: Answering): Promise<Cloud> {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url: path = "", headers } = request;
      const one = { path, headers, body: Buffer.concat(chunks).toString("utf8") };
      asked.push(one);
      answer(one, response, asked.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const host = `127.0.0.1:${address.port}`;
  return {
    url: `http://${host}`,
    host,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function json(response: ServerResponse, body: unknown, { status = 200, headers = {} } = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

export const ok: Answering = (_asked, response) => json(response, { ok: true });

export function credentialOf(account: unknown, brought = false): Credential {
  const text = typeof account === "string" ? account : JSON.stringify(account);
  return { id: "c#1", reveal: () => text, priority: 0, weight: 1, ...(brought ? { brought: true as const } : {}) };
}

export interface Sending {
  readonly auth: AuthScheme;
  readonly credential: Credential;
  readonly body?: UpstreamBody;
  /** With its question mark. */
  readonly query?: string;
}

/** What sends requests, with a clock that only moves when it is told to. */
export interface CloudRig {
  readonly agents: Agents;
  readonly now: () => number;
  readonly pass: (ms: number) => void;
  chain: LoadChain;
  readonly start: (answer: Answering) => Promise<Cloud>;
  readonly ask: (cloud: Cloud, sending: Sending) => Promise<UpstreamAnswer>;
  readonly close: () => Promise<void>;
}

export function cloudRig(startsAt: number): CloudRig {
  let time = startsAt;
  const open: Cloud[] = [];
  const pools = createPools();
  const clouds = createClouds({ pools, now: () => time, loadChain: () => rig.chain() });
  const agents: Agents = { ...pools, clouds };
  const rig: CloudRig = {
    agents,
    now: () => time,
    pass(ms) {
      time += ms;
    },
    chain: () => Promise.reject(new Error("Cannot find package")),
    async start(answer) {
      const cloud = await startCloud(answer);
      open.push(cloud);
      return cloud;
    },
    ask({ url }, { auth, credential, body = "{}", query = "" }) {
      const place = { baseUrl: url, auth, headers: new Map(), privateAllowed: true };
      const upstream = { place, credential, url: new URL(`${url}/model/m/converse${query}`), headers: {}, body };
      return dispatch(upstream, { agents, timeouts: defaultTimeouts, cancel: cancellation() });
    },
    async close() {
      await agents.close();
      await Promise.all(open.map((cloud) => cloud.close()));
    },
  };
  return rig;
}
