import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { EventStreamCodec, type MessageHeaders } from "@smithy/eventstream-codec";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask, type Rig, send, startRig } from "./support.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = String(privateKey.export({ type: "pkcs8", format: "pem" }));

interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** What comes in a packet of its own, after the client has had time to read the body. */
  readonly later?: Buffer;
}

interface Cloud {
  readonly url: string;
  readonly asked: Asked[];
  reply: (asked: Asked, count: number) => Reply;
  readonly close: () => void;
}

/** A cloud and its token server on this machine. */
async function startCloud(): Promise<Cloud> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url: path = "", headers } = request;
      const one = { path, headers, body: Buffer.concat(chunks).toString("utf8") };
      asked.push(one);
      const { status = 200, headers: more, body, later } = cloud.reply(one, asked.length);
      response.writeHead(status, { "content-type": "application/json", ...more });
      if (later === undefined) return response.end(body);
      response.write(body);
      return setTimeout(() => response.end(later), 100);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const cloud: Cloud = {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    reply: () => ({ body: "{}" }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return cloud;
}

const GEMINI = JSON.stringify({
  candidates: [{ content: { role: "model", parts: [{ text: "from the cloud" }] }, finishReason: "STOP", index: 0 }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
});
const CHAT = JSON.stringify({
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "gpt",
  choices: [{ index: 0, message: { role: "assistant", content: "from the cloud" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
});
const token = (name: string, seconds = 3600): Reply => ({
  body: JSON.stringify({ access_token: name, expires_in: seconds, token_type: "Bearer" }),
});

let cloud: Cloud;
let rig: Rig;

beforeEach(async () => {
  cloud = await startCloud();
  const serviceAccount = JSON.stringify({
    type: "service_account",
    client_email: "robot@example.iam",
    private_key: PEM,
    token_uri: `${cloud.url}/token`,
  });
  rig = await startRig({
    moreProviders: () => ({
      vertex: {
        project: "p",
        location: "us-east5",
        credentials: [{ serviceAccount }],
        endpoints: { gemini: { baseUrl: cloud.url } },
      },
      azure: {
        apiVersion: "2024-10-21",
        credentials: [{ tenantId: "t", clientId: "app", clientSecret: "the-app-secret", authority: cloud.url }],
        endpoints: { "openai-chat": { baseUrl: `${cloud.url}/openai` } },
      },
      bedrock: {
        region: "us-east-1",
        credentials: [{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "the-secret-access-key" }],
        endpoints: { "anthropic-messages": { baseUrl: cloud.url } },
      },
    }),
    models: {
      "gemini-first": { targets: ["vertex/gemini-3-flash", "chat/sim-model"] },
      "azure-first": { targets: ["azure/my-gpt", "chat/sim-model"] },
      "bedrock-first": { targets: ["bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", "chat/sim-model"] },
    },
  });
});
afterEach(async () => {
  await rig.close();
  cloud.close();
});

const paths = () => cloud.asked.map(({ path }) => path);
const chat = (model: string, stream = false) =>
  send(rig.gateway.url, ask("openai-chat", model, { text: "[[say from the second]]", stream }));

const VERTEX = "/v1/projects/p/locations/us-east5/publishers/google/models/gemini-3-flash:generateContent";

describe("a service account at Vertex AI", () => {
  test("is exchanged once for many requests at the same time", async () => {
    cloud.reply = ({ path }) => (path === "/token" ? token("vertex-access-token") : { body: GEMINI });
    const answers = await Promise.all(Array.from({ length: 50 }, () => chat("vertex/gemini-3-flash")));
    for (const { text } of answers) expect(text).toContain("from the cloud");
    expect(paths().filter((path) => path === "/token")).toHaveLength(1);
    const asked = cloud.asked.filter(({ path }) => path === VERTEX);
    expect(asked).toHaveLength(50);
    expect(new Set(asked.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer vertex-access-token"]));
  });

  test("whose token has expired is exchanged once more, and the request sent again", async () => {
    let exchanged = 0;
    cloud.reply = ({ path, headers }) => {
      if (path === "/token") return token(`access-token-${++exchanged}`);
      if (headers.authorization === "Bearer access-token-2") return { body: GEMINI };
      return { status: 401, body: '{"error":{"code":401,"message":"Expired","status":"UNAUTHENTICATED"}}' };
    };
    const answer = await chat("gemini-first");
    expect(answer.text).toContain("from the cloud");
    expect(answer.headers["x-signalbox-attempts"]).toBe("1");
    expect(paths()).toEqual(["/token", VERTEX, "/token", VERTEX]);
  });

  test("that no token is had for is passed over for the next target", async () => {
    cloud.reply = () => ({ status: 400, body: '{"error":"invalid_grant","error_description":"Invalid JWT"}' });
    const answer = await chat("gemini-first");
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("from the second");
    expect(answer.headers["x-signalbox-attempted"]).toContain("vertex/gemini-3-flash=502,chat/sim-model=ok");
    expect(paths()).toEqual(["/token"]);
  });

  test("whose every token is refused is asked twice, and then passed over", async () => {
    cloud.reply = ({ path }) => (path === "/token" ? token("x".repeat(20)) : { status: 401, body: "{}" });
    const answer = await chat("gemini-first");
    expect(answer.text).toContain("from the second");
    expect(paths()).toEqual(["/token", VERTEX, "/token", VERTEX]);
  });

  test("and its token are told nobody, neither by an echo nor in the log", async () => {
    cloud.reply = ({ path, headers }) =>
      path === "/token"
        ? token("a-very-secret-access-token")
        : {
            status: 400,
            body: JSON.stringify({
              error: { code: 400, message: `Bad: ${headers.authorization}`, status: "INVALID_ARGUMENT" },
            }),
          };
    const answer = await chat("vertex/gemini-3-flash");
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("Bad: Bearer [redacted]");
    const told = answer.text + JSON.stringify(answer.headers) + JSON.stringify(rig.log);
    expect(told).not.toContain("a-very-secret-access-token");
    expect(told).not.toContain("PRIVATE KEY");
  });
});

describe("an app at Azure", () => {
  const DEPLOYMENT = "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21";

  test("is exchanged for a token, and asks the deployment", async () => {
    cloud.reply = ({ path }) => (path.startsWith("/t/") ? token("entra-token") : { body: CHAT });
    expect((await chat("azure-first")).text).toContain("from the cloud");
    expect((await chat("azure-first")).text).toContain("from the cloud");
    expect(paths()).toEqual(["/t/oauth2/v2.0/token", DEPLOYMENT, DEPLOYMENT]);
    expect(cloud.asked.at(-1)?.headers.authorization).toBe("Bearer entra-token");
  });

  test("that is refused is passed over, and its secret told nobody", async () => {
    cloud.reply = ({ body }) => ({
      status: 401,
      body: JSON.stringify({ error: "invalid_client", error_description: body }),
    });
    const answer = await chat("azure-first");
    expect(answer.text).toContain("from the second");
    expect(JSON.stringify(rig.log)).not.toContain("the-app-secret");
    const alone = await chat("azure/my-gpt");
    expect(alone.status).toBe(502);
    expect(alone.text).not.toContain("the-app-secret");
  });
});

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8")),
  (text) => Buffer.from(text, "utf8"),
);

function frame(headers: Readonly<Record<string, string>>, payload: unknown): Buffer {
  const typed: MessageHeaders = {};
  for (const [name, value] of Object.entries(headers)) typed[name] = { type: "string", value };
  return Buffer.from(codec.encode({ headers: typed, body: Buffer.from(JSON.stringify(payload)) }));
}

const chunk = (inner: unknown) =>
  frame(
    { ":message-type": "event", ":event-type": "chunk", ":content-type": "application/json" },
    { bytes: Buffer.from(JSON.stringify(inner)).toString("base64") },
  );

const usage = { input_tokens: 3, output_tokens: 1 };
const start = chunk({
  type: "message_start",
  message: { id: "m", type: "message", role: "assistant", model: "claude", content: [], stop_reason: null, usage },
});
const text = [
  chunk({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
  chunk({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "from the cloud" } }),
];
const end: readonly [Buffer, ...Buffer[]] = [
  chunk({ type: "content_block_stop", index: 0 }),
  chunk({
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: 2 },
  }),
  chunk({ type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 3 } }),
];
const framed = (...frames: readonly Buffer[]): Reply => ({
  headers: { "content-type": "application/vnd.amazon.eventstream" },
  body: Buffer.concat(frames),
});

describe("Claude at Bedrock", () => {
  test("is asked by a signature, and its frames come out as events", async () => {
    cloud.reply = () => framed(start, ...text, ...end);
    const answer = await chat("bedrock-first", true);
    expect(answer.text).toContain("from the cloud");
    expect(answer.text).toContain("[DONE]");
    expect(paths()).toEqual(["/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream"]);
    const { authorization = "" } = cloud.asked[0]?.headers ?? {};
    expect(authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/bedrock\/aws4_request, /,
    );
    expect(authorization).toContain("SignedHeaders=content-type;host;x-amz-date, Signature=");
  });

  const exception = frame(
    { ":message-type": "exception", ":exception-type": "throttlingException" },
    { message: "Slow" },
  );

  test.each([
    ["an exception", framed(start, exception)],
    ["a stream that is cut inside a frame", framed(start, text.at(0)?.subarray(0, 20) ?? Buffer.alloc(0))],
    ["bytes that are no frames", framed(start, Buffer.from("not a frame at all, and long enough to see"))],
  ])("that sends %s before its content is passed over", async (_what, reply) => {
    cloud.reply = () => reply;
    const answer = await chat("bedrock-first", true);
    expect(answer.text).toContain("from the second");
    expect(answer.text).not.toContain('data: {"error"');
  });

  test.each([
    ["an exception", { ...framed(start, ...text), later: exception }],
    ["a cut", { ...framed(start, ...text), later: end[0].subarray(0, 20) }],
    ["bytes that are no frames", { ...framed(start, ...text), later: Buffer.from("not a frame at all") }],
  ])("that sends %s after its content is an error event", async (_what, reply) => {
    cloud.reply = () => reply;
    const answer = await chat("bedrock-first", true);
    expect(answer.text).toContain("from the cloud");
    expect(answer.text).not.toContain("from the second");
    expect(answer.text).toContain('data: {"error"');
  });

  test("where the clock is wrong is asked again at the server's time", async () => {
    const late = new Date(Date.now() + 7_200_000).toUTCString();
    const expired = {
      status: 403,
      headers: { date: late, "x-amzn-errortype": "InvalidSignatureException" },
      body: '{"message":"Signature expired: a is now earlier than b"}',
    };
    cloud.reply = (_asked, count) => (count === 1 ? expired : framed(start, ...text, ...end));
    expect((await chat("bedrock-first", true)).text).toContain("from the cloud");
    expect(cloud.asked).toHaveLength(2);
    const [first, second] = cloud.asked.map(({ headers }) => String(headers["x-amz-date"]));
    expect(first).not.toBe(second);
  });

  test("whose clock cannot be followed is passed over, with the seconds in the error", async () => {
    cloud.reply = () => ({
      status: 403,
      headers: { date: new Date(Date.now() + 7_200_000).toUTCString() },
      body: '{"message":"Signature expired: a is now earlier than b"}',
    });
    expect((await chat("bedrock-first", true)).text).toContain("from the second");
    expect(cloud.asked).toHaveLength(2);
    const alone = await chat("bedrock/anthropic.claude-haiku-4-5", false);
    expect(alone.status).toBe(502);
  });
});
