import { crc32 } from "node:zlib";
import { objectIn, withBody, withHeaders } from "./routing-support.ts";
import { connect } from "./socket-support.ts";
import { type Answer, ask, type Call, KEY, type Rig, send } from "./support.ts";
import type { DialectName } from "./web-search-support.ts";

export interface WayAsked {
  readonly model: string;
  readonly text: string;
  readonly wish?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A way into the gateway beside the four APIs over HTTP. */
export interface Way {
  readonly name: string;
  readonly client: DialectName;
  readonly stream: boolean;
  /** Undefined over a WebSocket. */
  readonly call?: (asked: WayAsked) => Call;
  /** What the client reads, as its dialect's server-sent events would have it: whatever frames a stream stands in are taken off. */
  readonly ask: (rig: Rig, asked: WayAsked) => Promise<Answer>;
  /** The refusal of a request, in this way's own words. */
  readonly refusal: (answer: Answer) => unknown;
}

const lines = (data: readonly string[]): string => data.map((text) => `data: ${text}\n\n`).join("");
const bodyOf = ({ text }: Answer) => JSON.parse(text);

/** Each message on a connection of its own, whose upgrade has the headers. */
const socket: Way = {
  name: "Responses over a WebSocket",
  client: "openai-responses",
  stream: true,
  async ask(rig, { model, text, wish, headers }) {
    const client = await connect(rig.gateway.url, headers === undefined ? {} : { headers });
    client.send({ type: "response.create", model, input: text, store: false, ...wish });
    const last = (await client.turn()).at(-1);
    await client.close();
    return { status: last.type === "error" ? last.status : 200, headers: {}, text: lines(client.received), cut: false };
  },
  refusal: ({ status, text }) => [status, JSON.parse(text.slice("data: ".length)).error.code],
};

type Over = Omit<Way, "ask"> & Required<Pick<Way, "call">>;

const overHttp = (way: Over, read: (answer: Answer) => Answer = (answer) => answer): Way => ({
  ...way,
  ask: async (rig, asked) => read(await send(rig.gateway.url, way.call(asked))),
});

const spoken = (client: DialectName, { text, wish = {}, headers = {} }: WayAsked, stream: boolean): Call =>
  withHeaders(withBody(ask(client, "unused", { text, stream }), wish), headers);

/** A Messages request without what stands in the path. */
function claude(path: string, asked: WayAsked, version: string): Call {
  const call = spoken("anthropic-messages", asked, false);
  const { model: _, stream: _stream, ...body } = objectIn(call.body);
  return { path, headers: asked.headers ?? {}, body: { anthropic_version: version, ...body } };
}

const bedrockCall = (method: string) => (asked: WayAsked) =>
  claude(`/model/${encodeURIComponent(asked.model)}/${method}`, asked, "bedrock-2023-05-31");

const awsRefusal = (answer: Answer) => [
  answer.status,
  answer.headers["x-amzn-errortype"],
  ...Object.keys(bodyOf(answer)),
];

const bedrockStream: Way = {
  name: "Bedrock's InvokeModelWithResponseStream",
  client: "anthropic-messages",
  stream: true,
  call: bedrockCall("invoke-with-response-stream"),
  ask: (rig, asked) => askFrames(rig, bedrockCall("invoke-with-response-stream")(asked)),
  refusal: awsRefusal,
};

async function askFrames(rig: Rig, { path, headers, body }: Call): Promise<Answer> {
  const answer = await fetch(rig.gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...objectIn(headers) },
    body: JSON.stringify(body),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isStream = answer.headers.get("content-type") === "application/vnd.amazon.eventstream";
  const text = isStream ? lines(framesIn(bytes)) : bytes.toString();
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text, cut: false };
}

/** By hand, and not by the library that wrote them. https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html */
function framesIn(bytes: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const frame = bytes.subarray(at, at + length);
    if (frame.length < length || crc32(frame.subarray(0, 8)) !== frame.readUInt32BE(8))
      throw new Error("The prelude of a frame is not what its checksum says.");
    if (crc32(frame.subarray(0, -4)) !== frame.readUInt32BE(length - 4))
      throw new Error("A frame is not what its checksum says.");
    const head = frame.subarray(12, 12 + frame.readUInt32BE(4)).toString("latin1");
    const held = JSON.parse(frame.subarray(12 + head.length, -4).toString());
    found.push(
      head.includes("exception")
        ? JSON.stringify({ type: "exception", ...held })
        : Buffer.from(held.bytes, "base64").toString(),
    );
    at += length;
  }
  return found;
}

const PLACE = "/v1/projects/p/locations/us-east5/publishers";

const vertexClaude = (method: string) => (asked: WayAsked) =>
  claude(`${PLACE}/anthropic/models/${encodeURIComponent(asked.model)}:${method}`, asked, "vertex-2023-10-16");

const vertexGemini = (method: string) => (asked: WayAsked) => ({
  ...spoken("gemini", asked, false),
  path: `${PLACE}/google/models/${encodeURIComponent(asked.model)}:${method}`,
});

const claudeRefusal = (answer: Answer) => [answer.status, bodyOf(answer).type, bodyOf(answer).error.type];
const geminiRefusal = (answer: Answer) => [answer.status, bodyOf(answer).error.code, bodyOf(answer).error.status];

/** Without `alt=sse` a stream of Gemini's is one JSON array. */
const fromArray = (answer: Answer): Answer => {
  const list: unknown = bodyOf(answer);
  return Array.isArray(list) ? { ...answer, text: lines(list.map((part) => JSON.stringify(part))) } : answer;
};

const claudeWay = (name: string, stream: boolean, call: Over["call"]): Over => ({
  ...{ name, stream, call },
  client: "anthropic-messages",
  refusal: claudeRefusal,
});

const geminiWay = (name: string, stream: boolean, call: Over["call"]): Over => ({
  ...{ name, stream, call },
  client: "gemini",
  refusal: geminiRefusal,
});

export const BEDROCK: readonly Way[] = [
  overHttp({ ...claudeWay("Bedrock's InvokeModel", false, bedrockCall("invoke")), refusal: awsRefusal }),
  bedrockStream,
];
export const VERTEX_CLAUDE: readonly Way[] = [
  overHttp(claudeWay("Vertex AI's rawPredict", false, vertexClaude("rawPredict"))),
  overHttp(claudeWay("Vertex AI's streamRawPredict", true, vertexClaude("streamRawPredict"))),
];
export const VERTEX_GEMINI: readonly Way[] = [
  overHttp(geminiWay("Vertex AI's generateContent", false, vertexGemini("generateContent"))),
  overHttp(geminiWay("Vertex AI's streamGenerateContent", true, vertexGemini("streamGenerateContent?alt=sse"))),
  overHttp(geminiWay("the same as an array", true, vertexGemini("streamGenerateContent")), fromArray),
];
export const WAYS: readonly Way[] = [socket, ...BEDROCK, ...VERTEX_CLAUDE, ...VERTEX_GEMINI];

/** The kinds of a stream's events, each as long as it lasts; pings are nobody's. */
export function kindsOf({ text }: Answer): readonly string[] {
  const kinds = text
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => String(JSON.parse(line.slice("data: ".length)).type));
  return kinds.filter((kind, at) => kind !== "ping" && kind !== kinds[at - 1]);
}
