import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withBody } from "./routing-support.ts";
import { ask, type Call, DIALECTS, KEY, PROVIDERS, type Rig, send, startRig } from "./support.ts";

type DialectName = (typeof DIALECTS)[number];

/** Answers with white space, unknown fields and traps, such as no vendor's library would write. */
const WHOLE: Readonly<Record<DialectName, string>> = {
  "openai-chat":
    '{ "id": "c1",\n  "model" : "odd-1", "object":"chat.completion","created":1,"x_unknown":{"model":"inner"},"choices":[{"index":0,' +
    '"message":{"role":"assistant","content":"\\"model\\":\\"odd-1\\" ü€"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}\n}\n',
  "openai-responses":
    '{"id":"resp_1","object":"response","created_at":1, "model":"odd-1","metadata":{"theirs":"yes"},"status":"completed",' +
    '"output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[]}]}],' +
    '"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2} } \r\n',
  "anthropic-messages":
    '{"type":"message","id":"msg_1","role":"assistant","model":"odd-1","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn",' +
    '"stop_sequence":null,"usage":{"input_tokens":9007199254740993,"output_tokens":1}}',
  gemini:
    '{\n  "candidates": [{"content": {"parts": [{"text": "hi"}],"role": "model"},"finishReason": "STOP","index": 0}],\n' +
    '  "usageMetadata": {"promptTokenCount": 1,"candidatesTokenCount": 1,"totalTokenCount": 2},\n  "modelVersion": "odd-1",\n  "responseId": "r1"\n}\n',
};

const STREAM: Readonly<Record<DialectName, string>> = {
  "openai-chat":
    ': hello\n\nid: 1\ndata: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"odd-1","choices":[{"index":0,"delta":{"role":"assistant","content":"\\"model\\":\\"odd-1\\""},"finish_reason":null}]}\n\n' +
    'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"odd-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\r\n\r\n' +
    'data:{"choices":[], "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2},"model":"odd-1","id":"c1"}\n\ndata: [DONE]\n\n',
  "openai-responses":
    'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"model":"odd-1","status":"in_progress","output":[]}}\n\n' +
    'event: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"msg_1","role":"assistant","content":[]}}\n\n' +
    'event: response.content_part.added\ndata: {"type":"response.content_part.added","item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}\n\n' +
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"hi"}\n\n' +
    'event: response.completed\ndata: {"type":"response.completed","response":{"id":"resp_1","object":"response","created_at":1,"model":"odd-1","status":"completed","metadata":{},' +
    '"output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}},"sequence_number":4}\n\n',
  "anthropic-messages":
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"odd-1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}\n\n' +
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\nevent: ping\ndata: {"type": "ping"}\n\n' +
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\"model\\":\\"odd-1\\""}     }\n\n' +
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n' +
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}\n\n' +
    'event: message_stop\ndata: {"type":"message_stop"       }\n\n',
  gemini:
    'data: {"candidates": [{"content": {"parts": [{"text": "hi"}],"role": "model"},"index": 0}],"modelVersion": "odd-1","responseId": "r1"}\r\n\r\n' +
    'data: {"candidates": [{"content": {"parts": [{"functionCall": {"name":"f","args":{"modelVersion":"odd-1"}}}],"role": "model"},"finishReason": "STOP","index": 0}],' +
    '"usageMetadata": {"promptTokenCount": 1,"candidatesTokenCount": 1,"totalTokenCount": 2},"modelVersion": "odd-1","responseId": "r1"}\r\n\r\n',
};

/** Where each dialect's answers name the model: that one is another, and its look-alikes stay. */
const renamed = (text: string, name: string) =>
  text.replaceAll(/(?<!\\|args":\{)("model(?:Version)?"\s*:\s*)"odd-1"/g, `$1"${name}"`);

/** Takes out what the gateway put in. */
const MEMBER =
  /,"(?:signalbox_)?metadata":\{"attempts":\[.*?\],"generation_id":"[^"]*","reasoning":"[^"]*","total_duration_ms":\d+\}/g;
const stripped = (text: string) => text.replaceAll(MEMBER, "");

/** A vendor that gives these answers, byte for byte. */
function startVendor(): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      const streams = path.includes("stream") || /"stream":\s*true/.test(Buffer.concat(chunks).toString());
      response.writeHead(200, { "content-type": streams ? "text/event-stream" : "application/json" });
      response.end((streams ? STREAM : WHOLE)[dialectAt(path)]);
    });
  });
}

