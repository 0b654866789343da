import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../index.ts";
import { at } from "../../testing/client.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

const MODEL = "us.anthropic.claude-sim-v1:0";
const user = (...content: readonly object[]) => ({ role: "user", content });
const said = (text: string) => ({ messages: [user({ text })] });

async function send(path: string, body: object, headers: Record<string, string> = {}) {
  const url = `${simulator.url}/model/${encodeURIComponent(MODEL)}/${path}`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body), headers });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}
const json = ({ bytes }: { bytes: Buffer }): unknown => JSON.parse(bytes.toString("utf8"));

interface Frame {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Record<string, unknown>;
}

/** Read after the format's description, by other code than what writes it. */
function frames(bytes: Buffer): readonly Frame[] {
  const found: Frame[] = [];
  for (let from = 0; from < bytes.length; from += bytes.readUInt32BE(from)) {
    const frame = bytes.subarray(from, from + bytes.readUInt32BE(from));
    const headerEnd = 12 + frame.readUInt32BE(4);
    expect(frame.readUInt32BE(8)).toBe(crc32(frame.subarray(0, 8)));
    expect(frame.readUInt32BE(frame.length - 4)).toBe(crc32(frame.subarray(0, -4)));
    const headers: Record<string, string> = {};
    for (let spot = 12; spot < headerEnd; ) {
      const nameEnd = spot + 1 + frame.readUInt8(spot);
      const valueEnd = nameEnd + 3 + frame.readUInt16BE(nameEnd + 1);
      headers[frame.toString("utf8", spot + 1, nameEnd)] = frame.toString("utf8", nameEnd + 3, valueEnd);
      spot = valueEnd;
    }
    found.push({ headers, payload: JSON.parse(frame.toString("utf8", headerEnd, frame.length - 4)) });
  }
  return found;
}

