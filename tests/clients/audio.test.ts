import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findPython } from "./drivers/index.ts";
import { PythonFailure, PythonProcess } from "./drivers/python.ts";
import { type Gateway, gatewayKey, startGateway } from "./gateway.ts";

/** Sound and moderation as OpenAI's own libraries send them: theirs are the forms, and the order of what is in them. */

const installed = existsSync(fileURLToPath(new URL("node_modules/openai", import.meta.url)));
const library = installed ? await import("openai") : undefined;
const python = findPython();

let simulator: Simulator;
let gateway: Gateway;
beforeAll(async () => {
  simulator = await startSimulator();
  const models = ["m", "whisper-1", "tts-1", "tts-2", "omni-moderation-latest"];
  const endpoints = { "openai-chat": { baseUrl: `${simulator.url}/v1` } };
  gateway = await startGateway(simulator.url, {
    keys: [{ name: "client-tests", key: gatewayKey }],
    providers: { sim: { credentials: ["upstream-key"], models, endpoints } },
  });
});
afterAll(async () => {
  await gateway?.close();
  await simulator.close();
});
beforeEach(() => simulator.journal.clear());

const file = randomBytes(400_000);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const heard = `Heard ${file.length} bytes of sound.mp3: ${sha256(file)}.`;

interface Body extends Readonly<Record<string, unknown>> {
  readonly model: string;
}

interface Reply {
  readonly text: string;
  readonly object?: unknown;
  readonly types?: readonly string[];
}

type Way = "transcribe" | "translate" | "speak" | "moderate";

interface Client {
  readonly name: string;
  readonly ask: (way: Way, body: Body) => Promise<Reply>;
  readonly close: () => void;
}

function javascript({ default: OpenAI, toFile }: NonNullable<typeof library>): Client {
  const client = () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gatewayKey, maxRetries: 0 });
  const sound = () => toFile(file, "sound.mp3");
  const textOf = (answer: unknown): string => {
    if (typeof answer === "string") return answer;
    return typeof answer === "object" && answer !== null && "text" in answer ? String(answer.text) : "";
  };
  const ways: Readonly<Record<Way, (body: Body) => Promise<Reply>>> = {
    async transcribe({ stream, ...body }) {
      if (stream !== true)
        return { text: textOf(await client().audio.transcriptions.create({ file: await sound(), ...body })) };
      const types = new Set<string>();
      let text = "";
      for await (const event of await client().audio.transcriptions.create({
        file: await sound(),
        ...body,
        stream: true,
      })) {
        types.add(event.type);
        if (event.type === "transcript.text.done") text = event.text;
      }
      return { text, types: [...types].toSorted() };
    },
    translate: async (body) => ({
      text: textOf(await client().audio.translations.create({ file: await sound(), ...body })),
    }),
    async speak(body) {
      const answer = await client().audio.speech.create({ input: "", voice: "alloy", ...body });
      return { text: sha256(new Uint8Array(await answer.arrayBuffer())), object: answer.headers.get("content-type") };
    },
    async moderate(body) {
      const { results, model } = await client().moderations.create({ input: "", ...body });
      return { text: results.map(({ flagged }) => (flagged ? "True" : "False")).join(","), object: model };
    },
  };
  return { name: "openai (JavaScript)", ask: (way, body) => ways[way](body), close: () => {} };
}

function inPython(program: string): Client {
  const child = new PythonProcess(program, "audio.py");
  return {
    name: "openai (Python)",
    async ask(way, body) {
      const job = { way, body, root: gateway.url, key: gatewayKey, file: file.toString("base64") };
      const { reply, failure } = await child.send(job);
      if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
      return reply;
    },
    close: () => child.close(),
  };
}

const clients: readonly Client[] = [
  ...(library === undefined ? [] : [javascript(library)]),
  ...(python === undefined ? [] : [inPython(python)]),
];

describe.each(clients)("$name", ({ ask, close }) => {
  afterAll(close);

  test("writes down what it hears, in every format", async () => {
    for (const format of ["json", "text", "srt", "verbose_json", "vtt"]) {
      const { text } = await ask("transcribe", { model: "sim/whisper-1", response_format: format });
      expect(text).toContain(heard);
    }
    expect(simulator.journal.entries.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });

  test("writes it down while it is heard", async () => {
    const reply = await ask("transcribe", { model: "sim/m", stream: true, response_format: "json" });
    expect(reply).toMatchObject({ text: heard, types: ["transcript.text.delta", "transcript.text.done"] });
  });

  test("sends lists of fields as its library writes them", async () => {
    const granularities = { timestamp_granularities: ["segment", "word"], response_format: "verbose_json" };
    expect((await ask("transcribe", { model: "sim/whisper-1", ...granularities })).text).toBe(heard);
    const names = simulator.journal
      .last()
      ?.form?.parts.map(({ name, head }) => [name, head.subarray(0, 20).toString()]);
    expect(names).toContainEqual(["timestamp_granularities[]", "segment"]);
    expect(names).toContainEqual(["timestamp_granularities[]", "word"]);
  });

  test("translates", async () => {
    expect((await ask("translate", { model: "sim/whisper-1" })).text).toBe(heard);
  });

  test("speaks, byte by byte what the upstream says", async () => {
    const body = { input: "Track nine is clear.", voice: "alloy", response_format: "opus" };
    const direct = await fetch(`${simulator.url}/v1/audio/speech`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "tts-1", ...body }),
    });
    const digest = sha256(new Uint8Array(await direct.arrayBuffer()));
    expect(await ask("speak", { model: "sim/tts-1", ...body })).toMatchObject({ text: digest, object: "audio/opus" });
  });

  test("judges text", async () => {
    const reply = await ask("moderate", {
      model: "sim/omni-moderation-latest",
      input: ["Hello", "I want to kill them."],
    });
    expect(reply).toEqual({ text: "False,True", object: "omni-moderation-latest" });
  });

  test("raises its own class of error where the upstream refuses", async () => {
    const asked = ask("transcribe", { model: "sim/m", response_format: "srt" });
    await expect(asked).rejects.toThrow(/not compatible with model/);
  });
});