function dialectAt(path: string): DialectName {
  if (path.includes("/chat/completions")) return "openai-chat";
  if (path.includes("/responses")) return "openai-responses";
  return path.includes("/messages") ? "anthropic-messages" : "gemini";
}

const vendor = startVendor();

async function startOddRig(extra: Readonly<Record<string, unknown>> = {}): Promise<Rig> {
  const address = vendor.address();
  if (address === null || typeof address === "string") throw new Error("The vendor has no port.");
  const url = `http://127.0.0.1:${address.port}`;
  const endpoints = {
    "openai-chat": { baseUrl: `${url}/v1` },
    "openai-responses": { baseUrl: `${url}/v1` },
    "anthropic-messages": { baseUrl: url },
    gemini: { baseUrl: url },
  };
  return startRig({ moreProviders: () => ({ odd: { auth: "none", models: ["odd-1"], endpoints } }), ...extra });
}

const QUIET_KEY = "a-key-that-wants-headers-only";

let rig: Rig;
let targets: Rig;
beforeAll(async () => {
  await new Promise<void>((resolve) => vendor.listen(0, "127.0.0.1", resolve));
  const keys = [
    { name: "tests", key: KEY },
    { name: "quiet", key: QUIET_KEY, metadataMode: "headers" },
  ];
  rig = await startOddRig({ keys });
  targets = await startOddRig({ responseModel: "target" });
});
afterAll(async () => {
  await rig.close();
  await targets.close();
  await new Promise((resolve) => vendor.close(resolve));
});

const with_ = (call: Call, headers: Readonly<Record<string, string>>): Call => ({
  ...call,
  headers: { ...call.headers, ...headers },
});
const plainOdd = (dialect: DialectName, stream: boolean) => ask(dialect, "odd/odd-1", { text: "hi", stream });
/** Chat streams tell their usage to a client that asks for it. */
const odd = (dialect: DialectName, stream: boolean) =>
  dialect === "openai-chat" && stream
    ? withBody(plainOdd(dialect, stream), { stream_options: { include_usage: true } })
    : plainOdd(dialect, stream);
const mode = (call: Call, word: string) => with_(call, { "x-signalbox-metadata": word });
const parsed = (text: string): Record<string, unknown> => JSON.parse(text);
const ownHeaders = (headers: Record<string, unknown>) =>
  Object.keys(headers).filter((name) => name.startsWith("x-signalbox-"));

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const metadataOf = (model: string) => ({
  attempts: [{ model, success: true, time_to_first_token_ms: expect.any(Number) }],
  generation_id: expect.stringMatching(UUID),
  reasoning: expect.stringContaining(`'${model}' - success`),
  total_duration_ms: expect.any(Number),
});
/** The Responses API has `metadata` of its own. */
const keyOf = (dialect: DialectName) => (dialect === "openai-responses" ? "signalbox_metadata" : "metadata");

describe.each(DIALECTS)("a passthrough answer of %s", (dialect) => {
  test("has metadata as its last member, and every other byte as the upstream sent it", async () => {
    const { text, headers } = await send(rig.gateway.url, odd(dialect, false));
    expect(stripped(text)).toBe(WHOLE[dialect]);
    expect(Object.entries(parsed(text)).at(-1)).toEqual([keyOf(dialect), metadataOf("odd/odd-1")]);
    expect(Number(headers["content-length"])).toBe(Buffer.byteLength(text));
  });

  test.each(["headers", "off"])("is the upstream's bytes under '%s'", async (word) => {
    const { text, headers } = await send(rig.gateway.url, mode(odd(dialect, false), word));
    expect(text).toBe(WHOLE[dialect]);
    expect(ownHeaders(headers).length > 0).toBe(word === "headers");
  });

  test("names the target where that is wanted", async () => {
    const { text } = await send(targets.gateway.url, odd(dialect, false));
    expect(stripped(text)).toBe(renamed(WHOLE[dialect], "odd/odd-1"));
    expect(stripped(text)).not.toBe(WHOLE[dialect]);
  });
});

