import Anthropic from "@anthropic-ai/sdk";
import { ApiError, type GenerateContentResponse, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { ChatCompletionStream } from "openai/lib/ChatCompletionStream";
import { type Surface, stored, type Target } from "../driver.ts";

/** What a library hands to its user, all of it: its object, of a stream every event too, and the headers of the raw response. */
export interface Seen {
  /** Of a stream: what the library's own helper puts together. */
  readonly object: Json;
  readonly events: readonly Json[];
  readonly header: (name: string) => string | null;
}

/** The objects of four libraries, looked at as JSON. */
export type Json = ReturnType<typeof stored>;

interface Raw {
  readonly data: Json;
  readonly response: Response;
}

export interface Asking {
  readonly target: Target;
  /** As the library takes it, without the model. */
  readonly body: Json;
  readonly stream: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

type Ask = (asking: Asking) => Promise<Seen>;

const openai = ({ root, key }: Target) => new OpenAI({ baseURL: `${root}/v1`, apiKey: key, maxRetries: 0 });

const chat: Ask = async ({ target, body, stream, headers = {} }) => {
  const { completions } = openai(target).chat;
  const asked = { model: target.model, ...body };
  if (!stream) {
    const { data, response } = await completions.create(asked, { headers }).withResponse();
    return { object: stored(data), events: [], header: (name) => response.headers.get(name) };
  }
  const streaming = { ...asked, stream: true, stream_options: { include_usage: true } };
  const { data, response }: Raw = await completions.create(streaming, { headers }).withResponse();
  const [one, other] = data.tee();
  const helper = ChatCompletionStream.fromReadableStream(other.toReadableStream());
  const [events, object] = await Promise.all([all(one), helper.finalChatCompletion()]);
  return { object: stored(object), events, header: (name) => response.headers.get(name) };
};

const responses: Ask = async ({ target, body, stream, headers = {} }) => {
  const client = openai(target);
  const asked = { model: target.model, ...body };
  const { data, response }: Raw = await client.responses.create({ ...asked, stream }, { headers }).withResponse();
  const header = (name: string) => response.headers.get(name);
  if (!stream) return { object: stored(data), events: [], header };
  const events = await all(data);
  const last = events.findLast(({ type }) => /^response\.(completed|incomplete|failed)$/.test(type));
  return { object: last?.response, events, header };
};

const messages: Ask = async ({ target, body, stream, headers = {} }) => {
  const client = new Anthropic({ baseURL: target.root, apiKey: target.key, maxRetries: 0 });
  const asked = { model: target.model, max_tokens: 1000, ...body };
  if (!stream) {
    const { data, response } = await client.messages.create(asked, { headers }).withResponse();
    return { object: stored(data), events: [], header: (name) => response.headers.get(name) };
  }
  const running = client.messages.stream(asked, { headers });
  const events: Json[] = [];
  running.on("streamEvent", (event) => events.push(stored(event)));
  const { response } = await running.withResponse();
  const object = stored(await running.finalMessage());
  return { object, events, header: (name) => response.headers.get(name) };
};

const gemini: Ask = async ({ target, body, stream, headers = {} }) => {
  const client = new GoogleGenAI({ apiKey: target.key, httpOptions: { baseUrl: target.root } });
  const { config = {}, ...rest } = body;
  const asked = {
    model: target.model,
    ...rest,
    config: { ...config, httpOptions: { ...config.httpOptions, headers } },
  };
  if (!stream) {
    const answer = await client.models.generateContent(asked);
    return { object: withoutHttp(answer), events: [], header: headerOf(answer) };
  }
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await client.models.generateContentStream(asked)) chunks.push(chunk);
  const events = chunks.map(withoutHttp);
  return { object: joined(events), events, header: headerOf(chunks[0]) };
};

function withoutHttp(answer: GenerateContentResponse): Json {
  const { sdkHttpResponse: _, ...rest } = stored(answer);
  return rest;
}

const headerOf = (answer: GenerateContentResponse | undefined) => (name: string) =>
  answer?.sdkHttpResponse?.headers?.[name] ?? null;

/** The library has no helper for this: texts after one another, and of all else what came last. */
function joined(chunks: readonly Json[]): Json {
  const candidates = chunks.flatMap((chunk) => chunk.candidates ?? []);
  const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
  const merged: Json[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    const isMore = "text" in part && last !== undefined && "text" in last && part.thought === last.thought;
    if (isMore) last.text += part.text;
    else if (part.text !== "") merged.push({ ...part });
  }
  return Object.assign({}, ...chunks, {
    candidates: [Object.assign({}, ...candidates, { content: { role: "model", parts: merged } })],
  });
}

async function all(events: AsyncIterable<Json>): Promise<readonly Json[]> {
  const seen: Json[] = [];
  for await (const event of events) seen.push(stored(event));
  return seen;
}

export const askers: Readonly<Record<Surface, Ask>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  "anthropic-messages": messages,
  gemini,
};

/** One question in the words of each library. */
export function questionFor(surface: Surface, text: string): Json {
  switch (surface) {
    case "openai-chat":
    case "anthropic-messages":
      return { messages: [{ role: "user", content: text }] };
    case "openai-responses":
      return { input: text };
    case "gemini":
      return { contents: [{ role: "user", parts: [{ text }] }] };
  }
}

/** What each library throws where a request was at fault. */
export const badRequest = {
  "openai-chat": OpenAI.BadRequestError,
  "openai-responses": OpenAI.BadRequestError,
  "anthropic-messages": Anthropic.BadRequestError,
  gemini: ApiError,
} as const;
