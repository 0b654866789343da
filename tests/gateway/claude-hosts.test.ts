import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  answerJson,
  startUpstream,
  type Upstream,
  type UpstreamCall,
  withBody,
  withHeaders,
} from "./routing-support.ts";
import { ask, type Call, type Rig, send, startRig } from "./support.ts";

/** Claude at a cloud, behind clients of Anthropic's own API. */

type Refuses = (call: UpstreamCall) => string | undefined;

const BEDROCK_MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const VERTEX_MODEL = "claude-sonnet-4-5@20250929";

let upstream: Upstream;
let rig: Rig;
let refuses: Refuses;
beforeEach(async () => {
  refuses = () => undefined;
  upstream = await startUpstream((call, response) => reply(refuses(call), call, response));
  const { url } = upstream;
  rig = await startRig({
    moreProviders: (simulator) => ({
      aws: hosted("bedrock", url, BEDROCK_MODEL),
      gcp: hosted("vertex", `${url}/v1/projects/p/locations/l`, VERTEX_MODEL),
      "simulated-bedrock": hosted("bedrock", simulator, BEDROCK_MODEL),
      "simulated-vertex": hosted("vertex", `${simulator}/v1/projects/p/locations/l`, VERTEX_MODEL),
    }),
  });
});
afterEach(async () => {
  await rig.close();
  await upstream.close();
});

const hosted = (host: string, baseUrl: string, model: string) => ({
  auth: "none",
  models: [model],
  endpoints: { "anthropic-messages": { baseUrl, host } },
});

function reply(refusal: string | undefined, call: UpstreamCall, response: ServerResponse): void {
  if (call.path.endsWith("/count-tokens")) answerJson(response, 200, { inputTokens: 7 });
  else if (call.path.endsWith("count-tokens:rawPredict")) answerJson(response, 200, { input_tokens: 8 });
  else if (refusal === undefined) answerJson(response, 200, MESSAGE);
  else if (call.path.startsWith("/model/")) answerJson(response, 400, { message: refusal });
  else answerJson(response, 400, { type: "error", error: { type: "invalid_request_error", message: refusal } });
}

const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [{ type: "text", text: "hi" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};

const AWS = `aws/${BEDROCK_MODEL}`;
const GOOGLE = `gcp/${VERTEX_MODEL}`;
const BOTH = [
  ["Bedrock", AWS],
  ["Vertex", GOOGLE],
] as const;

const plain = (model: string) => ask("anthropic-messages", model, { text: "hi", stream: false });
const answerOf = (call: Call) => send(rig.gateway.url, call);
const last = (): UpstreamCall => {
  const call = upstream.calls.at(-1);
  if (call === undefined) throw new Error("Nothing was sent.");
  return call;
};
const dropped = (headers: Readonly<Record<string, unknown>>) =>
  String(headers["x-signalbox-dropped"] ?? "")
    .split(",")
    .filter((feature) => feature !== "")
    .toSorted();

describe("the form", () => {
  test("Bedrock has the model in its path, the version and the betas in its body", async () => {
    const call = withHeaders(plain(AWS), {
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "context-1m-2025-08-07",
    });
    const answer = await answerOf(call);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers["x-signalbox-lane"]).toBe("passthrough");
    expect(last().path).toBe(`/model/${encodeURIComponent(BEDROCK_MODEL)}/invoke`);
    expect(last().json).toEqual({
      anthropic_version: "bedrock-2023-05-31",
      anthropic_beta: ["context-1m-2025-08-07"],
      max_tokens: expect.any(Number),
      messages: [{ role: "user", content: "hi" }],
    });
    expect(last().headers).not.toHaveProperty("anthropic-beta");
    expect(last().headers).not.toHaveProperty("anthropic-version");
  });

  test("Vertex has the model in its path, the version in its body, the betas in their header", async () => {
    const answer = await answerOf(withHeaders(plain(GOOGLE), { "anthropic-beta": "context-1m-2025-08-07" }));
    expect(answer.status, answer.text).toBe(200);
    expect(last().path).toBe(`/v1/projects/p/locations/l/publishers/anthropic/models/${VERTEX_MODEL}:rawPredict`);
    expect(last().json).toMatchObject({ anthropic_version: "vertex-2023-10-16" });
    expect(last().json).not.toHaveProperty("model");
    expect(last().headers["anthropic-beta"]).toBe("context-1m-2025-08-07");
    expect(last().headers).not.toHaveProperty("anthropic-version");
  });

  test("an ARN is one segment of the path", async () => {
    const arn = "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc";
    const own = await startRig({ moreProviders: () => ({ aws: hosted("bedrock", upstream.url, arn) }) });
    const answer = await send(own.gateway.url, plain(`aws/${arn}`));
    await own.close();
    expect(answer.status, answer.text).toBe(200);
    expect(last().path).toBe(`/model/${encodeURIComponent(arn)}/invoke`);
  });

  test.each(BOTH)("a client of another dialect reaches %s in the same form", async (_, model) => {
    const answer = await answerOf(ask("openai-chat", model, { text: "hi", stream: false }));
    expect(answer.status, answer.text).toBe(200);
    expect(last().json).toHaveProperty("anthropic_version");
    expect(last().json).not.toHaveProperty("model");
    expect(last().headers).not.toHaveProperty("anthropic-version");
  });

  test.each(BOTH)("at %s the rest of the client's bytes stay as they are", async (_, model) => {
    const raw = `{ "model":"${model}",  "max_tokens" : 9, "x_new":1e2, "messages":[{"role":"user","content":"h\\u00e9"}]}`;
    expect((await answerOf({ ...plain(model), raw })).status).toBe(200);
    expect(Object.keys(last().json)).toEqual(["anthropic_version", "max_tokens", "x_new", "messages"]);
  });

  test.each([
    ["Bedrock", `simulated-bedrock/${BEDROCK_MODEL}`],
    ["Vertex", `simulated-vertex/${VERTEX_MODEL}`],
  ])("the simulator, which judges as %s does, takes what Claude Code sends, whole and streamed", async (_, model) => {
    for (const stream of [false, true]) {
      const call = withBody(ask("anthropic-messages", model, { text: "[[say Hi.]]", stream }), {
        context_management: { edits: [{ type: "clear_thinking_20251015" }] },
        output_config: { effort: "low" },
        tools: [{ name: "t", input_schema: { type: "object" }, defer_loading: true, input_examples: [{}] }],
      });
      const answer = await answerOf(withHeaders(call, { "anthropic-beta": CLAUDE_CODE_BETAS }));
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers["x-signalbox-lane"]).toBe("passthrough");
      expect(answer.text).toContain("Hi.");
    }
    expect(rig.simulator.journal.entries.map(({ status }) => status)).toEqual([200, 200]);
  });
});