describe.each(DIALECTS)("a passthrough stream of %s", (dialect) => {
  test.each([undefined, "headers", "off"])("is the upstream's bytes under '%s'", async (word) => {
    const call = odd(dialect, true);
    const { text, headers } = await send(rig.gateway.url, word === undefined ? call : mode(call, word));
    expect(text).toBe(STREAM[dialect]);
    expect(ownHeaders(headers).length > 0).toBe(word !== "off");
  });

  test("has metadata where it ends when the request asks for them in the body", async () => {
    const { text } = await send(rig.gateway.url, mode(odd(dialect, true), "body"));
    expect(stripped(text)).toBe(STREAM[dialect]);
    const told = (text.match(MEMBER) ?? []).map((member) => parsed(`{${member.slice(1)}}`)[keyOf(dialect)]);
    // A chat stream tells with the reason of its end and with its usage: nobody knows beforehand which is the last.
    expect(told).toEqual(Array(dialect === "openai-chat" ? 2 : 1).fill(metadataOf("odd/odd-1")));
  });

  test("names the target in every message that names a model, and nowhere else", async () => {
    const { text } = await send(targets.gateway.url, odd(dialect, true));
    expect(text).toBe(renamed(STREAM[dialect], "odd/odd-1"));
    expect(text).not.toBe(STREAM[dialect]);
  });
});

