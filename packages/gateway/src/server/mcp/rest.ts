import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isObject, type JsonObject, stringOf } from "@signalbox/protocol";
import type { InProcess } from "../../pipeline/in-process.ts";
import { largestBody } from "../admin/body.ts";

/** What a route is asked through a tool. */
export interface RestAsk {
  /** What stands in the place of `:id` or `*`. */
  readonly id?: string;
  /** A list is sent as several parameters of that name; what is undefined is not sent. */
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly body?: JsonObject;
}

/** The gateway's own routes, as the caller of a tool may ask them. */
export interface Rest {
  /** Rejects with RestError. */
  readonly ask: (route: string, ask: RestAsk) => Promise<JsonObject>;
}

/** A route refused, in its own words. */
export class RestError extends Error {
  override readonly name = "RestError";
  readonly status: number;
  readonly body: JsonObject;

  constructor(status: number, message: string, body: JsonObject = {}) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/**
 * Asks the routes themselves, with the caller's own key and from its own address: whatever stands before a route for everybody, and
 * whatever it notes of a change, stands before the tool too.
 */
export function restOf(server: InProcess, caller: IncomingMessage): Rest {
  const headers = callersHeaders(caller);
  const { remoteAddress } = caller.socket;
  return {
    async ask(route, { id, query, body }) {
      const [method = "", template = ""] = route.split(" ");
      const path = template.replace(/:id|\*/, encodeURIComponent(id ?? "")) + queryText(query);
      const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      if (bytes !== undefined && bytes.length > largestBody) throw new RestError(413, "The arguments are too large.");
      const { answer } = server.call({
        method,
        path,
        headers: bytes === undefined ? headers : { ...headers, "content-type": "application/json" },
        ...(bytes === undefined ? {} : { body: bytes }),
        remoteAddress,
      });
      return read(await answer);
    },
  };
}

/** What says who calls, and from where. */
const CALLERS = ["authorization", "x-api-key", "x-goog-api-key", "x-forwarded-for"] as const;

function callersHeaders({ headers, url = "" }: IncomingMessage): IncomingHttpHeaders {
  const told = Object.fromEntries(CALLERS.map((name) => [name, headers[name]]));
  // Several credentials were found to be equal when the caller was let in.
  const key = new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("key") ?? "";
  return key === "" ? told : { ...told, "x-goog-api-key": key };
}

function queryText(query: RestAsk["query"] = {}): string {
  const text = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((one): [string, string] => [name, String(one)]),
    ),
  ).toString();
  return text === "" ? "" : `?${text}`;
}

async function read(answer: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  const status = answer.statusCode ?? 500;
  const value: unknown = text === "" ? {} : JSON.parse(text);
  const body = isObject(value) ? value : { data: text };
  if (status < 400) return body;
  throw new RestError(status, wordsOf(body) ?? `The gateway answered ${status}.`, body);
}

/** OpenAI's, Anthropic's and Google's errors have a message inside of `error`, the router API's has it outside. */
function wordsOf(body: JsonObject): string | undefined {
  const { error } = body;
  return stringOf(isObject(error) ? error["message"] : body["message"]);
}
