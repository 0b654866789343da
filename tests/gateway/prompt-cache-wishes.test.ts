import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerJson, startUpstream, type Upstream, withBody, withHeaders } from "./routing-support.ts";
import { ask, type Call, type Rig, send, startRig } from "./support.ts";

/** OpenAI's cache keys are the gateway's own wish: at hosts that do not know them, and at those that promise to keep nothing. */

const MODEL = "gpt-5.1";

let upstream: Upstream;
let rig: Rig;
let refused: readonly string[];
beforeEach(async () => {
  refused = [];
  upstream = await startUpstream(({ json }, response) => {
    const name = refused.find((field) => field in json);
    if (name === undefined) answerJson(response, 200, "input" in json ? RESPONSE : COMPLETION);
    else {
      const message = `Unrecognized request argument supplied: ${name}`;
      answerJson(response, 400, { error: { message, type: "invalid_request_error", param: null, code: null } });
    }
  });
  const baseUrl = `${upstream.url}/v1`;
  const endpoints = { "openai-chat": { baseUrl }, "openai-responses": { baseUrl } };
  rig = await startRig({
    promptCache: { enabled: true, ttl: "1h" },
    moreProviders: (url) => ({
      anthropic: { auth: "none", endpoints: { "anthropic-messages": { baseUrl: url } } },
      bedrock: {
        region: "us-east-1",
        auth: "none",
        endpoints: { "anthropic-messages": { baseUrl: url }, "bedrock-converse": { baseUrl: url } },
      },
      openai: { auth: "none", endpoints },
      azure: { auth: "none", zeroRetention: true, models: [MODEL], endpoints },
    }),
  });
});
afterEach(async () => {
  await rig.close();
  await upstream.close();
});

const COMPLETION = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: MODEL,
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
const RESPONSE = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: MODEL,
  output: [
    {
      id: "msg_1",
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "hi", annotations: [] }],
    },
  ],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
};

const CLIENTS = ["openai-chat", "anthropic-messages"] as const;
const long = (client: (typeof CLIENTS)[number], model: string): Call => {
  const text = `Mind the points. ${"The line is clear. ".repeat(400)}`;
  const call = ask(client, model, { text: "And now?", stream: false });
  return client === "anthropic-messages"
    ? withBody(call, { system: text })
    : withBody(call, {
        messages: [
          { role: "system", content: text },
          { role: "user", content: "And now?" },
        ],
      });
};
const wishes = () =>
  upstream.calls.map(({ json }) => Object.keys(json).filter((name) => name.startsWith("prompt_cache_")));

describe.each(CLIENTS)("for a client of %s", (client) => {
  test("a host that does not know them refuses nothing that the client has said, however strict it is", async () => {
    refused = ["prompt_cache_key", "prompt_cache_retention"];
    const strict = withHeaders(long(client, `openai/${MODEL}`), { "x-signalbox-strict": "true" });
    for (const call of [strict, strict, long(client, `openai/${MODEL}`)]) {
      const answer = await send(rig.gateway.url, call);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers["x-signalbox-dropped"]).toBeUndefined();
    }
    expect(wishes()).toEqual([["prompt_cache_key", "prompt_cache_retention"], [], [], []]);
  });

  test("a host that knows the key only gets the key only", async () => {
    refused = ["prompt_cache_retention"];
    const strict = withHeaders(long(client, `openai/${MODEL}`), { "x-signalbox-strict": "true" });
    for (const call of [strict, strict]) expect((await send(rig.gateway.url, call)).status).toBe(200);
    expect(wishes().slice(1)).toEqual([["prompt_cache_key"], ["prompt_cache_key"]]);
  });

  test("nothing is kept for a day where the operator has been promised that nothing is kept", async () => {
    for (const provider of ["openai", "azure"])
      expect((await send(rig.gateway.url, long(client, `${provider}/${MODEL}`))).status).toBe(200);
    expect(wishes()).toEqual([["prompt_cache_key", "prompt_cache_retention"], ["prompt_cache_key"]]);
  });
});

test.each([
  { model: "anthropic/claude-sonnet-4-5", said: '"ttl":"1h"' },
  { model: "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", said: undefined },
])("nothing is written for an hour where nobody knows what that costs ($model)", async ({ model, said }) => {
  for (const client of [...CLIENTS, ...CLIENTS]) {
    const answer = await send(rig.gateway.url, long(client, model));
    expect(answer.status, answer.text).toBe(200);
  }
  const bodies = rig.simulator.journal.entries.map(({ body }) => body.toString());
  expect(bodies.at(-1)).toContain('"ephemeral"');
  if (said === undefined) expect(bodies.join("")).not.toContain('"ttl"');
  else expect(bodies.at(-1)).toContain(said);
});
