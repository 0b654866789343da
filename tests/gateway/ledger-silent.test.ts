import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { baseUrl, type DialectName, ledgered, pricedProviders } from "./ledger-support.ts";
import { answerJson, startUpstream, type Upstream, type UpstreamCall } from "./routing-support.ts";
import { ask, DIALECTS, type Rig, send, startRig } from "./support.ts";

const SAID = "Track nine is clear since dawn.";
const price = { input: 3, output: 15 };

/** What an upstream says of what it has used, in the words of its dialect; undefined: nothing. */
type Told = Readonly<Record<string, number>> | undefined;

let told: Told;
let upstream: Upstream;
let rig: Rig;
beforeAll(async () => {
  upstream = await startUpstream(reply);
  rig = await startRig({
    moreProviders: (url: string) => ({
      ...pricedProviders(url),
      ...Object.fromEntries(
        DIALECTS.map((dialect) => [
          `one-silent-${dialect}`,
          {
            auth: "none",
            models: [{ id: "m", price }],
            endpoints: { [dialect]: { baseUrl: baseUrl(dialect, upstream.url) } },
          },
        ]),
      ),
    }),
  });
});
afterAll(async () => {
  await rig.close();
  await upstream.close();
});
afterEach(() => {
  told = undefined;
});

function reply({ path, json }: UpstreamCall, response: ServerResponse): void {
  const dialect = DIALECTS.find((name) => path.includes(PATHS[name])) ?? "gemini";
  const stream = json["stream"] === true || path.includes("streamGenerate");
  if (!stream) {
    answerJson(response, 200, WHOLE[dialect]());
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(STREAM[dialect]().map(sse).join(""));
}

const PATHS: Readonly<Record<DialectName, string>> = {
  "openai-chat": "/chat/completions",
  "openai-responses": "/responses",
  "anthropic-messages": "/messages",
  gemini: "enerateContent",
};

type Fields = Readonly<Record<string, unknown>>;

function sse(event: Fields | "[DONE]"): string {
  if (event === "[DONE]") return "data: [DONE]\n\n";
  const { type } = event;
  return `${typeof type === "string" ? `event: ${type}\n` : ""}data: ${JSON.stringify(event)}\n\n`;
}

const member = (name: string): Fields => (told === undefined ? {} : { [name]: told });

const CHUNK = { id: "c1", object: "chat.completion.chunk", created: 1, model: "m" };
const choice = (delta: Fields, finish: string | null = null) => ({
  ...CHUNK,
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const ITEM = { id: "i1", type: "message", role: "assistant", status: "completed" };
const TEXT = { type: "output_text", text: SAID, annotations: [] };
const MESSAGE = { id: "msg_1", type: "message", role: "assistant", model: "m", stop_sequence: null };

const WHOLE: Readonly<Record<DialectName, () => Fields>> = {
  "openai-chat": () => ({
    ...CHUNK,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: SAID }, finish_reason: "stop" }],
    ...member("usage"),
  }),
  "openai-responses": () => responseObject("completed"),
  "anthropic-messages": () => ({
    ...MESSAGE,
    content: [{ type: "text", text: SAID }],
    stop_reason: "end_turn",
    ...member("usage"),
  }),
  gemini: () => ({ candidates: [candidate("STOP")], modelVersion: "m", ...member("usageMetadata") }),
};

const responseObject = (status: string): Fields => ({
  id: "r1",
  object: "response",
  created_at: 1,
  model: "m",
  status,
  output: status === "completed" ? [{ ...ITEM, content: [TEXT] }] : [],
  ...(status === "completed" ? member("usage") : {}),
});

const candidate = (finishReason?: string): Fields => ({
  index: 0,
  content: { role: "model", parts: [{ text: SAID }] },
  ...(finishReason === undefined ? {} : { finishReason }),
});

const at = { item_id: "i1", output_index: 0, content_index: 0 };

