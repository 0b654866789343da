import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPython } from "./drivers/index.ts";
import { PythonFailure, PythonProcess } from "./drivers/python.ts";
import { type Gateway, gatewayKey, startGateway } from "./gateway.ts";

/** Responses and conversations that are kept, as OpenAI's own libraries use them. */

const installed = existsSync(fileURLToPath(new URL("node_modules/openai", import.meta.url)));
const library = installed ? await import("openai") : undefined;
const python = findPython();

/** The first keeps nothing, the second keeps its answers itself, as OpenAI does. */
const models = ["claude/sim-model", "look-alike/sim-model", "stateful/sim-model"];

let simulator: Simulator;
let gateway: Gateway;
beforeAll(async () => {
  simulator = await startSimulator();
  const responses = { baseUrl: `${simulator.url}/v1` };
  gateway = await startGateway(simulator.url, {
    keys: [{ name: "client-tests", key: gatewayKey }],
    providers: {
      claude: { auth: "none", endpoints: { "anthropic-messages": { baseUrl: simulator.url } } },
      "look-alike": { auth: "none", endpoints: { "openai-responses": responses } },
      stateful: { auth: "none", endpoints: { "openai-responses": { ...responses, quirks: { keepsState: true } } } },
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await simulator.close();
});

type Operation = "chain" | "conversation" | "background";

interface Client {
  readonly name: string;
  readonly run: (operation: Operation, model: string) => Promise<unknown>;
  readonly close: () => void;
}

function javascript({ default: Library, NotFoundError }: NonNullable<typeof library>): Client {
  const isGone = (retrieved: Promise<unknown>) =>
    retrieved.then(
      () => false,
      (error: unknown) => error instanceof NotFoundError,
    );
  const operations: Readonly<Record<Operation, (client: OpenAI, model: string) => Promise<unknown>>> = {
    async chain(client, model) {
      const first = await client.responses.create({ model, input: "[[say one]]" });
      const second = await client.responses.create({ model, input: "[[say two]]", previous_response_id: first.id });
      const read = await client.responses.retrieve(second.id);
      const items: unknown[] = [];
      for await (const item of client.responses.inputItems.list(second.id, { order: "asc", limit: 1 }))
        items.push("role" in item ? item.role : undefined);
      await client.responses.delete(first.id);
      return {
        texts: [first.output_text, second.output_text, read.output_text],
        previous: second.previous_response_id === first.id,
        stored: "store" in read && read.store,
        items,
        gone: await isGone(client.responses.retrieve(first.id)),
      };
    },
    async conversation(client, model) {
      const { conversations } = client;
      const made = await conversations.create({
        metadata: { topic: "a" },
        items: [{ type: "message", role: "user", content: "[[say zero]]" }],
      });
      const answer = await client.responses.create({ model, input: "[[say one]]", conversation: made.id });
      const added = await conversations.items.create(made.id, { items: [{ role: "user", content: "more" }] });
      const items: string[] = [];
      for await (const item of conversations.items.list(made.id, { order: "asc", limit: 2 })) items.push(item.id ?? "");
      const place = { conversation_id: made.id };
      const item = await conversations.items.retrieve(items[0] ?? "", place);
      await conversations.items.delete(items[0] ?? "", place);
      const changed = await conversations.update(made.id, { metadata: { topic: "b" } });
      const deleted = await conversations.delete(made.id);
      return {
        text: answer.output_text,
        same: answer.conversation?.id === made.id,
        added: added.data.length,
        items: items.length,
        role: "role" in item && item.role,
        topic: JSON.parse(JSON.stringify(changed.metadata)).topic,
        deleted: deleted.deleted,
        gone: await isGone(conversations.retrieve(made.id)),
      };
    },
    async background(client, model) {
      const queued = await client.responses.create({ model, input: "[[say done]]", background: true });
      let answer = queued;
      while (answer.status === "queued" || answer.status === "in_progress") {
        await delay(50);
        answer = await client.responses.retrieve(queued.id);
      }
      const hanging = await client.responses.create({ model, input: "[[fault hang]]", background: true });
      const cancelled = await client.responses.cancel(hanging.id);
      return {
        first: queued.status,
        last: answer.status,
        text: answer.output_text,
        cancelled: cancelled.status,
        stays: (await client.responses.retrieve(hanging.id)).status,
      };
    },
  };
  return {
    name: "openai (JavaScript)",
    run: (operation, model) =>
      operations[operation](new Library({ baseURL: `${gateway.url}/v1`, apiKey: gatewayKey, maxRetries: 0 }), model),
    close: () => {},
  };
}

function inPython(program: string): Client {
  const child = new PythonProcess(program, "responses_state.py");
  return {
    name: "openai (Python)",
    async run(operation, model) {
      const { reply, failure } = await child.send({ gateway: gateway.url, key: gatewayKey, operation, model });
      if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
      return reply.object;
    },
    close: () => child.close(),
  };
}

const clients: readonly Client[] = [
  ...(library === undefined ? [] : [javascript(library)]),
  ...(python === undefined ? [] : [inPython(python)]),
];

describe.each(clients)("$name", ({ run, close }) => {
  afterAll(close);

  describe.each(models)("to %s", (model) => {
    test("reads, goes on from and deletes what was answered", async () => {
      expect(await run("chain", model)).toEqual({
        texts: ["one", "two", "two"],
        previous: true,
        stored: true,
        items: ["user", "assistant", "user"],
        gone: true,
      });
    });

    test("converses in a conversation that is kept", async () => {
      expect(await run("conversation", model)).toEqual({
        text: "one",
        same: true,
        added: 1,
        items: 4,
        role: "user",
        topic: "b",
        deleted: true,
        gone: true,
      });
    });

    test("has work done in the background, and cancels it", async () => {
      expect(await run("background", model)).toEqual({
        first: "queued",
        last: "completed",
        text: "done",
        cancelled: "cancelled",
        stays: "cancelled",
      });
    });
  });
});
