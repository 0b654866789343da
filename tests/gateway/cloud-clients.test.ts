import { EventStreamCodec } from "@smithy/eventstream-codec";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { objectIn } from "./routing-support.ts";
import { type Call, KEY, type Rig, send, startRig } from "./support.ts";

/** Claude's API in the forms that clients of clouds speak. */

const SONNET = "claude-sonnet-4-5-20250929";
const BEDROCK_NAME = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const VERTEX = "/v1/projects/p/locations/us-east5/publishers";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    models: {
      [SONNET]: { targets: ["messages/m"] },
      "by-chat": { targets: ["chat/m"] },
      "eu.anthropic.claude-own-v1:0": { targets: ["responses/m"] },
      "gemini-2.5-flash": { targets: ["own-gemini/m"] },
      "vectors-only": { targets: ["vectors/text-embedding-3-small"] },
    },
    moreProviders: (url) => ({
      vectors: {
        auth: "none",
        models: ["text-embedding-3-small"],
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
      },
    }),
    keepAlive: { afterMs: 50, everyMs: 50 },
  });
});
afterAll(() => rig.close());
afterEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

const words = (text: string) => ({ max_tokens: 99, messages: [{ role: "user", content: text }] });
const bedrockBody = (text: string) => ({ anthropic_version: "bedrock-2023-05-31", ...words(text) });
const bedrock = (model: string, method: string, text = "[[say Hi.]]"): Call => ({
  path: `/model/${encodeURIComponent(model)}/${method}`,
  body: bedrockBody(text),
});
const vertex = (model: string, method: string, text = "[[say Hi.]]"): Call => ({
  path: `${VERTEX}/anthropic/models/${model}:${method}`,
  body: { anthropic_version: "vertex-2023-10-16", ...words(text) },
});
const answerOf = (call: Call) => send(rig.gateway.url, call);
const bodyOf = ({ text }: { readonly text: string }) => objectIn(JSON.parse(text));
const arrived = () => {
  const [entry] = rig.simulator.journal.entries;
  if (entry === undefined) throw new Error("Nothing arrived.");
  return { ...entry, json: objectIn(JSON.parse(entry.body.toString())) };
};

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);

interface Frame {
  readonly kind: string;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The frames of an answer, each with what it holds. */
async function framesOf(call: Call): Promise<readonly Frame[]> {
  const answer = await fetch(rig.gateway.url + call.path, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...objectIn(call.headers) },
    body: JSON.stringify(call.body),
  });
  expect(answer.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
  const bytes = Buffer.from(await answer.arrayBuffer());
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const { headers, body } = codec.decode(bytes.subarray(at, at + bytes.readUInt32BE(at)));
    const held = objectIn(JSON.parse(Buffer.from(body).toString()));
    const inner = typeof held["bytes"] === "string" ? Buffer.from(held["bytes"], "base64").toString() : undefined;
    frames.push({
      kind: String(headers[":message-type"]?.value),
      type: String((headers[":event-type"] ?? headers[":exception-type"])?.value),
      body: inner === undefined ? held : objectIn(JSON.parse(inner)),
    });
  }
  return frames;
}

const textIn = (frames: readonly Frame[]) =>
  frames.map(({ body }) => String(objectIn(body["delta"])["text"] ?? "")).join("");