const STREAM: Readonly<Record<DialectName, () => readonly (Fields | "[DONE]")[]>> = {
  "openai-chat": () => [
    choice({ role: "assistant", content: "" }),
    choice({ content: SAID }),
    choice({}, "stop"),
    ...(told === undefined ? [] : [{ ...CHUNK, choices: [], usage: told }]),
    "[DONE]",
  ],
  "openai-responses": () =>
    [
      { type: "response.created", response: responseObject("in_progress") },
      { type: "response.output_item.added", output_index: 0, item: { ...ITEM, status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...at, part: { ...TEXT, text: "" } },
      { type: "response.output_text.delta", ...at, delta: SAID },
      { type: "response.output_text.done", ...at, text: SAID },
      { type: "response.content_part.done", ...at, part: TEXT },
      { type: "response.output_item.done", output_index: 0, item: { ...ITEM, content: [TEXT] } },
      { type: "response.completed", response: responseObject("completed") },
    ].map((event, sequence_number) => ({ ...event, sequence_number })),
  "anthropic-messages": () => [
    { type: "message_start", message: { ...MESSAGE, content: [], stop_reason: null, ...member("usage") } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: SAID } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, ...member("usage") },
    { type: "message_stop" },
  ],
  gemini: () => [{ candidates: [candidate("STOP")], modelVersion: "m", ...member("usageMetadata") }],
};

const WAYS = DIALECTS.flatMap((client) =>
  DIALECTS.flatMap((dialect) => [false, true].map((stream) => ({ client, dialect, stream }))),
);

describe.each(WAYS)("a $client client of a $dialect upstream, stream: $stream", ({ client, dialect, stream }) => {
  const call = () => ask(client, `one-silent-${dialect}/m`, { text: "Which track? ".repeat(20), stream });

  test("that tells no usage is billed by an estimate, which says that it is one", async () => {
    const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, call()));
    expect(request).toMatchObject({ state: "settled", unpriced: 0, finish_reason: "stop" });
    expect(attempts).toMatchObject([{ estimated: 1, error: null }]);
    const { input_tokens: input, output_tokens: output } = request;
    expect(input).toBeGreaterThan(40);
    expect(input).toBeLessThan(120);
    expect(output).toBe(Math.ceil(SAID.length / 4));
  });

  test.runIf(client === "anthropic-messages" && dialect !== client)(
    "that tells no usage lets its client read the estimate, and that it is one",
    async () => {
      const { text } = await send(rig.gateway.url, call());
      expect(text).toContain(`"output_tokens":${Math.ceil(SAID.length / 4)}`);
      expect(text).toContain("output_tokens is an estimate");
      told = ZEROS[dialect];
      const counted = await send(rig.gateway.url, call());
      expect(counted.text).toContain('"output_tokens":0');
      expect(counted.text).not.toContain("estimate");
    },
  );

  test("that tells the input only is billed by an estimate of the output", async () => {
    told = INPUT_ONLY[dialect];
    const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, call()));
    expect(request).toMatchObject({ state: "settled", unpriced: 0, input_tokens: 1234 });
    expect(attempts).toMatchObject([{ estimated: 1, output_tokens: Math.ceil(SAID.length / 4) }]);
  });

  test("that tells nothing but zeros is believed", async () => {
    told = ZEROS[dialect];
    const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, call()));
    expect(request).toMatchObject({ state: "settled", unpriced: 0, cost_nano: 0 });
    expect(attempts).toMatchObject([{ estimated: 0, input_tokens: 0, output_tokens: 0 }]);
  });
});

/** Google leaves out what is zero. */
const INPUT_ONLY: Readonly<Record<DialectName, Told>> = {
  "openai-chat": { prompt_tokens: 1234 },
  "openai-responses": { input_tokens: 1234 },
  "anthropic-messages": { input_tokens: 1234 },
  gemini: { promptTokenCount: 1234 },
};

const ZEROS: Readonly<Record<DialectName, Told>> = {
  "openai-chat": { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  "openai-responses": { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
  "anthropic-messages": { input_tokens: 0, output_tokens: 0 },
  gemini: { promptTokenCount: 0, totalTokenCount: 0 },
};
