import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../index.ts";
import { fieldsOf, listOf } from "../../json.ts";
import { at, post, readSse } from "../../testing/client.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

const send = (body: object) =>
  post({ url: `${simulator.url}/v1/responses`, body: { model: "m", input: "hi", ...body } });
const user = (text: string) => ({ role: "user", content: [{ type: "input_text", text }] });
const types = (reply: { json: unknown }) => listOf(at(reply.json, "output")).map((item) => at(item, "type"));

describe("streams", () => {
  it("follow the official event order, numbered", async () => {
    const reply = await send({
      input: '[[think hm]] [[text 4]] [[tool a {"x":1}]]',
      stream: true,
      include: ["reasoning.encrypted_content"],
    });
    const events = readSse(reply.text);
    expect(events.map(({ event }) => event?.replace("response.", ""))).toEqual([
      "created",
      "in_progress",
      "output_item.added",
      "reasoning_summary_part.added",
      "reasoning_summary_text.delta",
      "reasoning_summary_text.done",
      "reasoning_summary_part.done",
      "output_item.done",
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
      "completed",
    ]);
    expect(events.map(({ json }) => json["sequence_number"])).toEqual(events.map((_, index) => index));
    expect(events.every(({ event, json }) => json["type"] === event)).toBe(true);
    const final = events.at(-1)?.json["response"];
    const whole = await send({
      input: '[[think hm]] [[text 4]] [[tool a {"x":1}]]',
      include: ["reasoning.encrypted_content"],
    });
    expect(final).toEqual(whole.json);
  });

  it("end incomplete at the token limit, and refuse in refusal events", async () => {
    expect(readSse((await send({ input: "[[length]]", stream: true })).text).at(-1)?.event).toBe("response.incomplete");
    expect((await send({ input: "[[refuse]]", stream: true })).text).toContain("response.refusal.done");
  });

  it("show images and annotations", async () => {
    const { text } = await send({ input: "[[image]] [[cite https://example.com/a]]", stream: true });
    expect(text).toContain("event: response.image_generation_call.completed");
    expect(text).toContain("event: response.output_text.annotation.added");
  });
});

describe("conversations", () => {
  const prompt = user('[[think hm]] [[tool a {"x":1}]]');
  const output = (call: unknown) => ({ type: "function_call_output", call_id: at(call, "call_id"), output: "3" });

  it("replay reasoning, call and output", async () => {
    const first = await send({ input: [prompt], store: false, include: ["reasoning.encrypted_content"] });
    expect(types(first)).toEqual(["reasoning", "function_call"]);
    const items = listOf(first.json["output"]);
    const second = await send({ input: [prompt, ...items, output(items[1])], store: false });
    expect(at(second.json, "output", 0, "content", 0, "text")).toBe("Tool said: 3");
  });

  it("refuse foreign encrypted reasoning, and unencrypted reasoning that was not stored", async () => {
    const first = await send({ input: [prompt], store: false, include: ["reasoning.encrypted_content"] });
    const [reasoning, call] = listOf(first.json["output"]).map(fieldsOf);
    const forged = await send({
      input: [prompt, { ...reasoning, encrypted_content: "gAAAAABforged" }, call, output(call)],
    });
    expect(at(forged.json, "error")).toMatchObject({
      code: "invalid_encrypted_content",
      message: expect.stringContaining("could not be verified"),
    });
    const { encrypted_content: _, ...bare } = reasoning ?? {};
    expect((await send({ input: [prompt, bare, call, output(call)], store: false })).status).toBe(404);
    expect((await send({ input: [prompt, bare, call, output(call)] })).status).toBe(200);
  });

  it("continue a stored response", async () => {
    const first = await send({ input: [prompt] });
    const next = { previous_response_id: first.json["id"], input: [output(listOf(first.json["output"])[1])] };
    expect(at((await send(next)).json, "output", 0, "content", 0, "text")).toBe("Tool said: 3");
    expect(at((await send({ previous_response_id: "resp_none" })).json, "error", "code")).toBe(
      "previous_response_not_found",
    );
  });
});

it("takes what Codex sends: namespaces, custom tools, client metadata", async () => {
  const reply = await send({
    input: [
      { type: "message", role: "developer", content: [{ type: "input_text", text: "x" }] },
      { type: "message", id: "any", ...user("env") },
      user("[[tool apply_patch *** Begin]] [[tool spawn {}]]"),
    ],
    tools: [
      { type: "custom", name: "apply_patch" },
      {
        type: "namespace",
        name: "agents",
        tools: [{ type: "function", name: "spawn", parameters: { type: "object" } }],
      },
      { type: "web_search" },
    ],
    client_metadata: {},
    reasoning: { summary: "auto" },
  });
  expect(at(reply.json, "output", 0)).toMatchObject({ type: "custom_tool_call", input: "*** Begin" });
  expect(at(reply.json, "output", 1)).toMatchObject({ type: "function_call", namespace: "agents", name: "spawn" });
});

describe("refusals", () => {
  const call = (call_id: string) => ({ type: "function_call", call_id, name: "a", arguments: "{}" });
  const output = (call_id: string) => ({ type: "function_call_output", call_id, output: "3" });
  const loose = { type: "object", properties: { a: {} }, required: ["a"] };
  it.each<[string, object, RegExp]>([
    ["an unknown parameter", { messages: [] }, /^Unknown parameter: 'messages'.$/],
    [
      "a stray output",
      { input: [user("x"), output("c1")] },
      /^No tool call found for function call output with call_id c1.$/,
    ],
    [
      "an unanswered call",
      { input: [user("x"), call("c1"), user("y")] },
      /^No tool output found for function call c1.$/,
    ],
    [
      "input text from the assistant",
      { input: [{ role: "assistant", content: [{ type: "input_text", text: "x" }] }] },
      /Supported values are: 'output_text', 'refusal'/,
    ],
    [
      "an id of another kind",
      { input: [user("x"), { ...call("c1"), id: "toolu_1" }, output("c1")] },
      /Expected an ID that begins with 'fc'/,
    ],
    [
      "reasoning without what follows",
      { input: [user("x"), { type: "reasoning", id: "rs_1", summary: [] }, user("y")] },
      /without its required following item/,
    ],
    ["an unknown item", { input: [{ type: "tool_use" }] }, /^Invalid value: 'tool_use'/],
    [
      "a nested function",
      { tools: [{ type: "function", function: { name: "a" } }] },
      /^Missing required parameter: 'tools\[0\].name'.$/,
    ],
    [
      "a loose schema",
      { text: { format: { type: "json_schema", name: "s", schema: loose } } },
      /'additionalProperties' is required/,
    ],
    ["a tiny limit", { max_output_tokens: 5 }, /Expected a value >= 16/],
    ["temperature for a reasoning model", { model: "gpt-5", temperature: 0 }, /'temperature' is not supported/],
  ])("%s", async (_name, body, expected) => {
    const reply = await send(body);
    expect(reply.status).toBe(400);
    expect(at(reply.json, "error", "message")).toMatch(expected);
  });
});