test("a chat stream whose usage only the gateway has asked for is the upstream's bytes without that chunk", async () => {
  const { text } = await send(rig.gateway.url, plainOdd("openai-chat", true));
  const usage = /data:\{"choices":\[\][^\n]*\n\n/.exec(STREAM["openai-chat"])?.[0] ?? "";
  expect(usage).toContain("prompt_tokens");
  expect(text).toBe(STREAM["openai-chat"].replace(usage, ""));
});

test("Gemini's JSON array tells and names like its event stream", async () => {
  const call = { ...odd("gemini", true), path: "/v1beta/models/odd/odd-1:streamGenerateContent" };
  const plain: unknown[] = JSON.parse((await send(rig.gateway.url, call)).text);
  expect(plain).toHaveLength(2);
  expect(plain.at(-1)).not.toHaveProperty("metadata");
  const told: unknown[] = JSON.parse((await send(targets.gateway.url, mode(call, "body"))).text);
  expect(told).toMatchObject([{ modelVersion: "odd/odd-1" }, { modelVersion: "odd/odd-1" }]);
  expect(told.at(-1)).toMatchObject({ metadata: metadataOf("odd/odd-1") });
  expect(told[0]).not.toHaveProperty("metadata");
});

const PAIRS = DIALECTS.flatMap((client) =>
  DIALECTS.filter((upstream) => upstream !== client).map((upstream) => ({ client, upstream })),
);

describe.each(PAIRS)("a $client client of an $upstream upstream", ({ client, upstream }) => {
  const name = `${PROVIDERS[upstream]}/sim-model`;
  const messagesIn = (text: string) => [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => parsed(data ?? "{}"));

  test("has metadata last in a whole answer, and the upstream's own word for the model", async () => {
    const { text } = await send(rig.gateway.url, ask(client, name, { text: "hi", stream: false }));
    const answer = parsed(text);
    const [key, told] = Object.entries(answer).at(-1) ?? [];
    expect(key).toBe(keyOf(client));
    expect(told).toMatchObject(metadataOf(name));
    expect(answer[client === "gemini" ? "modelVersion" : "model"]).toBe("sim-model");
  });

  test("has metadata in the last event of a stream, and in no other", async () => {
    const { text } = await send(rig.gateway.url, ask(client, name, { text: "[[say all clear]]", stream: true }));
    const messages = messagesIn(text);
    const last = messages.at(-1) ?? {};
    const holder = client === "openai-responses" ? last["response"] : last;
    expect(holder).toMatchObject({ [keyOf(client)]: metadataOf(name) });
    expect(JSON.stringify(messages.slice(0, -1))).not.toContain("generation_id");
  });

  test("sees the target's name in every chunk where that is wanted", async () => {
    const { text } = await send(targets.gateway.url, ask(client, name, { text: "[[say all clear]]", stream: true }));
    const names = [...text.matchAll(/"model(?:Version)?":"([^"]*)"/g)].map(([, shown]) => shown);
    // Metadata name the target as well.
    expect(names.length).toBeGreaterThan(1);
    expect(new Set(names)).toEqual(new Set([name]));
  });

  test.each(["headers", "off"])("has neither under '%s'", async (word) => {
    for (const stream of [false, true]) {
      const { text } = await send(rig.gateway.url, mode(ask(client, name, { text: "hi", stream }), word));
      expect(text).not.toContain("generation_id");
    }
  });
});

test("chat usage that was asked for is the chunk that tells", async () => {
  const call = ask("openai-chat", "messages/sim-model", { text: "hi", stream: true });
  const body = { ...Object(call.body), stream_options: { include_usage: true } };
  const { text } = await send(rig.gateway.url, { ...call, body });
  const [last, usage] = [...text.matchAll(/^data: (\{.*\})$/gm)].slice(-2).map(([, data]) => parsed(data ?? "{}"));
  expect(last).not.toHaveProperty("metadata");
  expect(usage).toMatchObject({ choices: [], usage: expect.anything(), metadata: metadataOf("messages/sim-model") });
});

describe("how much is told", () => {
  const go = (headers: Readonly<Record<string, string>>, stream = false) =>
    send(rig.gateway.url, with_(odd("openai-chat", stream), headers));

  test("is the key's word before the configuration's, and the request's before both", async () => {
    const quiet = { authorization: `Bearer ${QUIET_KEY}` };
    expect((await go(quiet)).text).toBe(WHOLE["openai-chat"]);
    expect((await go({ ...quiet, "x-signalbox-metadata": "body" })).text).toContain("generation_id");
  });

  test("cannot be asked for in another word", async () => {
    const answer = await go({ "x-signalbox-metadata": "everything" });
    expect(answer.status).toBe(400);
    expect(parsed(answer.text)).toMatchObject({ error: { message: expect.stringContaining("x-signalbox-metadata") } });
  });

  test("is the same in headers, in ASCII, as far as it is known when the answer begins", async () => {
    const { headers, text } = await go({}, false);
    const { metadata } = parsed(text);
    expect(metadata).toMatchObject({
      generation_id: headers["x-signalbox-generation-id"],
      reasoning: headers["x-signalbox-reasoning"],
    });
    expect(headers["x-signalbox-attempted"]).toBe("odd/odd-1=ok");
    expect(headers["x-request-id"]).toBe(`req_${String(headers["x-signalbox-generation-id"]).replaceAll("-", "")}`);
  });
});

test("an answer by fallback names the attempts that failed", async () => {
  const failing = ask("openai-chat", "flaky", { text: "hi", stream: false });
  const own = await startOddRig({ models: { flaky: { targets: ["dead/m", "odd/odd-1"] } } });
  try {
    const { text, headers } = await send(own.gateway.url, failing);
    expect(parsed(text)["metadata"]).toMatchObject({
      attempts: [
        { model: "dead/m", success: false, error: { code: "upstream_unreachable", message: expect.any(String) } },
        { model: "odd/odd-1", success: true },
      ],
    });
    expect(headers["x-signalbox-attempted"]).toBe("dead/m=502,odd/odd-1=ok");
  } finally {
    await own.close();
  }
});

test("an error answer keeps its body, and tells in headers", async () => {
  const { status, text, headers } = await send(
    rig.gateway.url,
    ask("openai-chat", "chat/sim-model", { text: "hi [[fault status=503]]", stream: false }),
  );
  expect(status).toBe(503);
  expect(text).not.toContain("generation_id");
  expect(headers["x-signalbox-attempted"]).toMatch(/^chat\/sim-model=503/);
  expect(headers["x-signalbox-generation-id"]).toMatch(UUID);
});
