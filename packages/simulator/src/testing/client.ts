import { type Fields, fieldsOf, listOf, parseJson } from "../json.ts";

/** What the simulator's own tests need of an HTTP client. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Fields;
}

export interface Call {
  readonly url: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function post({ url, body, headers }: Call): Promise<Reply> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: fieldsOf(parseJson(text)) };
}

export interface SseEvent {
  readonly event: string | undefined;
  readonly data: string;
  readonly json: Fields;
}

/** Every complete event of a stream; comments are left out. */
export function readSse(text: string): readonly SseEvent[] {
  return text
    .split(/\r?\n\r?\n/)
    .map((block) => block.split(/\r?\n/))
    .map((lines) => ({ event: fieldOf(lines, "event"), data: fieldOf(lines, "data") }))
    .flatMap(({ event, data }) => (data === undefined ? [] : [{ event, data, json: fieldsOf(parseJson(data)) }]));
}

function fieldOf(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
}

/** `at(value, "choices", 0, "delta")` without a cast at every step. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, step) => (typeof step === "number" ? listOf(inner).at(step) : fieldsOf(inner)[step]),
    value,
  );
}

/** The same prompt in each dialect, at the path where its clients send it. */
export const PROMPTS = {
  "openai-chat": (text: string, stream: boolean) => ({
    path: "/v1/chat/completions",
    body: { model: "sim-model", stream, messages: [{ role: "user", content: text }] },
  }),
  "openai-responses": (text: string, stream: boolean) => ({
    path: "/v1/responses",
    body: { model: "sim-model", stream, input: text },
  }),
  "anthropic-messages": (text: string, stream: boolean) => ({
    path: "/v1/messages",
    body: { model: "sim-model", stream, max_tokens: 4096, messages: [{ role: "user", content: text }] },
  }),
  gemini: (text: string, stream: boolean) => ({
    path: `/v1beta/models/sim-model:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: { contents: [{ role: "user", parts: [{ text }] }] },
  }),
} as const;

export const DIALECTS = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"] as const;
