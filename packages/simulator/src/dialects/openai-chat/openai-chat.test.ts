import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../index.ts";
import { at, post, readSse } from "../../testing/client.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

const user = { role: "user", content: "hi" };
const send = (body: object, prefix = "/v1") =>
  post({ url: `${simulator.url}${prefix}/chat/completions`, body: { model: "m", messages: [user], ...body } });
const ask = (content: string, more: object = {}) => send({ messages: [{ role: "user", content }], ...more });

describe("streams", () => {
  it("open with the role, close with the reason and [DONE]", async () => {
    const events = readSse((await ask("[[text 4]]", { stream: true })).text);
    const choices = events.map(({ json }) => at(json, "choices", 0));
    expect(at(choices, 0, "delta", "role")).toBe("assistant");
    expect(choices.map((choice) => at(choice, "finish_reason") ?? null)).toEqual([null, null, "stop", null]);
    expect(events.at(-1)?.data).toBe("[DONE]");
    expect(events.some(({ json }) => "usage" in json)).toBe(false);
  });

  it("send usage in a chunk without choices when asked", async () => {
    const events = readSse((await ask("hi", { stream: true, stream_options: { include_usage: true } })).text);
    expect(events.at(-2)?.json).toMatchObject({ choices: [], usage: { prompt_tokens: expect.any(Number) } });
    expect(events.slice(0, -2).every(({ json }) => json["usage"] === null)).toBe(true);
  });

  it("number parallel calls and split their arguments", async () => {
    const events = readSse(
      (await ask('[[tool a {"text": "long enough to be split in two"}]] [[tool b {}]]', { stream: true })).text,
    );
    const calls = events
      .map(({ json }) => at(json, "choices", 0, "delta", "tool_calls", 0))
      .filter((call) => call !== undefined);
    expect(calls.map((call) => at(call, "index"))).toEqual([0, 0, 0, 1, 1]);
    expect(
      calls
        .slice(0, 3)
        .map((call) => at(call, "function", "arguments"))
        .join(""),
    ).toBe('{"text": "long enough to be split in two"}');
  });
});

it("reports reasoning, cached tokens and citations", async () => {
  const reply = await ask("[[think hm]] [[cite https://example.com/a]] [[cache 64 0]]");
  const message = at(reply.json, "choices", 0, "message");
  expect(at(message, "reasoning_content")).toBe("hm");
  expect(at(message, "annotations", 0, "url_citation")).toMatchObject({ url: "https://example.com/a", start_index: 0 });
  expect(at(reply.json, "usage")).toMatchObject({
    prompt_tokens_details: { cached_tokens: 64 },
    completion_tokens_details: { reasoning_tokens: 1 },
  });
});

it("takes parameters of compatible servers behind a path prefix only", async () => {
  expect((await send({ top_k: 5 }, "/openai/v1")).status).toBe(200);
  expect((await send({ top_k: 5 })).status).toBe(400);
});

describe("refusals", () => {
  const call = (id: string) => ({
    role: "assistant",
    tool_calls: [{ id, type: "function", function: { name: "a", arguments: "{}" } }],
  });
  const tool = (id: string) => ({ role: "tool", tool_call_id: id, content: "3" });
  const schema = {
    type: "object",
    properties: { a: { type: "object", properties: {} } },
    required: ["a"],
    additionalProperties: false,
  };
  const definition = (parameters: object, strict = false) => ({
    type: "function",
    function: { name: "f", parameters, strict },
  });
  it.each<[string, object, RegExp]>([
    ["an unknown argument", { thinking: {} }, /^Unrecognized request argument supplied: thinking$/],
    ["no messages", { messages: [] }, /^Invalid 'messages': empty array/],
    ["an unknown role", { messages: [{ role: "model", content: "x" }] }, /^Invalid value: 'model'/],
    ["no content", { messages: [{ role: "user", content: null }] }, /expected a string, got null/],
    [
      "a stray tool message",
      { messages: [user, tool("c1")] },
      /must be a response to a preceeding message with 'tool_calls'/,
    ],
    [
      "an unanswered call",
      { messages: [user, call("c1"), call("c2"), tool("c2")] },
      /did not have response messages: c1/,
    ],
    ["an unanswered last call", { messages: [user, call("c1")] }, /did not have response messages: c1/],
    ["a long id", { messages: [user, call("c".repeat(65)), tool("c".repeat(65))] }, /string too long/],
    [
      "an image in a tool message",
      {
        messages: [
          user,
          call("c1"),
          { ...tool("c1"), content: [{ type: "image_url", image_url: { url: "https://x/y.png" } }] },
        ],
      },
      /Image URLs are only allowed for messages with role 'user'/,
    ],
    [
      "reasoning sent to OpenAI",
      { model: "gpt-5", messages: [user, { role: "assistant", content: "x", reasoning_content: "y" }, user] },
      /Unknown parameter: 'messages\[1\].reasoning_content'/,
    ],
    ["max_tokens for a reasoning model", { model: "gpt-5-mini", max_tokens: 5 }, /Use 'max_completion_tokens' instead/],
    [
      "temperature for a reasoning model",
      { model: "o3", temperature: 0.2 },
      /Only the default \(1\) value is supported/,
    ],
    [
      "stream options without a stream",
      { stream_options: { include_usage: true } },
      /only allowed when 'stream' is enabled/,
    ],
    [
      "a loose strict schema",
      { response_format: { type: "json_schema", json_schema: { name: "s", strict: true, schema } } },
      /In context=\('properties', 'a'\), 'additionalProperties' is required/,
    ],
    [
      "a loose strict tool",
      { tools: [definition({ type: "object", properties: { a: {} }, additionalProperties: false }, true)] },
      /Missing 'a'/,
    ],
    ["a tool that takes no object", { tools: [definition({ type: "string" })] }, /schema must be a JSON Schema/],
    ["a tool name with a dot", { tools: [{ type: "function", function: { name: "a.b" } }] }, /does not match pattern/],
    ["an empty tool list", { tools: [] }, /^Invalid 'tools': empty array/],
    ["a choice without tools", { tool_choice: "auto" }, /only allowed when 'tools' are specified/],
  ])("%s", async (_name, body, expected) => {
    const reply = await send(body);
    expect(reply.status).toBe(400);
    expect(at(reply.json, "error", "type")).toBe("invalid_request_error");
    expect(at(reply.json, "error", "message")).toMatch(expected);
  });
});
