import type { ServerResponse } from "node:http";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { framingOf } from "../../packages/gateway/src/pipeline/framing.ts";
import { passthroughLane } from "../../packages/gateway/src/pipeline/stream-lane.ts";
import { ledgered } from "./ledger-support.ts";
import {
  answerJson,
  startUpstream,
  type Upstream,
  type UpstreamCall,
  withBody,
  withHeaders,
} from "./routing-support.ts";
import { ask, type Call, type Rig, send, startRig } from "./support.ts";

type Fields = Readonly<Record<string, unknown>>;

const CHUNK = { id: "c1", object: "chat.completion.chunk", created: 1, model: "m" };
const USAGE = { prompt_tokens: 700, completion_tokens: 30, total_tokens: 730 };
const choice = (delta: Fields, finish: string | null = null, index = 0) => ({ index, delta, finish_reason: finish });
const of = (...choices: readonly Fields[]): Fields => ({ ...CHUNK, choices });
const told: Fields = { ...CHUNK, choices: [], usage: USAGE };

/** Streams without the chunk that is to be hidden: `told` stands where it came. */
const STREAMS: Readonly<Record<string, readonly (Fields | "told" | string)[]>> = {
  "as OpenAI sends it": [
    of(choice({ role: "assistant", content: "" })),
    of(choice({ content: 'ü€😀 "choices":[] "usage":{}' })),
    of(choice({}, "stop")),
    "told",
    "data: [DONE]",
  ],
  "with several choices": [
    of(choice({ content: "a" })),
    of(choice({ content: "b" }, null, 1)),
    of(choice({}, "stop"), choice({}, "stop", 1)),
    "told",
    "data: [DONE]",
  ],
  "with usage in the chunk that ends the answer": [
    of(choice({ content: "a" })),
    { ...of(choice({}, "stop")), usage: USAGE },
    "data: [DONE]",
  ],
  "with usage so far in every chunk": [
    { ...of(choice({ content: "a" })), usage: { ...USAGE, completion_tokens: 1 } },
    { ...of(choice({}, "stop")), usage: { ...USAGE, completion_tokens: 2 } },
    "told",
    "data: [DONE]",
  ],
  "as Azure begins it": [
    { choices: [], created: 0, id: "", model: "", object: "", prompt_filter_results: [{ prompt_index: 0 }] },
    of(choice({ content: "a" })),
    { ...of(choice({}, "stop")), usage: null },
    "told",
    "data: [DONE]",
  ],
  "with comments and other fields": [
    ": hello",
    `id: 7\ndata: ${JSON.stringify(of(choice({ content: "a" })))}`,
    ": usage comes",
    of(choice({}, "stop")),
    "told",
    ": bye",
    "data: [DONE]",
  ],
  "that ends without its last word": [of(choice({ content: "a" })), of(choice({}, "stop")), "told"],
};

const LINE_ENDS = { LF: "\n", "CR LF": "\r\n", CR: "\r" };

type Writes = (told: Fields) => string;

const compact: Writes = (chunk) => JSON.stringify(chunk);
/** As Python writes JSON. */
const spaced: Writes = (chunk) => JSON.stringify(chunk, undefined, 1).replaceAll("\n", " ");
const pretty: Writes = (chunk) => JSON.stringify(chunk, undefined, 2).replaceAll("\n", "\ndata: ");

function streamOf(pieces: readonly (Fields | string)[], write: Writes, lineEnd: string): Buffer {
  const messages = pieces.map((piece) => (typeof piece === "string" ? piece : `data: ${write(piece)}`));
  return Buffer.from(
    messages
      .map((message) => `${message}\n\n`)
      .join("")
      .replaceAll("\n", lineEnd),
  );
}

