import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GenerateContentResponse } from "@google/genai";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findPython } from "./drivers/index.ts";
import { PythonFailure, PythonProcess } from "./drivers/python.ts";
import { type Gateway, gatewayKey, startGateway } from "./gateway.ts";

/** Pictures and sound in conversations, as OpenAI's and Google's own libraries ask for them and bring them back. */

const installed = existsSync(fileURLToPath(new URL("node_modules/openai", import.meta.url)));
const openai = installed ? await import("openai") : undefined;
const google = installed ? await import("@google/genai") : undefined;
const python = findPython();

let simulator: Simulator;
let gateway: Gateway;
beforeAll(async () => {
  simulator = await startSimulator();
  const { url } = simulator;
  const compatible = { baseUrl: `${url}/compatible/v1`, quirks: { imageOutput: "image_config" } };
  gateway = await startGateway(url, {
    keys: [{ name: "client-tests", key: gatewayKey }],
    providers: {
      gem: { auth: "none", models: ["gemini-3-pro-image", "speaker"], endpoints: { gemini: { baseUrl: url } } },
      router: { auth: "none", models: ["painter"], endpoints: { "openai-chat": compatible } },
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await simulator.close();
});
beforeEach(() => simulator.journal.clear());

interface Job {
  readonly way: "chat" | "speak" | "gemini";
  readonly model: string;
  readonly stream: boolean;
}

interface Reply {
  readonly text: string;
  readonly object?: unknown;
}

interface Client {
  readonly name: string;
  readonly ask: (job: Job) => Promise<Reply>;
  readonly close: () => void;
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const pictureOf = (image: unknown): string =>
  String(fieldsOf(fieldsOf(image)["image_url"])["url"]).replace(/^data:image\/png;base64,/, "");

function javascript(
  { default: OpenAI }: NonNullable<typeof openai>,
  { GoogleGenAI }: NonNullable<typeof google>,
): Client {
  const client = () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gatewayKey, maxRetries: 0 });

  async function answer(model: string, messages: readonly unknown[], stream: boolean): Promise<Fields> {
    const body = { model, messages, modalities: ["text", "image"] };
    if (!stream) return fieldsOf(fieldsOf(listOf(fieldsOf(await post(body))["choices"])[0])["message"]);
    const said = { role: "assistant", content: "", images: [] as unknown[] };
    for await (const chunk of chunksOf(await post({ ...body, stream: true }))) {
      const delta = fieldsOf(fieldsOf(listOf(fieldsOf(chunk)["choices"])[0])["delta"]);
      said.content += String(delta["content"] ?? "");
      said.images.push(...listOf(delta["images"]));
    }
    return said;
  }

  /** The library's types do not know pictures; its requests carry whatever they are given. */
  const post = (body: Fields): Promise<unknown> =>
    client().post("/chat/completions", { body, stream: body["stream"] === true });

  const ways: Readonly<Record<Job["way"], (job: Job) => Promise<Reply>>> = {
    async chat({ model, stream }) {
      const messages: unknown[] = [{ role: "user", content: "a cat" }];
      const pictures: string[] = [];
      for (const wish of ["now in blue", "thanks"]) {
        const message = await answer(model, messages, stream);
        pictures.push(...listOf(message["images"]).map(pictureOf));
        messages.push(message, { role: "user", content: wish });
      }
      return { text: pictures.join(",") };
    },
    async speak({ model }) {
      const { choices } = await client().chat.completions.create({
        model,
        messages: [{ role: "user", content: "[[say Good morning]]" }],
        modalities: ["text", "audio"],
        audio: { voice: "alloy", format: "wav" },
      });
      const audio = choices[0]?.message.audio;
      const data = Buffer.from(audio?.data ?? "", "base64");
      return { text: data.toString("latin1", 0, 4), object: audio?.transcript };
    },
    async gemini({ model, stream }) {
      const genai = new GoogleGenAI({ apiKey: gatewayKey, httpOptions: { baseUrl: gateway.url } });
      const chat = genai.chats.create({ model, config: { responseModalities: ["TEXT", "IMAGE"] } });
      const pictures: string[] = [];
      for (const message of ["a cat", "now in blue"]) {
        const chunks: GenerateContentResponse[] = [];
        if (stream) for await (const chunk of await chat.sendMessageStream({ message })) chunks.push(chunk);
        else chunks.push(await chat.sendMessage({ message }));
        const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
        pictures.push(...parts.flatMap((part) => part.inlineData?.data ?? []));
      }
      return { text: pictures.join(",") };
    },
  };
  return { name: "JavaScript", ask: (job) => ways[job.way](job), close: () => {} };
}

async function* chunksOf(answer: unknown): AsyncIterable<unknown> {
  if (typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer) {
    const chunks: AsyncIterable<unknown> = { [Symbol.asyncIterator]: () => iterate(answer[Symbol.asyncIterator]) };
    yield* chunks;
  }

  function iterate(open: unknown): AsyncIterator<unknown> {
    if (typeof open !== "function") throw new Error("no stream");
    return open.call(answer);
  }
}

function inPython(program: string): Client {
  const child = new PythonProcess(program, "modalities.py");
  return {
    name: "Python",
    async ask(job) {
      const { reply, failure } = await child.send({ ...job, root: gateway.url, key: gatewayKey });
      if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
      return reply;
    },
    close: () => child.close(),
  };
}

const clients: readonly Client[] = [
  ...(openai === undefined || google === undefined ? [] : [javascript(openai, google)]),
  ...(python === undefined ? [] : [inPython(python)]),
];

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const TWICE = `${PNG},${PNG}`;
const upstream = () => JSON.stringify(simulator.journal.last()?.json);

describe.each(clients)("$name", ({ ask, close }) => {
  afterAll(close);

  test.each([false, true])("OpenAI's library has Gemini's pictures changed, stream: %s", async (stream) => {
    expect((await ask({ way: "chat", model: "gem/gemini-3-pro-image", stream })).text).toBe(TWICE);
    // The library brought back what Gemini 3 wants back with its pictures.
    expect(upstream()).toContain(PNG);
    expect(upstream()).not.toContain("skip_thought_signature_validator");
  });

  test.each([false, true])("Google's library has an OpenAI-compatible server's changed, stream: %s", async (stream) => {
    expect((await ask({ way: "gemini", model: "router/painter", stream })).text).toBe(TWICE);
    expect(upstream()).toContain(`"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,${PNG}"}}]`);
  });

  test("OpenAI's library hears Gemini, in a file", async () => {
    const reply = await ask({ way: "speak", model: "gem/speaker", stream: false });
    expect(reply).toEqual({ text: "RIFF", object: "" });
  });
});
