import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, KEY, startGateway } from "./gateway.ts";
import { fillers, writeTinyModel } from "./tiny-model.ts";

const READY = "llmlingua-2 is ready";
const [weakest = "", weak = ""] = fillers;

let simulator: Simulator;
let models: string;
beforeAll(async () => {
  simulator = await startSimulator();
  models = mkdtempSync(join(tmpdir(), "signalbox-models-"));
  writeTinyModel(join(models, "bert"), "bert");
  writeTinyModel(join(models, "xlm-roberta"), "xlm-roberta");
  writeTinyModel(join(models, "broken"), "bert");
  writeFileSync(join(models, "broken", "onnx", "model.onnx"), "This is no model.");
});
afterAll(async () => {
  await simulator.close();
  rmSync(models, { recursive: true, force: true });
});

const WORDS =
  "the little harbour opens at dawn while boats come home under quiet lamps and people walk along old stones";

/** Half of the words are the two that the model wants least: more than what is to go, and the least wanted alone are less. */
const padded = (sentence: string) =>
  sentence
    .split(" ")
    .map((word, at) => `${word} ${at % 4 === 0 ? weakest : weak}`)
    .join(" ");
const times = (count: number, line: (name: string) => string) =>
  Array.from({ length: count }, (_, at) => line([...String(at)].map((digit) => "abcdefghij"[Number(digit)]).join("")));
/** No sentence of it has to stay. */
const prose = (lines: number) => times(lines, (name) => padded(`In story ${name} ${WORDS}, as Ann says.`)).join("\n");
/** Without those two, and otherwise as it was. */
const bare = (text: string) => text.replaceAll(new RegExp(` (?:${weakest}|${weak})(?= |$)`, "gm"), "");

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? { ...value } : {});
const listIn = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

/** Nothing is compressed in prompts that are too short for any cache. */
const THOUGHTS = `Let me look. ${prose(150)}`;

/** What a tool returned, as the upstream gets it, and what the answer tells of it. */
async function passed(gateway: Gateway, result: string, question = "What of the harbour?") {
  const call = { id: "call_1", type: "function", function: { name: "read", arguments: "{}" } };
  const messages = [
    { role: "user", content: `[[say hello]] ${question}` },
    { role: "assistant", content: THOUGHTS, tool_calls: [call] },
    { role: "tool", tool_call_id: "call_1", content: result },
  ];
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${KEY}`,
      "content-type": "application/json",
      "x-signalbox-routing": JSON.stringify({ compression: { aggressiveness: 0.5 } }),
    },
    body: JSON.stringify({ model: "chat/m", messages }),
  });
  const body = fieldsOf(await answer.json());
  expect(answer.status, JSON.stringify(body)).toBe(200);
  const { compression, warnings } = fieldsOf(body["metadata"]);
  const sent = listIn(fieldsOf(simulator.journal.entries.at(-1)?.json)["messages"]);
  return { text: String(sent.at(-1)?.["content"]), compression: fieldsOf(compression), warnings };
}

const byExtractive = (why: string) => [`Texts were compressed by the extractive engine: llmlingua-2 ${why}.`];

describe("a model of the user's own", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ simulator: simulator.url, model: join(models, "bert"), isInstalled: true });
    await gateway.says(READY);
  });
  afterAll(() => gateway.close());

  const expectByModel = async () => {
    const text = prose(24);
    const { text: sent, compression, warnings } = await passed(gateway, text);
    expect(sent).toBe(bare(text));
    expect(compression["saved_tokens"]).toBeGreaterThan(400);
    expect(warnings).toBeUndefined();
  };

  test("decides which words go, and decides the same on the next turn", async () => {
    await expectByModel();
    const text = prose(24);
    expect((await passed(gateway, text, "And what of the boats?")).text).toBe(bare(text));
  });

  test("cannot change what it may not read as its author wrote it", async () => {
    const exact = ["3.14", "Müller", "[NAME_1]", "{city}", "ann@example.com", "🚂", "<|endoftext|>", "not", "SIGTERM"];
    const text = exact.map((word) => padded(`Of it ${word} is said, and Ann didn't see ${WORDS}.`)).join("\n\n");
    const { text: sent, warnings } = await passed(gateway, text);
    expect(sent).toBe(bare(text));
    expect(warnings).toBeUndefined();
  });

  test("is not waited for when a text takes it too long, and serves the next one", async () => {
    const { text, warnings } = await passed(gateway, prose(30_000));
    expect(warnings).toEqual(byExtractive("took longer than 5 seconds"));
    expect(text.includes("[…]")).toBe(true);
    const next = prose(20);
    expect(await passed(gateway, next)).toMatchObject({ text: bare(next), warnings: undefined });
  });

  test("may be of the other form, and is changed while the gateway runs", async () => {
    gateway.changeModel(join(models, "xlm-roberta"));
    await gateway.says(`${join("xlm-roberta")}","msg":"The compression engine ${READY}`);
    await expectByModel();
  });
});

describe("requests go on, compressed by the extractive engine,", () => {
  const expectExtractive = async (gateway: Gateway) => {
    const { text, compression, warnings } = await passed(gateway, prose(24));
    expect(text).toContain("[…]");
    expect(compression["saved_tokens"]).toBeGreaterThan(400);
    expect(warnings).toEqual(byExtractive("has no model running, and the log says why"));
  };

  test("where nothing is installed, and the log says what to do", async () => {
    const gateway = await startGateway({ simulator: simulator.url, model: join(models, "bert"), isInstalled: false });
    try {
      await gateway.says("npm install @atjsh/llmlingua-2@3 @huggingface/transformers@4 js-tiktoken@1");
      await expectExtractive(gateway);
    } finally {
      await gateway.close();
    }
  });

  test("where the model's folder is broken or missing, until another one is named", async () => {
    const gateway = await startGateway({ simulator: simulator.url, model: join(models, "broken"), isInstalled: true });
    try {
      await gateway.says("could not be loaded");
      await expectExtractive(gateway);
      gateway.changeModel("./nowhere");
      await gateway.says("was not found locally");
      await expectExtractive(gateway);
      gateway.changeModel(join(models, "bert"));
      await gateway.says(READY);
      const text = prose(24);
      expect(await passed(gateway, text)).toMatchObject({ text: bare(text), warnings: undefined });
    } finally {
      await gateway.close();
    }
  });
});