function relayed(bytes: Buffer, places: readonly number[]): string {
  const lane = passthroughLane({
    dialect: "openai-chat",
    origin: { dialect: "openai-chat", provider: "openai", model: "m" },
    framing: framingOf({ dialect: "openai-chat", operation: "generate", framing: "sse", query: "" }),
    verbatim: true,
    hidesUsage: true,
  });
  const ends = [...new Set([0, ...places.map((place) => place % bytes.length), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  const pieces = ends.slice(1).map((end, at) => bytes.subarray(ends[at], end));
  const out = [...pieces.map((piece) => lane.push(piece)), lane.end()].flatMap(({ output }) => output);
  return Buffer.concat(out.map((piece) => Buffer.from(piece))).toString();
}

const WRITINGS = Object.entries({ compact, spaced, pretty }).flatMap(([name, write]) =>
  Object.entries(LINE_ENDS).map(([lineEnd, characters]) => ({ name, write, lineEnd, characters })),
);

describe.each(Object.entries(STREAMS))("a stream whose usage nobody but the gateway has asked for, %s", (_, pieces) => {
  test.each(WRITINGS)(
    "is the upstream's without that chunk, in any chunks ($name JSON, $lineEnd)",
    ({ write, characters }) => {
      const bytes = streamOf(
        pieces.map((piece) => (piece === "told" ? told : piece)),
        write,
        characters,
      );
      const expected = streamOf(
        pieces.filter((piece) => piece !== "told"),
        write,
        characters,
      ).toString();
      const everywhere = Array.from({ length: bytes.length }, (__, at) => at);
      expect(relayed(bytes, [])).toBe(expected);
      expect(relayed(bytes, everywhere)).toBe(expected);
      for (const at of everywhere) expect([at, relayed(bytes, [at])]).toEqual([at, expected]);
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 8 }), (places) => {
          expect(relayed(bytes, places)).toBe(expected);
        }),
      );
    },
  );
});

const PATIENT = "stream_options: the option is not known";

/** How vendors refuse the wish. */
const REFUSALS = [
  "Unrecognized request argument supplied: stream_options",
  "Unknown parameter: 'stream_options'.",
  "Unknown parameter: 'stream_options.include_usage'.",
  "stream_options: Extra inputs are not permitted",
  "stream_options.include_usage: Extra inputs are not permitted",
];

