import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { stored } from "../driver.ts";
import type { SdkCall, SdkFile, SdkReply } from "../examples/sdk.ts";
import { PythonFailure, PythonProcess } from "./python.ts";

/** Sends an example with a vendor's library as its page does, and answers with what the library gives. */
export type Sender = (gateway: string, call: SdkCall) => Promise<SdkReply>;

/** The libraries pass fields on that they do not know, `extra_body` as well. */
export const javascript: Sender = (gateway, call) => {
  switch (call.library) {
    case "openai":
      return openai(gateway, call);
    case "anthropic":
      return anthropic(gateway, call);
    case "google":
      return google(gateway, call);
  }
};

async function openai(gateway: string, call: SdkCall): Promise<SdkReply> {
  const { base, key, scheme, headers } = call;
  const authorization = scheme === "basic" ? { Authorization: `Basic ${key}` } : {};
  const client = new OpenAI({
    baseURL: gateway + base,
    apiKey: key,
    maxRetries: 0,
    defaultHeaders: { ...headers, ...authorization },
  });
  if (call.resource === "chat" && call.stream) return chatStream(client, call);
  return whole(await openaiObject(client, call));
}

async function openaiObject(client: OpenAI, { resource, body, files }: SdkCall): Promise<unknown> {
  switch (resource) {
    case "models": {
      const { object, data } = await client.models.list();
      return { object, data };
    }
    case "responses":
      return client.responses.create(stored(body));
    case "embeddings":
      return client.embeddings.create(stored(body));
    case "pictures":
      return client.images.generate(stored(body));
    case "edits": {
      const [image = [], mask = []] = ["image", "mask"].map((field) =>
        files.filter((file) => file.field.startsWith(field)),
      );
      const masked = mask.length === 0 ? {} : { mask: mask.map(asFile).at(0) };
      const pictures = image.map(asFile);
      return client.images.edit({ ...stored(body), image: pictures.length === 1 ? pictures[0] : pictures, ...masked });
    }
    case "moderations":
      return client.moderations.create(stored(body));
    case "completions":
      return client.completions.create(stored(body));
    default:
      return client.chat.completions.create(stored(body));
  }
}

const asFile = ({ name, type, base64 }: SdkFile): File => new File([Buffer.from(base64, "base64")], name, { type });

async function chatStream(client: OpenAI, { body }: SdkCall): Promise<SdkReply> {
  let text = "";
  const chunks = await client.chat.completions.create({ model: "", messages: [], ...body, stream: true });
  for await (const chunk of chunks) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  return { text };
}

async function anthropic(gateway: string, { resource, base, key, scheme, headers, body, stream }: SdkCall) {
  const credential = scheme === "bearer" ? { authToken: key, apiKey: null } : { apiKey: key, authToken: null };
  const client = new Anthropic({ baseURL: gateway + base, maxRetries: 0, defaultHeaders: headers, ...credential });
  if (resource === "models") return whole({ data: (await client.models.list({ limit: 1000 })).data });
  if (!stream) return whole(await client.messages.create(stored(body)));
  return { text: await client.messages.stream(stored(body)).finalText() };
}

async function google(gateway: string, { base, key, body, stream }: SdkCall): Promise<SdkReply> {
  const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: gateway + base } });
  const { model, contents, generationConfig = {}, ...rest } = stored(body);
  const request = { model, contents, config: { ...generationConfig, ...rest } };
  if (!stream) return { text: (await client.models.generateContent(request)).text ?? "" };
  let text = "";
  for await (const chunk of await client.models.generateContentStream(request)) text += chunk.text ?? "";
  return { text };
}

const whole = (object: unknown): SdkReply => ({ object: stored(object), text: JSON.stringify(object) });

export interface Python {
  readonly send: Sender;
  readonly close: () => void;
}

/**
 * The same libraries in Python, which refuse arguments that they do not know. What is none of theirs goes into the option
 * `extra_body`; the library puts its members at the root of the body. `flattened` does so with the members of the
 * example's own `extra_body` too, which else stays a key of that name.
 */
export function pythonExamples(python: string, flattened: boolean): Python {
  const child = new PythonProcess(python, "example.py");
  return {
    close: () => child.close(),
    send: async (gateway, call) => {
      const { reply, failure } = await child.send({ gateway, call, flattened });
      if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
      return reply;
    },
  };
}
