import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import Anthropic0 from "anthropic-sdk-0";
import OpenAI from "openai";
import type { Surface, Target } from "../driver.ts";
import { type Asked, QUESTION, type RefusalClient, type Refused, toldHeaders } from "../refusal-client.ts";
import { PythonProcess } from "./python.ts";

const textOr = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function refusedBy(error: unknown): Refused {
  if (error instanceof OpenAI.APIError) {
    const { status, code, type, param, requestID, headers, message } = error;
    return {
      name: error.constructor.name,
      status,
      message,
      code: textOr(code),
      type,
      param: textOr(param),
      requestId: textOr(requestID),
      headers: toldHeaders(headers?.entries() ?? []),
    };
  }
  if (error instanceof Anthropic.APIError || error instanceof Anthropic0.APIError) {
    const { status, requestID, headers, message } = error;
    return {
      name: error.constructor.name,
      status,
      message,
      type: textOr(error.type),
      requestId: textOr(requestID),
      headers: toldHeaders(headers?.entries() ?? []),
    };
  }
  if (error instanceof ApiError) return { name: error.constructor.name, status: error.status, message: error.message };
  throw error;
}

const client = (
  name: string,
  surface: Surface,
  ask: (target: Target, stream: boolean) => Promise<Asked>,
): RefusalClient => ({
  name,
  surface,
  ask: (target, stream) => ask(target, stream).catch((error: unknown) => ({ refused: refusedBy(error) })),
});

async function chat({ root, key, model }: Target, stream: boolean): Promise<Asked> {
  const openai = new OpenAI({ baseURL: `${root}/v1`, apiKey: key });
  const messages = [{ role: "user" as const, content: QUESTION }];
  if (!stream) {
    const { data, response } = await openai.chat.completions.create({ model, messages }).withResponse();
    return { text: data.choices[0]?.message.content ?? "", headers: toldHeaders(response.headers.entries()) };
  }
  const { data, response } = await openai.chat.completions.create({ model, messages, stream: true }).withResponse();
  let text = "";
  for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? "";
  return { text, headers: toldHeaders(response.headers.entries()) };
}

async function responses({ root, key, model }: Target, stream: boolean): Promise<Asked> {
  const openai = new OpenAI({ baseURL: `${root}/v1`, apiKey: key });
  const body = { model, input: QUESTION, store: false };
  if (!stream) {
    const { data, response } = await openai.responses.create(body).withResponse();
    return { text: data.output_text, headers: toldHeaders(response.headers.entries()) };
  }
  const { data, response } = await openai.responses.create({ ...body, stream: true }).withResponse();
  let text = "";
  for await (const event of data) text += event.type === "response.output_text.delta" ? event.delta : "";
  return { text, headers: toldHeaders(response.headers.entries()) };
}

interface Question {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: { readonly role: "user"; readonly content: string }[];
}

interface AnswerOf<T> {
  readonly data: T;
  readonly response: { readonly headers: Headers };
}

type Block = Pick<Anthropic.ContentBlock, "type"> & { readonly text?: string };
type Event = Pick<Anthropic.MessageStreamEvent, "type"> & { readonly delta?: object };

const textIn = ({ delta = {} }: Event): string => ("text" in delta ? String(delta.text) : "");

/** The same of two versions, whose types have nothing to do with each other. */
interface MessagesApi {
  readonly whole: (question: Question) => Promise<AnswerOf<{ readonly content: readonly Block[] }>>;
  readonly streamed: (question: Question) => Promise<AnswerOf<AsyncIterable<Event>>>;
}

const anthropic1 = ({ root, key }: Target): MessagesApi => {
  const { messages } = new Anthropic({ baseURL: root, apiKey: key });
  return {
    whole: (question) => messages.create(question).withResponse(),
    streamed: (question) => messages.create({ ...question, stream: true }).withResponse(),
  };
};

const anthropic0 = ({ root, key }: Target): MessagesApi => {
  const { messages } = new Anthropic0({ baseURL: root, apiKey: key });
  return {
    whole: (question) => messages.create(question).withResponse(),
    streamed: (question) => messages.create({ ...question, stream: true }).withResponse(),
  };
};

const messagesOf =
  (connect: (target: Target) => MessagesApi) =>
  async (target: Target, stream: boolean): Promise<Asked> => {
    const api = connect(target);
    const messages = [{ role: "user" as const, content: QUESTION }];
    const question = { model: target.model, max_tokens: 100, messages };
    if (!stream) {
      const { data, response } = await api.whole(question);
      return { text: data.content[0]?.text ?? "", headers: toldHeaders(response.headers.entries()) };
    }
    const { data, response } = await api.streamed(question);
    let text = "";
    for await (const event of data) text += textIn(event);
    return { text, headers: toldHeaders(response.headers.entries()) };
  };

async function google({ root, key, model }: Target, stream: boolean): Promise<Asked> {
  const { models } = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: root } });
  const question = { model, contents: QUESTION };
  if (!stream) return { text: (await models.generateContent(question)).text ?? "" };
  let text = "";
  for await (const chunk of await models.generateContentStream(question)) text += chunk.text ?? "";
  return { text };
}

export const javascript: readonly RefusalClient[] = [
  client("openai (JS), chat.completions", "openai-chat", chat),
  client("openai (JS), responses", "openai-responses", responses),
  client("@anthropic-ai/sdk 1.x", "anthropic-messages", messagesOf(anthropic1)),
  client("@anthropic-ai/sdk 0.x", "anthropic-messages", messagesOf(anthropic0)),
  client("@google/genai (JS)", "gemini", google),
];

export function python(program: string): readonly RefusalClient[] {
  const child = new PythonProcess(program, "refusals.py");
  const ofPython = (name: string, surface: Surface): RefusalClient => ({
    name,
    surface,
    ask: async (target, stream) => {
      const { asked, failure } = await child.send({ surface, target, stream, question: QUESTION });
      if (asked === undefined) throw new Error(`${name}: ${failure?.name}: ${failure?.message}`);
      const { refused, ...rest } = asked;
      return { ...rest, ...(refused === undefined ? {} : { refused }) };
    },
    close: () => child.close(),
  });
  return [
    ofPython("openai (Python), chat.completions", "openai-chat"),
    ofPython("openai (Python), responses", "openai-responses"),
    ofPython("anthropic (Python)", "anthropic-messages"),
    ofPython("google-genai (Python)", "gemini"),
  ];
}