describe("ConverseStream", () => {
  it("frames its events in the official order", async () => {
    const body = { ...said('[[think a plan]] [[text 4]] [[tool add {"a": 1}]]'), toolConfig: TOOLS };
    const reply = await send("converse-stream", body);
    expect(reply.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
    expect(frames(reply.bytes).map(({ headers }) => headers[":event-type"])).toEqual([
      "messageStart",
      "contentBlockDelta",
      "contentBlockDelta",
      "contentBlockStop",
      "contentBlockDelta",
      "contentBlockStop",
      "contentBlockStart",
      "contentBlockDelta",
      "contentBlockStop",
      "messageStop",
      "metadata",
    ]);
  });

  it("tells a failure within the stream as an exception frame", async () => {
    const last = frames(
      (await send("converse-stream", said("[[text 50]]"), { "x-simulate": "error-after=3" })).bytes,
    ).at(-1);
    expect(last?.headers).toMatchObject({
      ":message-type": "exception",
      ":exception-type": "serviceUnavailableException",
    });
  });

  it("can end before the message's own end", async () => {
    const { bytes } = await send("converse-stream", said("hi"), { "x-simulate": "cut-before-end" });
    expect(frames(bytes).at(-1)?.headers[":event-type"]).toBe("contentBlockStop");
  });
});

const TOOLS = { tools: [{ toolSpec: { name: "add", inputSchema: { json: { type: "object" } } } }] };

describe("Converse", () => {
  it("answers in one piece, and reads its cache again", async () => {
    const system = [{ text: "a long prefix ".repeat(50) }, { cachePoint: { type: "default", ttl: "1h" } }];
    const first = json(await send("converse", { ...said("one"), system }));
    expect(at(first, "stopReason")).toBe("end_turn");
    const written = at(first, "usage", "cacheWriteInputTokens");
    expect(at(first, "usage", "cacheDetails")).toEqual([{ ttl: "1h", inputTokens: written }]);
    expect(at(json(await send("converse", { ...said("two"), system })), "usage")).toMatchObject({
      cacheReadInputTokens: written,
      cacheWriteInputTokens: 0,
    });
  });

  it("takes thinking back only as it was given out", async () => {
    const prompt = user({ text: "[[think a plan]] [[tool add {}]]" });
    const first = json(await send("converse", { messages: [prompt], toolConfig: TOOLS }));
    const content: Record<string, unknown>[] = Object(at(first, "output", "message", "content"));
    const toolUseId = at(content, 1, "toolUse", "toolUseId");
    const answer = user({ toolResult: { toolUseId, content: [{ text: "3" }] } });
    const replay = (blocks: unknown) =>
      send("converse", { messages: [prompt, { role: "assistant", content: blocks }, answer], toolConfig: TOOLS });
    expect((await replay(content)).status).toBe(200);
    const forged = [{ reasoningContent: { reasoningText: { text: "a plan", signature: "c2ln" } } }, content[1]];
    expect(at(json(await replay(forged)), "message")).toMatch(/Invalid `signature`/);
  });

  const call = (toolUseId: string) => ({
    role: "assistant",
    content: [{ toolUse: { toolUseId, name: "add", input: {} } }],
  });
  it.each<[string, object, RegExp]>([
    ["a model in the body", { ...said("hi"), modelId: "x" }, /extraneous key \[modelId\]/],
    ["an assistant first", { messages: [{ role: "assistant", content: [{ text: "x" }] }] }, /must start with a user/],
    ["two of one role", { messages: [user({ text: "a" }), user({ text: "b" })] }, /must alternate/],
    ["blank text", said(" "), /The text field in the ContentBlock object at messages\.0\.content\.0 is blank/],
    ["an image that is not base64", { messages: [user({ image: { format: "png", source: { bytes: "?" } } })] }, /Byte/],
    [
      "a document alone",
      { messages: [user({ document: { name: "a", format: "pdf", source: { bytes: "AAAA" } } })] },
      /A text block must be included/,
    ],
    [
      "an open call",
      { messages: [user({ text: "a" }), call("c"), user({ text: "b" })], toolConfig: TOOLS },
      /Expected toolResult/,
    ],
    [
      "calls without tools",
      {
        messages: [user({ text: "a" }), call("c"), user({ toolResult: { toolUseId: "c", content: [{ text: "1" }] } })],
      },
      /toolConfig field must be defined/,
    ],
    [
      "a tool of another schema",
      { ...said("a"), toolConfig: { tools: [{ toolSpec: { name: "f", inputSchema: { json: {} } } }] } },
      /type must be/,
    ],
    [
      "a field that Claude does not know",
      { ...said("a"), additionalModelRequestFields: { seed: 1 } },
      /^The model returned the following errors: seed: Extra inputs are not permitted$/,
    ],
  ])("refuses %s", async (_name, body, expected) => {
    const reply = await send("converse", body);
    expect(reply.status).toBe(400);
    expect(reply.headers.get("x-amzn-errortype")).toMatch(/^(Validation|Serialization)Exception:/);
    expect(at(json(reply), "message")).toMatch(expected);
  });
});

describe("InvokeModel with Anthropic's bodies", () => {
  const body = {
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 64,
    messages: [{ role: "user", content: "[[say hi]]" }],
  };

  it("answers as Anthropic does, whole and in chunks", async () => {
    expect(at(json(await send("invoke", body)), "content", 0, "text")).toBe("hi");
    const chunks = frames((await send("invoke-with-response-stream", body)).bytes);
    expect(chunks.every(({ headers }) => headers[":event-type"] === "chunk")).toBe(true);
    const events = chunks.map(({ payload }) => JSON.parse(Buffer.from(String(payload["bytes"]), "base64").toString()));
    expect(events.map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  it.each([
    ["no version", { ...body, anthropic_version: undefined }],
    ["a model in the body", { ...body, model: "claude" }],
    ["the wish for a stream in the body", { ...body, stream: true }],
  ])("refuses %s", async (_name, wrong) => {
    const reply = await send("invoke", wrong);
    expect(reply.status).toBe(400);
    expect(reply.headers.get("x-amzn-errortype")).toMatch(/^ValidationException:/);
    expect(Object.keys(Object(json(reply)))).toEqual(["message"]);
  });
});

describe("credentials", () => {
  const signed = (key: string, date = new Date()) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00`,
    "x-amz-date": `${date.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`,
  });
  it.each<[string, Record<string, string>, number, string | undefined]>([
    ["a bearer key", { authorization: "Bearer ABSK" }, 200, undefined],
    ["a bad bearer key", { authorization: "Bearer bad-key" }, 403, "AccessDeniedException"],
    ["a signature", signed("AKIA"), 200, undefined],
    ["an unknown access key", signed("BADKEY"), 403, "UnrecognizedClientException"],
    ["an expired session", { ...signed("AKIA"), "x-amz-security-token": "expired-1" }, 403, "ExpiredTokenException"],
    ["a clock that is off", signed("AKIA", new Date("2020-01-01")), 403, "InvalidSignatureException"],
  ])("%s", async (...[, headers, status, type]) => {
    const reply = await send("converse", said("hi"), headers);
    expect(reply.status).toBe(status);
    expect(reply.headers.get("x-amzn-errortype")?.split(":")[0]).toBe(type);
  });
});

it("lists its inference profiles", async () => {
  const response = await fetch(`${simulator.url}/inference-profiles?type=SYSTEM_DEFINED`);
  expect(at(await response.json(), "inferenceProfileSummaries", 0, "status")).toBe("ACTIVE");
});
