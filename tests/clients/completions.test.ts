import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findPython } from "./drivers/index.ts";
import { PythonFailure, PythonProcess } from "./drivers/python.ts";
import { egresses, type Gateway, gatewayKey, startGateway } from "./gateway.ts";

/** Legacy completions, and Responses over a WebSocket, as OpenAI's own libraries speak them. */

const installed = existsSync(fileURLToPath(new URL("node_modules/openai", import.meta.url)));
const library = installed ? await import("openai") : undefined;
const sockets = installed ? await import("openai/resources/responses/ws") : undefined;
const python = findPython();

let simulator: Simulator;
let gateway: Gateway;
beforeAll(async () => {
  simulator = await startSimulator();
  gateway = await startGateway(simulator.url);
});
afterAll(async () => {
  await gateway?.close();
  await simulator.close();
});
beforeEach(() => simulator.journal.clear());

interface Completion {
  readonly model: string;
  readonly prompt: string;
  readonly max_tokens: number;
}

interface Client {
  readonly name: string;
  readonly complete: (body: Completion) => Promise<unknown>;
  readonly stream: (body: Completion) => Promise<string>;
  /** What is answered on one connection, a line a turn, of which each goes on from the one before. */
  readonly converse: (model: string, turns: readonly string[]) => Promise<string>;
  readonly close: () => void;
}

function javascript({ default: OpenAI }: NonNullable<typeof library>, ws: NonNullable<typeof sockets>): Client {
  const client = () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gatewayKey, maxRetries: 0 });
  return {
    name: "openai (JavaScript)",
    complete: (body) => client().completions.create(body),
    async stream(body) {
      let text = "";
      for await (const chunk of await client().completions.create({ ...body, stream: true }))
        text += chunk.choices[0]?.text ?? "";
      return text;
    },
    async converse(model, turns) {
      const socket = new ws.ResponsesWS(client());
      const texts: string[] = [];
      let previous: string | undefined;
      const say = (input: string) =>
        socket.send({
          type: "response.create",
          model,
          store: false,
          input,
          ...(previous === undefined ? {} : { previous_response_id: previous }),
        });
      say(turns[0] ?? "");
      for await (const event of socket) {
        if (event.type === "error") throw event.error;
        if (event.type !== "message" || event.message.type !== "response.completed") continue;
        const { id, output } = event.message.response;
        previous = id;
        texts.push(JSON.stringify(output));
        const next = turns[texts.length];
        if (next === undefined) break;
        say(next);
      }
      socket.close();
      return texts.join("\n");
    },
    close: () => {},
  };
}

function inPython(program: string): Client {
  const child = new PythonProcess(program, "completions.py");
  const ask = async (job: object) => {
    const { reply, failure } = await child.send({ gateway: gateway.url, key: gatewayKey, ...job });
    if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
    return reply;
  };
  return {
    name: "openai (Python)",
    complete: async (body) => (await ask({ operation: "completion", body })).object,
    stream: async (body) => (await ask({ operation: "completion", body: { ...body, stream: true } })).text,
    converse: async (model, turns) => (await ask({ operation: "socket", body: { model, store: false }, turns })).text,
    close: () => child.close(),
  };
}

const clients: readonly Client[] = [
  ...(library === undefined || sockets === undefined ? [] : [javascript(library, sockets)]),
  ...(python === undefined ? [] : [inPython(python)]),
];

describe.each(clients)("$name", ({ complete, stream, converse, close }) => {
  afterAll(close);

  describe.each(egresses)("to an upstream of $egress", ({ egress, model }) => {
    const path = egress === "openai-chat" ? "/v1/completions" : undefined;

    test("completes a text", async () => {
      expect(await complete({ model, prompt: "[[say Once upon a time.]]", max_tokens: 50 })).toMatchObject({
        object: "text_completion",
        choices: [{ text: "Once upon a time.", finish_reason: "stop" }],
        usage: { completion_tokens: expect.any(Number) },
      });
      if (path !== undefined) expect(simulator.journal.last()?.url).toBe(path);
    });

    test("completes a text as a stream", async () => {
      const text = await stream({ model, prompt: "[[stream 20]]", max_tokens: 500 });
      expect(text.split(" ")).toHaveLength(20);
    });

    test("converses over a WebSocket, and nothing is stored", async () => {
      const said = await converse(model, ["[[say one of two]]", "[[say two of two]]"]);
      const [first, second] = said.split("\n");
      expect(first).toContain("one of two");
      expect(second).toContain("two of two");
      const last = simulator.journal.last()?.body.toString();
      for (const words of ["[[say one of two]]", "[[say two of two]]"]) expect(last).toContain(words);
      expect(last).not.toContain("previous_response_id");
    });
  });

  test("is told what a chat cannot be asked", async () => {
    const body = { model: "sim-anthropic/sim-model", prompt: "a", max_tokens: 5, suffix: "z" };
    await expect(complete(body)).rejects.toThrow(/suffix/);
  });
});
