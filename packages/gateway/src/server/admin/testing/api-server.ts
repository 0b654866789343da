import { isObject, type JsonObject } from "@signalbox/protocol";
import Fastify from "fastify";
import { emptyDirectory } from "../../../access/key-directory.ts";
import { plainKey } from "../../../config/client-key.ts";
import { hashClientKey } from "../../../config/convert.ts";
import { defaultSettings } from "../../../config/defaults.ts";
import type { ClientKey } from "../../../config/settings.ts";
import { authenticate } from "../../../pipeline/authenticate.ts";
import { register } from "../../register.ts";
import type { AnswerOptions } from "../answer.ts";
import { type ApiRoute, apiRoutes } from "../api.ts";

export interface Answered {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Headers;
}

export interface ApiServer {
  readonly url: string;
  readonly errors: readonly unknown[];
  /** `call("PATCH /v1/routers/x", body)`; sends the owner's key, and the body as JSON unless it is text already. */
  readonly call: (line: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answered>;
  readonly close: () => Promise<void>;
}

/** The key that `call` sends: of the whole installation. */
export const OWNER_SECRET = "0123456789abcdef";

export interface ServedApi {
  readonly routes: readonly ApiRoute[];
  readonly errorBody: AnswerOptions["errorBody"];
  /** Who may call it beside the owner, by the secret that they send. */
  readonly callers?: Readonly<Record<string, Partial<ClientKey>>>;
}

/** One API alone, on a free port of the loopback address. */
export async function serveApi({ routes, errorBody, callers = {} }: ServedApi): Promise<ApiServer> {
  const errors: unknown[] = [];
  const known: Readonly<Record<string, Partial<ClientKey>>> = {
    [OWNER_SECRET]: { id: "test", role: "owner" },
    ...callers,
  };
  const keys = new Map(
    Object.entries(known).map(([secret, key]) => {
      const hash = hashClientKey(secret);
      return [hash, { ...plainKey({ id: secret, name: "test", hash }), ...key }];
    }),
  );
  const snapshot = { server: defaultSettings.server, keys };
  const gate = {
    authenticate: (request: Parameters<typeof authenticate>[0]) =>
      authenticate(request, { snapshot, keys: emptyDirectory() }),
    checkUse: () => undefined,
    loopback: true,
  };
  const app = Fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 16_384, ignoreTrailingSlash: true },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  const log = { info: () => undefined, error: (line: unknown) => void errors.push(line) };
  for (const route of apiRoutes(routes, { errorBody, log })) {
    register(app, route, gate);
  }
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    errors,
    call: async (line, body, headers = {}) => {
      const [method = "", path = ""] = line.split(" ");
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${OWNER_SECRET}`, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json: unknown = text === "" ? {} : JSON.parse(text);
      return { status: response.status, body: isObject(json) ? json : {}, headers: response.headers };
    },
    close: () => app.close(),
  };
}
