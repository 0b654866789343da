import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

export const DIALECTS = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"] as const;

/** A key of every site, with the role of an owner. */
export const OWNER = "the-owner-of-the-accounts-tests";

export type Dialect = (typeof DIALECTS)[number];

/** What is asked of the gateway. */
export interface Ask {
  readonly dialect: Dialect;
  readonly key: string;
  readonly model: string;
  readonly text: string;
  readonly stream?: boolean;
  readonly maxTokens?: number;
  readonly session?: string;
  /** The client goes away after so many ms. */
  readonly leaveAfterMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body has ended as it should. */
  readonly ended: boolean;
}

interface Wire {
  readonly path: string;
  readonly body?: object;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly leaveAfterMs?: number | undefined;
}

export function ask(url: string, asked: Ask): Promise<Answer> {
  const wire = wireOf(asked);
  const session = asked.session === undefined ? {} : { "x-session-id": asked.session };
  const headers = { authorization: `Bearer ${asked.key}`, ...session, ...wire.headers };
  return send(url, { ...wire, headers, leaveAfterMs: asked.leaveAfterMs });
}

/** What each dialect writes when a streamed answer is whole; Gemini's has no end of its own but that of its body. */
const TERMINALS: Readonly<Record<Dialect, string>> = {
  "openai-chat": "data: [DONE]",
  "openai-responses": '"type":"response.completed"',
  "anthropic-messages": '"type":"message_stop"',
  gemini: '"finishReason"',
};

/** Whether the client has all of the answer, whatever became of the connection after that. */
export function isWhole(
  { dialect, stream }: Pick<Ask, "dialect" | "stream">,
  { status, text, ended }: Answer,
): boolean {
  if (status !== 200) return false;
  if (stream !== true) return ended && text.trimEnd().endsWith("}");
  if (dialect === "gemini" && !ended) return false;
  return text.replaceAll('": "', '":"').includes(TERMINALS[dialect]);
}

function wireOf({ dialect, model, text, stream = false, maxTokens = 100 }: Ask): Wire {
  const messages = [{ role: "user", content: text }];
  switch (dialect) {
    case "openai-chat":
      return { path: "/v1/chat/completions", body: { model, stream, max_tokens: maxTokens, messages } };
    case "openai-responses":
      return { path: "/v1/responses", body: { model, stream, max_output_tokens: maxTokens, input: text } };
    case "anthropic-messages":
      return {
        path: "/v1/messages",
        headers: { "anthropic-version": "2023-06-01" },
        body: { model, stream, max_tokens: maxTokens, messages },
      };
    case "gemini":
      return {
        path: `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
        body: { contents: [{ role: "user", parts: [{ text }] }], generationConfig: { maxOutputTokens: maxTokens } },
      };
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, timeout: 4_000 });

/** Rejects where no answer came. One that broke off has not `ended`. */
export function send(url: string, { path, body, method, headers, leaveAfterMs }: Wire): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = leaveAfterMs === undefined ? {} : { signal: AbortSignal.timeout(leaveAfterMs) };
    const outgoing = httpRequest(
      `${url}${path}`,
      {
        agent,
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: { "content-type": "application/json", ...headers },
        ...signal,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        const done = (ended: boolean) =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString(),
            ended,
          });
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () => done(true));
        incoming.on("error", () => done(false));
        incoming.on("close", () => done(incoming.complete));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

interface Call {
  readonly key?: string;
  readonly body?: object;
}

/** JSON of one of the gateway's own routes: `api(url, "GET /v1/usage")`. Rejects with what it was refused with. */
export async function api(url: string, line: string, { key = OWNER, ...body }: Call = {}): Promise<unknown> {
  const [method = "", path = ""] = line.split(" ");
  const { status, text } = await send(url, { method, path, headers: { authorization: `Bearer ${key}` }, ...body });
  if (status >= 300) throw new Error(`${line} was answered ${status}: ${text}`);
  return JSON.parse(text);
}
