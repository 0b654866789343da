import { isObject, type JsonObject, parseJsonObject } from "@signalbox/protocol";

/** What a message is answered that cannot become a response; the connection goes on. */
export class MessageRefusal extends Error {
  override readonly name = "MessageRefusal";
  readonly status: number;
  readonly words: ErrorWords;

  constructor(status: number, words: ErrorWords) {
    super(words.message);
    this.status = status;
    this.words = words;
  }
}

export interface ErrorWords {
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
}

/** The words of OpenAI's own refusals: https://developers.openai.com/api/docs/guides/websocket-mode#errors-to-handle */
export function refusal(code: string | null, message: string, param: string | null = null): MessageRefusal {
  return new MessageRefusal(400, { type: "invalid_request_error", code, message, param });
}

export function errorEvent({ status, words }: MessageRefusal): string {
  return JSON.stringify({ type: "error", status, error: words });
}

export interface HttpRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/**
 * An HTTP answer that is an error as one event. Clients know its status and its headers (how long to wait, the request's id) from members
 * beside the error: https://github.com/openai/codex/blob/main/codex-rs/codex-api/src/endpoint/responses_websocket.rs
 */
export function httpErrorEvent({ status, headers, body }: HttpRefusal): string {
  const error = parseJsonObject(body)?.["error"];
  return JSON.stringify({
    type: "error",
    status,
    error: isObject(error) ? error : { type: "server_error", code: null, message: plain(status), param: null },
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        isTold(name) && typeof value === "string" ? [[name, value]] : [],
      ),
    ),
  });
}

const plain = (status: number): string => `The request was answered with status ${status}.`;

const isTold = (name: string): boolean =>
  name === "x-request-id" || name === "x-should-retry" || name.startsWith("retry-after") || name.includes("ratelimit");

/**
 * The `error` event of a stream has its words beside its type; over a WebSocket clients look for `status` and `error`, and Codex waits on
 * without them. Both forms stand in one event.
 */
export function streamErrorEvent(data: string): string {
  const event = parseJsonObject(data);
  if (event === undefined || isObject(event["error"])) return data;
  return JSON.stringify({ ...event, status: statusOf(event), error: wordsOf(event) });
}

function wordsOf({ code = null, message = null, param = null }: JsonObject): JsonObject {
  const type = statusOf({ code }) === 400 ? "invalid_request_error" : "server_error";
  return { type, code, message, param };
}

/** By OpenAI's words for what is the request's fault, or its account's: all else is the server's. */
function statusOf({ code }: JsonObject): number {
  if (code === "rate_limit_exceeded" || code === "insufficient_quota") return 429;
  return typeof code === "string" && /^(invalid_|context_length|content_policy|unsupported_)/.test(code) ? 400 : 502;
}