const CLAUDE_CODE_BETAS =
  "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,per-turn-control-2026-07-01,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,effort-2025-11-24";

describe("what Anthropic has and a cloud has not", () => {
  const wanting = (model: string) =>
    withHeaders(
      withBody(plain(model), {
        context_management: { edits: [] },
        output_config: { effort: "low" },
        speed: "fast",
        tools: [{ name: "t", input_schema: { type: "object" }, defer_loading: true, input_examples: [{}] }],
      }),
      { "anthropic-beta": `${CLAUDE_CODE_BETAS},fast-mode-2026-02-01` },
    );

  test("is left out for Bedrock, header and body together, and told", async () => {
    const answer = await answerOf(wanting(AWS));
    expect(answer.status, answer.text).toBe(200);
    expect(last().json["anthropic_beta"]).toEqual([
      "claude-code-20250219",
      "interleaved-thinking-2025-05-14",
      "context-management-2025-06-27",
      "tool-search-tool-2025-10-19",
      "tool-examples-2025-10-29",
      "effort-2025-11-24",
    ]);
    expect(last().json).toMatchObject({
      context_management: { edits: [] },
      output_config: { effort: "low" },
      tools: [{ name: "t", defer_loading: true, input_examples: [{}] }],
    });
    expect(last().json).not.toHaveProperty("speed");
    expect(dropped(answer.headers)).toEqual([
      "per-turn-control-2026-07-01",
      "speed",
      "thinking-token-count-2026-05-13",
    ]);
  });

  test("is left out for Vertex, which knows other things", async () => {
    const answer = await answerOf(wanting(GOOGLE));
    expect(answer.status, answer.text).toBe(200);
    expect(last().headers["anthropic-beta"]?.toString().split(",")).toEqual([
      "claude-code-20250219",
      "interleaved-thinking-2025-05-14",
      "context-management-2025-06-27",
      "per-turn-control-2026-07-01",
      "tool-search-tool-2025-10-19",
    ]);
    expect(last().json).toMatchObject({
      output_config: { effort: "low" },
      tools: [{ name: "t", defer_loading: true }],
    });
    expect(JSON.stringify(last().json)).not.toContain("input_examples");
    expect(dropped(answer.headers)).toEqual(["speed", "thinking-token-count-2026-05-13", "tools.*.input_examples"]);
  });

  test("is refused to who wants nothing left out", async () => {
    const answer = await answerOf(withHeaders(wanting(AWS), { "x-signalbox-strict": "true" }));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("speed");
    expect(upstream.calls).toHaveLength(0);
  });

  test.each([
    ["Bedrock", AWS, "context_management: Extra inputs are not permitted"],
    [
      "Bedrock by its schema",
      AWS,
      "Malformed input request: #: extraneous key [context_management] is not permitted, please reformat your input and try again.",
    ],
    ["Vertex", GOOGLE, "context_management: Extra inputs are not permitted"],
  ])("what %s refuses to know is left out, once and for all", async (_, model, words) => {
    refuses = ({ json }) => ("context_management" in json ? words : undefined);
    for (const calls of [2, 3]) {
      const answer = await answerOf(wanting(model));
      expect(answer.status, answer.text).toBe(200);
      expect(dropped(answer.headers)).toContain("context_management");
      expect(upstream.calls).toHaveLength(calls);
    }
    const betas = String(last().json["anthropic_beta"] ?? last().headers["anthropic-beta"]);
    expect(betas).not.toContain("context-management");
  });

  test("a nested field in the words of Bedrock's schema is found", async () => {
    const words = "Malformed input request: #/tools/0: extraneous key [defer_loading] is not permitted";
    refuses = ({ json }) => (JSON.stringify(json).includes("defer_loading") ? words : undefined);
    const answer = await answerOf(wanting(AWS));
    expect(answer.status, answer.text).toBe(200);
    expect(dropped(answer.headers)).toContain("tools.*.defer_loading");
  });

  test("a beta that Vertex names as unknown is not sent again", async () => {
    refuses = ({ headers }) =>
      String(headers["anthropic-beta"]).includes("context-1m")
        ? "Unexpected value(s) `context-1m-2025-08-07` for the `anthropic-beta` header. Please consult our documentation."
        : undefined;
    const call = withHeaders(plain(GOOGLE), {
      "anthropic-beta": "context-1m-2025-08-07,interleaved-thinking-2025-05-14",
    });
    const answer = await answerOf(call);
    expect(answer.status, answer.text).toBe(200);
    expect(last().headers["anthropic-beta"]).toBe("interleaved-thinking-2025-05-14");
    expect(dropped(answer.headers)).toEqual(["anthropic_beta.context-1m-2025-08-07"]);
  });

  test("where Bedrock only says that a beta is unknown, none is sent again", async () => {
    refuses = ({ json }) => ("anthropic_beta" in json ? "invalid beta flag" : undefined);
    const answer = await answerOf(withHeaders(plain(AWS), { "anthropic-beta": "context-1m-2025-08-07" }));
    expect(answer.status, answer.text).toBe(200);
    expect(last().json).not.toHaveProperty("anthropic_beta");
    expect(dropped(answer.headers)).toEqual(["anthropic_beta"]);
  });

  test("the scope of a cache breakpoint is left out, and what a tool was called with is not looked into", async () => {
    const input = { cache_control: { scope: "mine" } };
    const messages = [
      { role: "user", content: [{ type: "text", text: "hi", cache_control: { type: "ephemeral", scope: "global" } }] },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "t", input }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "ok" }] },
    ];
    expect((await answerOf(withBody(plain(AWS), { messages }))).status).toBe(200);
    expect(last().json["messages"]).toMatchObject([
      { content: [{ cache_control: { type: "ephemeral" } }] },
      { content: [{ input }] },
      {},
    ]);
    expect(JSON.stringify(last().json)).not.toContain("global");
  });
});