describe("an upstream", () => {
  let refusal: string | undefined;
  let refuses: (call: UpstreamCall) => string | undefined;
  let upstream: Upstream;
  let rig: Rig;
  beforeEach(async () => {
    refusal = undefined;
    refuses = ({ json }) => ("stream_options" in json ? refusal : undefined);
    upstream = await startUpstream(reply);
    rig = await startRig({
      moreProviders: (url: string) => ({
        "one-odd": provider(upstream.url, {}),
        "one-mute": provider(upstream.url, { streamUsage: false }),
        "one-mistral": {
          ...provider(url, { streamUsage: false }),
          models: [{ id: "mistral-large-latest", price: { input: 3, output: 15 } }],
        },
      }),
    });
  });
  afterEach(async () => {
    await rig.close();
    await upstream.close();
  });

  const provider = (url: string, quirks: Fields): Fields => ({
    auth: "none",
    models: [{ id: "m", price: { input: 3, output: 15 } }],
    endpoints: { "openai-chat": { baseUrl: `${url}/v1`, quirks } },
  });

  function reply(refused: UpstreamCall, response: ServerResponse): void {
    const message = refuses(refused);
    if (message !== undefined) {
      answerJson(response, 400, { error: { message, type: "invalid_request_error", param: null, code: null } });
      return;
    }
    const { json } = refused;
    response.writeHead(200, { "content-type": "text/event-stream" });
    const asked = JSON.stringify(json["stream_options"] ?? null).includes('"include_usage":true');
    const chunks = [of(choice({ content: "Track nine." })), of(choice({}, "stop")), ...(asked ? [told] : [])];
    response.end(`${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")}data: [DONE]\n\n`);
  }

  const call = (model = "one-odd/m", more: Fields = {}): Call =>
    withBody(ask("openai-chat", model, { text: "Which track?", stream: true }), more);
  const wishes = () => upstream.calls.map(({ json }) => json["stream_options"]);
  const asked = { include_usage: true };

  async function stream(wish: Call) {
    let text = "";
    const rows = await ledgered(rig, async () => {
      const answer = await send(rig.gateway.url, wish);
      expect(answer.status, answer.text).toBe(200);
      text = answer.text;
    });
    return { ...rows, text };
  }

  test.each<Fields>([{}, { stream_options: null }, { stream_options: { include_usage: false } }])(
    "is asked for its usage by the gateway, and the client reads nothing of that: %j",
    async (fields) => {
      const { request, attempts, text } = await stream(call("one-odd/m", fields));
      expect(wishes()).toEqual([asked]);
      expect(text).not.toContain("prompt_tokens");
      expect(text).toContain("[DONE]");
      expect(request).toMatchObject({ input_tokens: 700, output_tokens: 30, cost_nano: 700 * 3000 + 30 * 15_000 });
      expect(attempts).toMatchObject([{ estimated: 0 }]);
    },
  );

  test("is asked as the client asks, who then reads it", async () => {
    const { request, text } = await stream(
      call("one-odd/m", { stream_options: { include_obfuscation: false, ...asked } }),
    );
    expect(wishes()).toEqual([{ include_obfuscation: false, ...asked }]);
    expect(text).toContain("prompt_tokens");
    expect(request).toMatchObject({ input_tokens: 700, output_tokens: 30 });
  });

  test("keeps what else the client wishes of its stream", async () => {
    const { text } = await stream(call("one-odd/m", { stream_options: { include_obfuscation: false } }));
    expect(wishes()).toEqual([{ include_obfuscation: false, ...asked }]);
    expect(text).not.toContain("prompt_tokens");
  });

  test.each(REFUSALS)("that refuses the wish is asked once more without it, and not again: %s", async (words) => {
    refusal = words;
    const first = await stream(call());
    expect(first.request).toMatchObject({ state: "settled", status: 200, attempts: 2 });
    expect(first.attempts).toMatchObject([
      { error: "invalid_request", cost_nano: null, estimated: 0 },
      { error: null, estimated: 1, output_tokens: 3 },
    ]);
    expect(wishes()).toEqual([asked, undefined]);
    const second = await stream(call());
    expect(second.attempts).toMatchObject([{ error: null, estimated: 1 }]);
    expect(wishes()).toEqual([asked, undefined, undefined]);
    expect(second.request.dropped).toBeNull();
  });

  test.each(["openai-chat", "anthropic-messages"] as const)(
    "that refuses the wish is no loss to a client that wants nothing left out (%s)",
    async (client) => {
      refusal = REFUSALS[0];
      const strict = withHeaders(ask(client, "one-odd/m", { text: "Which track?", stream: true }), {
        "x-signalbox-strict": "true",
      });
      for (const attempts of [2, 1]) {
        const { request } = await stream(strict);
        expect(request).toMatchObject({ state: "settled", attempts, dropped: null });
      }
      expect(wishes()).toEqual([asked, undefined, undefined]);
    },
  );

  test("that refuses what the client wishes tells so a client that wants nothing left out", async () => {
    refusal = REFUSALS[0];
    const strict = withHeaders(call("one-odd/m", { stream_options: asked }), { "x-signalbox-strict": "true" });
    const { request } = await ledgered(rig, () => send(rig.gateway.url, strict));
    expect(request).toMatchObject({ state: "failed", status: 400, attempts: 1 });
    // And others are told what they do not get.
    const { request: served } = await stream(call("one-odd/m", { stream_options: asked }));
    expect(served).toMatchObject({ state: "settled", attempts: 2, dropped: '["stream_options"]' });
  });

  test("that refuses another of the client's wishes is still asked for its usage", async () => {
    refuses = ({ json }) =>
      JSON.stringify(json["stream_options"] ?? null).includes("include_obfuscation")
        ? "Unknown parameter: 'stream_options.include_obfuscation'."
        : undefined;
    const { request, attempts } = await stream(call("one-odd/m", { stream_options: { include_obfuscation: false } }));
    expect(wishes()).toEqual([{ include_obfuscation: false, ...asked }, asked]);
    expect(request.dropped).toBe('["stream_options.include_obfuscation"]');
    expect(attempts.at(-1)).toMatchObject({ estimated: 0, input_tokens: 700 });
  });

  test("that refuses something else is not asked again", async () => {
    refusal = PATIENT;
    const { request, attempts } = await ledgered(rig, () => send(rig.gateway.url, call()));
    expect(request).toMatchObject({ state: "failed", status: 400, error: "invalid_request", cost_nano: 0 });
    expect(attempts).toHaveLength(1);
  });

  test("whose stream is known to take no such wish is not asked", async () => {
    const { attempts } = await stream(call("one-mute/m"));
    expect(wishes()).toEqual([undefined]);
    expect(attempts).toMatchObject([{ estimated: 1 }]);
  });

  test("that tells its usage unasked is believed, and the client reads it", async () => {
    const { attempts, text } = await stream(call("one-mistral/mistral-large-latest"));
    expect(rig.simulator.journal.last()?.json).not.toHaveProperty("stream_options");
    expect(text).toContain("prompt_tokens");
    const usage = rig.simulator.journal.last()?.usage;
    expect(attempts).toMatchObject([{ estimated: 0, input_tokens: usage?.input, output_tokens: usage?.output }]);
  });
});
