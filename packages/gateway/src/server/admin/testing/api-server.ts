import { isObject, type JsonObject } from "@signalbox/protocol";
import Fastify from "fastify";
import { emptyDirectory } from "../../../access/key-directory.ts";
import { plainKey } from "../../../config/client-key.ts";
import { hashClientKey } from "../../../config/convert.ts";
import { defaultSettings } from "../../../config/defaults.ts";
import type { RouterAdmin } from "../router-admin.ts";
import { adminRoutes } from "../routes.ts";

const key = "0123456789abcdef";

export interface Answered {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Headers;
}

export interface ApiServer {
  readonly url: string;
  readonly errors: readonly unknown[];
  /** `call("PATCH /v1/routers/x", body)`; sends the key, and the body as JSON unless it is text already. */
  readonly call: (line: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answered>;
  readonly close: () => Promise<void>;
}

/** The router API alone, on a free port of the loopback address. */
export async function serveApi(admin: RouterAdmin): Promise<ApiServer> {
  const errors: unknown[] = [];
  const hash = hashClientKey(key);
  const app = Fastify({ forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  const routes = adminRoutes({
    admin,
    snapshots: {
      current: () => ({
        server: defaultSettings.server,
        keys: new Map([[hash, plainKey({ id: "test", name: "test", hash, role: "owner" })]]),
      }),
    },
    keys: emptyDirectory(),
    loopback: true,
    log: { info: () => undefined, error: (line: unknown) => void errors.push(line) },
  });
  for (const { method, path, handler } of routes) {
    app.route({
      method: [...method],
      url: path,
      handler: (request, reply) => {
        reply.hijack();
        handler({ request: request.raw, response: reply.raw });
      },
    });
  }
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    errors,
    call: async (line, body, headers = {}) => {
      const [method = "", path = ""] = line.split(" ");
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json: unknown = text === "" ? {} : JSON.parse(text);
      return { status: response.status, body: isObject(json) ? json : {}, headers: response.headers };
    },
    close: () => app.close(),
  };
}