describe("refusals", () => {
  test.each(BOTH)("%s's words reach the client in its own shape", async (_, model) => {
    refuses = () => "messages: at least one message is required";
    const answer = await answerOf(plain(model));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", message: "messages: at least one message is required" },
    });
  });
});

describe("counting tokens", () => {
  const counting = (model: string): Call => ({
    path: "/v1/messages/count_tokens",
    body: { model, messages: [{ role: "user", content: "hi" }] },
  });

  test("Bedrock counts what it would be asked", async () => {
    const answer = await answerOf(counting(AWS));
    expect(JSON.parse(answer.text)).toEqual({ input_tokens: 7 });
    expect(answer.headers["x-signalbox-token-count"]).toBe("upstream");
    expect(last().path).toBe(`/model/${encodeURIComponent(BEDROCK_MODEL)}/count-tokens`);
    const { input } = last().json;
    const { invokeModel } = Object(input);
    expect(JSON.parse(Buffer.from(String(invokeModel.body), "base64").toString())).toEqual({
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 1,
      messages: [{ role: "user", content: "hi" }],
    });
  });

  test("Vertex counts by a model of its own, and takes the name from the body", async () => {
    expect(JSON.parse((await answerOf(counting(GOOGLE))).text)).toEqual({ input_tokens: 8 });
    expect(last().path).toBe("/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict");
    expect(last().json).toMatchObject({ model: VERTEX_MODEL, anthropic_version: "vertex-2023-10-16" });
  });

  test("the simulator counts as Vertex does", async () => {
    const answer = await answerOf(counting(`simulated-vertex/${VERTEX_MODEL}`));
    expect(answer.headers["x-signalbox-token-count"]).toBe("upstream");
  });
});