describe("Bedrock", () => {
  test("a whole answer is Anthropic's, and the upstream is asked as Anthropic is", async () => {
    const answer = await answerOf({
      ...bedrock(BEDROCK_NAME, "invoke"),
      body: { ...bedrockBody("[[say Hi.]]"), anthropic_beta: ["context-1m-2025-08-07", "effort-2025-11-24"] },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(bodyOf(answer)).toMatchObject({ type: "message", content: [{ type: "text", text: "Hi." }] });
    expect(answer.headers["x-signalbox-lane"]).toBe("passthrough");
    const { json, headers } = arrived();
    expect(json).toMatchObject({ model: "m", max_tokens: 99 });
    expect(json).not.toHaveProperty("anthropic_version");
    expect(json).not.toHaveProperty("anthropic_beta");
    expect(headers["anthropic-beta"]).toBe("context-1m-2025-08-07,effort-2025-11-24");
    expect(headers["anthropic-version"]).toBe("2023-06-01");
  });

  test("a stream comes in AWS's frames, one for every event", async () => {
    const frames = await framesOf(bedrock(BEDROCK_NAME, "invoke-with-response-stream"));
    expect(new Set(frames.map(({ kind, type }) => `${kind} ${type}`))).toEqual(new Set(["event chunk"]));
    const types = frames.map(({ body }) => body["type"]);
    expect(types[0]).toBe("message_start");
    expect(types.at(-1)).toBe("message_stop");
    expect(textIn(frames)).toBe("Hi.");
    expect(arrived().json).toMatchObject({ model: "m", stream: true });
  });

  test.each(["by-chat", "eu.anthropic.claude-own-v1:0"])("any dialect answers such a stream (%s)", async (model) => {
    const frames = await framesOf(bedrock(model, "invoke-with-response-stream"));
    expect(textIn(frames)).toBe("Hi.");
    expect(frames.at(-1)?.body["type"]).toBe("message_stop");
  });

  test.each([
    ["a configured name goes before Anthropic's own", "eu.anthropic.claude-own-v1:0", "openai-responses"],
    ["an ARN", `arn:aws:bedrock:us-east-1:1:inference-profile/${BEDROCK_NAME}`, "anthropic-messages"],
    ["provider/model", "chat/m", "openai-chat"],
    ["a name that is no cloud's", "by-chat", "openai-chat"],
  ])("%s is found", async (_, model, dialect) => {
    const answer = await answerOf(bedrock(model, "invoke"));
    expect(answer.status, answer.text).toBe(200);
    expect(arrived().dialect).toBe(dialect);
  });

  test("slashes of an ARN may stand raw, and AWS's SDKs may call the body octets", async () => {
    const answer = await answerOf({
      ...bedrock(SONNET, "invoke"),
      path: `/model/arn:aws:bedrock:us-east-1:1:inference-profile/${BEDROCK_NAME}/invoke`,
      headers: { "content-type": "application/octet-stream" },
    });
    expect(answer.status, answer.text).toBe(200);
  });

  test("while the model is silent, frames with pings keep the connection", async () => {
    rig.simulator.faults.push({ type: "slow-first-token", ms: 400, model: "m" });
    const frames = await framesOf(bedrock(BEDROCK_NAME, "invoke-with-response-stream"));
    const types = frames.map(({ body }) => body["type"]);
    expect(types.slice(0, 2)).toEqual(["ping", "ping"]);
    expect(textIn(frames)).toBe("Hi.");
  });

  test("an error before the stream is AWS's", async () => {
    const answer = await answerOf(bedrock("unknown-model", "invoke-with-response-stream"));
    expect(answer.status).toBe(404);
    expect(answer.headers["x-amzn-errortype"]).toBe("ResourceNotFoundException");
    expect(Object.keys(bodyOf(answer))).toEqual(["message"]);
    expect(String(bodyOf(answer)["message"])).toContain("unknown-model");
  });

  test("the upstream's words of a refusal are kept, in AWS's shape", async () => {
    const answer = await answerOf({
      ...bedrock(BEDROCK_NAME, "invoke"),
      body: { ...bedrockBody("hi"), temperature: 9 },
    });
    expect(answer.status).toBe(400);
    expect(answer.headers["x-amzn-errortype"]).toBe("ValidationException");
    expect(bodyOf(answer)).toEqual({ message: "temperature: range: 0..1" });
  });

  test("an error within the stream is an exception frame", async () => {
    rig.simulator.faults.push({ type: "error-after", events: 8, model: "m" });
    const frames = await framesOf(bedrock(BEDROCK_NAME, "invoke-with-response-stream", "[[stream 60]]"));
    expect(frames.at(-1)).toMatchObject({ kind: "exception", type: "serviceUnavailableException" });
    expect(frames.at(-1)?.body).toHaveProperty("message");
  });

  test("a stream that breaks off ends in an exception frame", async () => {
    rig.simulator.faults.push({ type: "cut-after", events: 8, model: "m", times: 9 });
    const frames = await framesOf(bedrock(BEDROCK_NAME, "invoke-with-response-stream", "[[stream 60]]"));
    expect(frames.at(-1)).toMatchObject({ kind: "exception", type: "internalServerException" });
  });

  test("tokens are counted of what would be invoked", async () => {
    const body = Buffer.from(JSON.stringify(bedrockBody("How many?"))).toString("base64");
    const answer = await answerOf({
      path: `/model/${encodeURIComponent(BEDROCK_NAME)}/count-tokens`,
      body: { input: { invokeModel: { body } } },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(bodyOf(answer)["inputTokens"]).toBeGreaterThan(0);
  });

  test("what cannot be counted is refused in AWS's shape", async () => {
    const path = `/model/${encodeURIComponent(BEDROCK_NAME)}/count-tokens`;
    const answer = await answerOf({ path, body: { input: { converse: {} } } });
    expect(answer.status).toBe(400);
    expect(answer.headers["x-amzn-errortype"]).toBe("ValidationException");
  });

  test.each([
    ["nested too deep", `{"input":${"[".repeat(50_000)}${"]".repeat(50_000)}}`],
    ["with a key twice", '{"input":{"invokeModel":{"body":"e30="}},"input":{}}'],
    [
      "of no text",
      JSON.stringify({ input: { invokeModel: { body: Buffer.from('{"a":"\xff"}', "latin1").toString("base64") } } }),
    ],
  ])("a count %s is refused before it is read", async (_, raw) => {
    const answer = await answerOf({ path: `/model/${encodeURIComponent(BEDROCK_NAME)}/count-tokens`, raw });
    expect(answer.status).toBe(400);
    expect(bodyOf(answer)["message"]).toMatch(/nest|deep|Duplicate key|UTF-8/);
  });

  test("the models are listed as inference profiles, and every id can be called", async () => {
    const listed = await answerOf({ path: "/inference-profiles?type=SYSTEM_DEFINED", method: "GET" });
    expect(listed.status, listed.text).toBe(200);
    const list = bodyOf(listed)["inferenceProfileSummaries"];
    const profiles = (Array.isArray(list) ? list : []).map(objectIn);
    const own = profiles.find(({ inferenceProfileId }) => inferenceProfileId === `anthropic.${SONNET}`);
    expect(own).toMatchObject({ type: "SYSTEM_DEFINED", status: "ACTIVE", models: [{ modelArn: expect.any(String) }] });
    expect((await answerOf(bedrock(String(own?.["inferenceProfileId"]), "invoke"))).status).toBe(200);
    expect(profiles.map(({ inferenceProfileId }) => inferenceProfileId)).not.toContain("vectors-only");
    expect((await answerOf({ path: "/inference-profiles/vectors-only", method: "GET" })).status).toBe(404);
    const one = await answerOf({ path: `/inference-profiles/${BEDROCK_NAME}`, method: "GET" });
    expect(bodyOf(one)["inferenceProfileId"]).toBe(`anthropic.${SONNET}`);
    const none = await answerOf({ path: "/inference-profiles?type=APPLICATION", method: "GET" });
    expect(bodyOf(none)["inferenceProfileSummaries"]).toEqual([]);
  });

  test("a method that there is not is said so in AWS's shape", async () => {
    const answer = await answerOf(bedrock(BEDROCK_NAME, "converse"));
    expect(answer.status).toBe(404);
    expect(answer.headers["x-amzn-errortype"]).toBe("ResourceNotFoundException");
  });
});

describe("requests that are signed with AWS credentials", () => {
  const signature =
    "AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=ab";

  test("are told how to bring a key", async () => {
    const answer = await answerOf({ ...bedrock(BEDROCK_NAME, "invoke"), headers: { authorization: signature } });
    expect(answer.status).toBe(401);
    expect(answer.headers["x-amzn-errortype"]).toBe("UnrecognizedClientException");
    expect(String(bodyOf(answer)["message"])).toContain("AWS_BEARER_TOKEN_BEDROCK");
  });

  test("are let in by a key beside the signature, and by no other", async () => {
    const by = (key: string) => ({
      ...bedrock(BEDROCK_NAME, "invoke"),
      headers: { authorization: signature, "x-api-key": key },
    });
    expect((await answerOf(by(KEY))).status).toBe(200);
    expect((await answerOf(by("not-a-key-of-this-gateway"))).status).toBe(401);
  });
});

describe("Vertex", () => {
  test("a whole answer is Anthropic's, and the upstream is asked as Anthropic is", async () => {
    const answer = await answerOf({
      ...vertex("claude-sonnet-4-5@20250929", "rawPredict"),
      headers: { "anthropic-beta": "context-1m-2025-08-07" },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(bodyOf(answer)).toMatchObject({ type: "message", content: [{ type: "text", text: "Hi." }] });
    const { json, headers } = arrived();
    expect(json).toMatchObject({ model: "m" });
    expect(json).not.toHaveProperty("anthropic_version");
    expect(headers["anthropic-beta"]).toBe("context-1m-2025-08-07");
  });

  test.each(["claude-sonnet-4-5@20250929", "claude-sonnet-4-5%4020250929", SONNET, "by-chat", "chat/m", "chat%2Fm"])(
    "%s streams server-sent events",
    async (model) => {
      const answer = await answerOf(vertex(model, "streamRawPredict"));
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers["content-type"]).toContain("text/event-stream");
      expect(answer.text).toContain("event: message_stop");
    },
  );

  test("newer SDKs say Anthropic's own version in the body, and it is handed on", async () => {
    const { path } = vertex(SONNET, "rawPredict");
    await answerOf({ path, body: { anthropic_version: "2026-10-21", ...words("hi") } });
    expect(arrived().headers["anthropic-version"]).toBe("2026-10-21");
  });

  test("tokens are counted of the model that the body names", async () => {
    const answer = await answerOf({
      path: `${VERTEX}/anthropic/models/count-tokens:rawPredict`,
      body: { anthropic_version: "vertex-2023-10-16", model: "claude-sonnet-4-5@20250929", ...words("How many?") },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(bodyOf(answer)["input_tokens"]).toBeGreaterThan(0);
  });

  test("errors are Anthropic's", async () => {
    const answer = await answerOf(vertex("claude-unknown@20250929", "rawPredict"));
    expect(answer.status).toBe(404);
    expect(bodyOf(answer)).toMatchObject({ type: "error", error: { type: "not_found_error" } });
  });

  test.each([
    `${VERTEX}/google`,
    "/v1beta1/projects/p/locations/global/publishers/google",
    "/v1beta1/publishers/google",
  ])("Gemini is asked below %s", async (place) => {
    const contents = [{ role: "user", parts: [{ text: "[[say Hi.]]" }] }];
    const path = `${place}/models/gemini-2.5-flash`;
    const whole = await answerOf({ path: `${path}:generateContent`, body: { contents } });
    expect(whole.status, whole.text).toBe(200);
    expect(whole.text).toContain("Hi.");
    const stream = await answerOf({ path: `${path}:streamGenerateContent?alt=sse`, body: { contents } });
    expect(stream.headers["content-type"]).toContain("text/event-stream");
    const counted = await answerOf({ path: `${path}:countTokens`, body: { contents } });
    expect(bodyOf(counted)["totalTokens"]).toBeGreaterThan(0);
  });

  test.each([
    `${VERTEX}/anthropic/models/m:serverStreamingPredict`,
    `${VERTEX}/mistral/models/m:rawPredict`,
    "/v1/projects/p/locations/l",
  ])("there is nothing at %s", async (path) => {
    expect((await answerOf({ path, body: words("hi") })).status).toBe(404);
  });
});

test("an idempotency key gets the same frames a second time", async () => {
  const call = { ...bedrock(BEDROCK_NAME, "invoke-with-response-stream"), headers: { "idempotency-key": "once" } };
  const first = await framesOf(call);
  expect(await framesOf(call)).toEqual(first);
  expect(rig.simulator.journal.length).toBe(1);
});

test("the ledger knows what was used, as of any other request", async () => {
  const answer = await answerOf(bedrock(BEDROCK_NAME, "invoke"));
  const { usage } = bodyOf(answer);
  const id = String(answer.headers["x-signalbox-generation-id"]);
  const told = await answerOf({ path: `/v1/generation?id=${id}`, method: "GET" });
  expect(told.text).toContain(String(objectIn(usage)["output_tokens"]));
  expect(told.status).toBe(200);
});
