import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPython } from "./drivers/index.ts";
import { PythonFailure, PythonProcess } from "./drivers/python.ts";
import { type Gateway, gatewayKey, startGateway } from "./gateway.ts";

/** Files and batches as the vendors' own libraries use them. */

const installed = existsSync(fileURLToPath(new URL("node_modules/openai", import.meta.url)));
const libraries = installed
  ? {
      openai: await import("openai"),
      anthropic: await import("@anthropic-ai/sdk"),
      google: await import("@google/genai"),
    }
  : undefined;
const python = findPython();

let simulator: Simulator;
let gateway: Gateway;
beforeAll(async () => {
  simulator = await startSimulator();
  const models = ["m"];
  gateway = await startGateway(simulator.url, {
    keys: [{ name: "client-tests", key: gatewayKey }],
    providers: {
      open: {
        credentials: ["upstream-key"],
        models,
        endpoints: { "openai-chat": { baseUrl: `${simulator.url}/v1` } },
        resources: ["openai-files", "openai-batches"],
      },
      claude: {
        credentials: ["upstream-key"],
        models,
        endpoints: { "anthropic-messages": { baseUrl: simulator.url } },
        resources: ["anthropic-batches"],
      },
      google: {
        credentials: ["upstream-key"],
        models,
        endpoints: { gemini: { baseUrl: simulator.url } },
        resources: ["gemini-batches"],
      },
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await simulator.close();
});

type Vendor = "openai" | "anthropic" | "google";

interface Client {
  readonly name: string;
  readonly run: (vendor: Vendor) => Promise<unknown>;
  readonly close: () => void;
}

const line = (text: string, at: number) =>
  JSON.stringify({
    custom_id: `line-${at}`,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model: "open/m", messages: [{ role: "user", content: text }] },
  });

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function javascript({ openai, anthropic, google }: NonNullable<typeof libraries>): Client {
  const isGone = (asked: Promise<unknown>) =>
    asked.then(
      () => false,
      (error: unknown) => error instanceof openai.NotFoundError || error instanceof anthropic.NotFoundError,
    );
  const vendors: Readonly<Record<Vendor, () => Promise<unknown>>> = {
    async openai() {
      const client = new openai.OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gatewayKey, maxRetries: 0 });
      const text = ["[[say one]]", "[[say two]]"].map(line).join("\n");
      const file = await client.files.create({
        file: await openai.toFile(Buffer.from(text), "lines.jsonl"),
        purpose: "batch",
        expires_after: { anchor: "created_at", seconds: 3600 },
      });
      const started = await client.batches.create({
        input_file_id: file.id,
        endpoint: "/v1/chat/completions",
        completion_window: "24h",
      });
      const batch = await client.batches.retrieve(started.id);
      const content = await (await client.files.content(batch.output_file_id ?? "")).text();
      const answers = content
        .trim()
        .split("\n")
        .map((told) => JSON.parse(told).response.body);
      const listed = await collected(client.files.list({ limit: 1 }));
      const again = await client.batches.create({
        input_file_id: file.id,
        endpoint: "/v1/chat/completions",
        completion_window: "24h",
      });
      const cancelled = await client.batches.cancel(again.id);
      const deleted = await client.files.delete(file.id);
      return {
        status: batch.status,
        texts: answers.map((answer) => answer.choices[0].message.content),
        model: answers[0].model,
        files: listed.length,
        batches: (await collected(client.batches.list({ limit: 1 }))).length,
        cancelled: cancelled.status,
        deleted: deleted.deleted,
        gone: await isGone(client.files.retrieve(file.id)),
      };
    },
    async anthropic() {
      const client = new anthropic.Anthropic({ baseURL: gateway.url, apiKey: gatewayKey, maxRetries: 0 });
      const { batches } = client.messages;
      const requests = ["one", "two"].map((text) => ({
        custom_id: text,
        params: {
          model: "claude/m",
          max_tokens: 99,
          messages: [{ role: "user" as const, content: `[[say ${text}]]` }],
        },
      }));
      const started = await batches.create({ requests });
      const batch = await batches.retrieve(started.id);
      const results = await collected(await batches.results(started.id));
      const texts = results.map(({ result }) => {
        const [block] = result.type === "succeeded" ? result.message.content : [];
        return block?.type === "text" ? block.text : result.type;
      });
      const waiting = { role: "user" as const, content: "[[batch polls=9]]" };
      const other = await batches.create({
        requests: [{ custom_id: "a", params: { model: "claude/m", max_tokens: 9, messages: [waiting] } }],
      });
      const cancelled = await batches.cancel(other.id);
      const deleted = await batches.delete(started.id);
      return {
        status: batch.processing_status,
        texts,
        batches: (await collected(batches.list({ limit: 1 }))).length,
        cancelled: cancelled.processing_status,
        deleted: deleted.type,
        gone: await isGone(batches.retrieve(started.id)),
      };
    },
    async google() {
      const client = new google.GoogleGenAI({ apiKey: gatewayKey, httpOptions: { baseUrl: gateway.url } });
      const src = ["[[say one]]", "[[say two]]"].map((text) => ({ contents: [{ role: "user", parts: [{ text }] }] }));
      const started = await client.batches.create({ model: "google/m", src, config: { displayName: "mine" } });
      const batch = await client.batches.get({ name: started.name ?? "" });
      const texts = (batch.dest?.inlinedResponses ?? []).map(
        ({ response }) => response?.candidates?.[0]?.content?.parts?.[0]?.text,
      );
      const listed = await collected(await client.batches.list({ config: { pageSize: 1 } }));
      await client.batches.cancel({ name: started.name ?? "" });
      await client.batches.delete({ name: started.name ?? "" });
      const gone = await client.batches.get({ name: started.name ?? "" }).then(
        () => 200,
        (error: unknown) => (error instanceof google.ApiError ? error.status : error),
      );
      return { status: batch.state, name: batch.displayName, texts, batches: listed.length, gone };
    },
  };
  return { name: "JavaScript", run: (vendor) => vendors[vendor](), close: () => {} };
}

function inPython(program: string): Client {
  const child = new PythonProcess(program, "files_and_batches.py");
  return {
    name: "Python",
    async run(vendor) {
      const { reply, failure } = await child.send({ gateway: gateway.url, key: gatewayKey, vendor });
      if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
      return reply.object;
    },
    close: () => child.close(),
  };
}

const clients: readonly Client[] = [
  ...(libraries === undefined ? [] : [javascript(libraries)]),
  ...(python === undefined ? [] : [inPython(python)]),
];

describe.each(clients)("in $name", ({ run, close }) => {
  afterAll(close);

  test("OpenAI's library uploads, runs, lists, cancels and deletes", async () => {
    expect(await run("openai")).toEqual({
      status: "completed",
      texts: ["one", "two"],
      model: "m",
      files: expect.any(Number),
      batches: expect.any(Number),
      cancelled: "cancelling",
      deleted: true,
      gone: true,
    });
  });

  test("Anthropic's library runs message batches and reads their results", async () => {
    expect(await run("anthropic")).toEqual({
      status: "ended",
      texts: ["one", "two"],
      batches: expect.any(Number),
      cancelled: "canceling",
      deleted: "message_batch_deleted",
      gone: true,
    });
  });

  test("Google's library runs batches", async () => {
    expect(await run("google")).toEqual({
      status: "JOB_STATE_SUCCEEDED",
      name: "mine",
      texts: ["one", "two"],
      batches: 1,
      gone: 404,
    });
  });
});
