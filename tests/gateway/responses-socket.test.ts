import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connect, createMessage as create, outputOf, type SocketClient, typesOf } from "./socket-support.ts";
import { DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";

const LIMIT = 64 * 1024;

let rig: Rig;
let client: SocketClient;
beforeAll(async () => {
  rig = await startRig({
    limits: { bodyBytes: { "openai-responses": LIMIT } },
  });
});
afterAll(() => rig.close());
beforeEach(async () => {
  rig.simulator.journal.clear();
  client = await connect(rig.gateway.url);
  return () => client.close();
});

const lastBody = () => JSON.parse(rig.simulator.journal.last()?.body.toString() ?? "null");
const requestLines = () => rig.log.filter(({ msg }) => msg === "request");

describe.each(DIALECTS)("to an upstream of %s", (dialect) => {
  const model = `${PROVIDERS[dialect]}/sim-model`;

  test("a response is the events of the HTTP stream, one a message", async () => {
    const body = { model, input: "[[think Well.]] [[say Hello there.]]", store: false };
    client.send({ type: "response.create", ...body });
    const events = await client.turn();
    const http = await send(rig.gateway.url, { path: "/v1/responses", body: { ...body, stream: true } });
    expect(typesOf(events)).toEqual([...http.text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type));
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
    expect(JSON.stringify(events.at(-1))).toContain("Hello there.");
  });

  test("two turns and a call of a tool need no more than the new items, and nothing is stored", async () => {
    const tools = [{ type: "function", name: "look", parameters: { type: "object" }, strict: false }];
    const include = ["reasoning.encrypted_content"];
    client.send(create('[[think Hm.]] [[tool look {"at":"1"}]]', { model, tools, include }));
    const first = (await client.turn()).at(-1).response;
    const call = first.output.find(({ type }: { readonly type: string }) => type === "function_call");
    const output = { type: "function_call_output", call_id: call.call_id, output: "a lighthouse" };
    client.send(create([output], { model, tools, include, previous_response_id: first.id }));
    const second = (await client.turn()).at(-1).response;
    expect(JSON.stringify(second.output)).toContain("Tool said: a lighthouse");
    const said = { role: "user", content: "[[say And goodbye.]]" };
    client.send(create([said], { model, tools, include, previous_response_id: second.id }));
    expect(await outputOf(client.turn())).toContain("And goodbye.");
    const sent = JSON.stringify(lastBody());
    for (const words of ["[[think Hm.]]", "look", "a lighthouse", "And goodbye."]) expect(sent).toContain(words);
    expect(sent).not.toContain("previous_response_id");
  });

  test("a stream that is cut ends with an error event, and the connection goes on", async () => {
    client.send(create("[[stream 20]] [[fault cut-after=8]]", { model }));
    const events = await client.turn();
    expect(typesOf(events)).toContain("response.output_text.delta");
    expect(events.at(-1)).toMatchObject({ type: "error", status: 502, error: { code: "upstream_truncated" } });
    client.send(create("[[say Still here.]]", { model }));
    expect(await outputOf(client.turn())).toContain("Still here.");
  });
});

test("a message goes to an upstream of the same dialect as it was written, but for what is of the WebSocket", async () => {
  const text =
    '{"type":"response.create", "generate":true,"stream_id":"a","model":"responses/sim-model","background":false, "input":"[[say x]]","temperature" : 1.0,"metadata":{"b":"1","a":"2"},"store":false}';
  client.send(text);
  await client.turn();
  expect(rig.simulator.journal.last()?.body.toString()).toBe(
    '{"stream":true,"model":"sim-model", "input":"[[say x]]","temperature" : 1.0,"metadata":{"b":"1","a":"2"},"store":false}',
  );
});

test("items are sent again byte by byte", async () => {
  const item = '{"role":"user", "content":"[[say x]]", "n":12345678901234567890}';
  client.send(`{"type":"response.create","model":"responses/sim-model","store":false,"input":[ ${item} ]}`);
  const { id } = (await client.turn()).at(-1).response;
  client.send(create("[[say y]]", { model: "responses/sim-model", previous_response_id: id }));
  await client.turn();
  expect(rig.simulator.journal.last()?.body.toString()).toContain(`"input":[${item},{"id":"msg_`);
});

test("reasoning that is neither stored nor encrypted is not sent back, nor what refers to it", async () => {
  client.send(create("[[think Hm.]] [[say x]]", { model: "responses/sim-model" }));
  const { id, output } = (await client.turn()).at(-1).response;
  expect(output[0]).toMatchObject({ type: "reasoning" });
  client.send(create("[[say y]]", { model: "responses/sim-model", previous_response_id: id }));
  expect(await outputOf(client.turn())).toContain("y");
  expect(lastBody().input).toHaveLength(3);
  expect(lastBody().input[1]).not.toHaveProperty("id");
});

test("an id that this connection has not seen goes on as it is", async () => {
  client.send(create("[[say y]]", { model: "responses/sim-model", previous_response_id: "resp_of_somebody" }));
  expect((await client.turn()).at(-1)).toMatchObject({
    type: "error",
    status: 400,
    error: { code: "previous_response_not_found", param: "previous_response_id" },
  });
});

describe("what was said before this connection", () => {
  const model = "messages/sim-model";
  const http = async (path: string, body: object) => JSON.parse((await send(rig.gateway.url, { path, body })).text);

  test.each([true, false])("stands before every later turn of it (store: %s)", async (store) => {
    const before = await http("/v1/responses", { model, input: "The canary of the first day. [[say one]]" });
    client.send(create("[[say two]]", { store, previous_response_id: before.id }));
    const first = (await client.turn()).at(-1).response;
    client.send(create("[[say three]]", { store, previous_response_id: first.id }));
    expect(await outputOf(client.turn())).toContain("three");
    const sent = JSON.stringify(lastBody());
    for (const words of ["The canary of the first day.", "[[say two]]", "[[say three]]"])
      expect(sent.split(words)).toHaveLength(2);
  });

  test("stands before what goes on from an answer in a conversation, too", async () => {
    const items = [{ role: "user", content: "The canary of the conversation." }];
    const conversation = await http("/v1/conversations", { items });
    client.send(create("[[say two]]", { store: true, conversation: conversation.id }));
    const first = (await client.turn()).at(-1).response;
    client.send(create("[[say three]]", { store: true, previous_response_id: first.id }));
    expect(await outputOf(client.turn())).toContain("three");
    expect(JSON.stringify(lastBody())).toContain("The canary of the conversation.");
  });
});

test("another connection does not know what this one has seen", async () => {
  client.send(create("[[say x]]", { model: "responses/sim-model" }));
  const { id } = (await client.turn()).at(-1).response;
  const other = await connect(rig.gateway.url);
  other.send(create("[[say y]]", { model: "responses/sim-model", previous_response_id: id }));
  expect((await other.turn()).at(-1)).toMatchObject({ type: "error", status: 400 });
  await other.close();
});

describe("generate: false", () => {
  test("asks nobody, and what it has sent stands before the next input", async () => {
    client.send(create("The first words.", { generate: false }));
    const events = await client.turn();
    expect(typesOf(events)).toEqual(["response.created", "response.completed"]);
    expect(events.at(-1).response).toMatchObject({ status: "completed", output: [], usage: { total_tokens: 0 } });
    expect(rig.simulator.journal.entries).toHaveLength(0);
    client.send(create("[[say x]]", { previous_response_id: events.at(-1).response.id }));
    await client.turn();
    expect(JSON.stringify(lastBody())).toContain("The first words.");
  });

  test("is refused where no model would answer", async () => {
    client.send(create("The first words.", { model: "nobody/nothing", generate: false }));
    expect((await client.turn()).at(-1)).toMatchObject({ type: "error", status: 404 });
  });
});

describe("lanes", () => {
  test("run side by side, each in its order, and every event names its lane", async () => {
    client.send(create("[[stream 30]] [[fault pace=5]]", { stream_id: "slow" }));
    client.send(create("[[say second]]", { stream_id: "slow" }));
    client.send(create("[[say quick]]", { stream_id: "quick" }));
    const ends: { readonly stream_id: string; readonly type: string }[] = [];
    while (ends.length < 3) ends.push((await client.turn()).at(-1));
    expect(ends.map(({ stream_id, type }) => [stream_id, type])).toEqual([
      ["quick", "response.completed"],
      ["slow", "response.completed"],
      ["slow", "response.completed"],
    ]);
    for (const text of client.received) expect(text).toMatch(/^\{"stream_id":"(slow|quick)",/);
  });

  test("without a name there is one, in which messages wait for each other", async () => {
    client.send(create("[[stream 5]]"));
    client.send(create("[[say two]]"));
    await client.turn();
    expect(await outputOf(client.turn())).toContain("two");
    expect(client.received.join()).not.toContain("stream_id");
  });

  test.each(["", "a b", "x".repeat(257), 7])("%j is no name of one", async (stream_id) => {
    client.send(create("hello", { stream_id }));
    expect(await client.next()).toMatchObject({ status: 400, error: { code: "invalid_stream_id" } });
  });

  test("are 32 at most", async () => {
    const names = Array.from({ length: 33 }, (_, at) => `lane-${at}`);
    for (const stream_id of names) client.send(create("[[say x]]", { stream_id }));
    const ends = new Map<string, string>();
    while (ends.size < 33) {
      const end = (await client.turn()).at(-1);
      ends.set(end.stream_id, end.error?.code ?? end.type);
    }
    expect(ends.get("lane-32")).toBe("websocket_stream_limit_reached");
    expect([...ends.values()].filter((end) => end === "response.completed")).toHaveLength(32);
  });
});

describe("bad messages", () => {
  test.each([
    ["no JSON", "hello", "invalid_json"],
    ["cut JSON", '{"type":"response.create"', "invalid_json"],
    ["an array", "[]", "invalid_json"],
    ["a repeated key", '{"type":"response.create","type":"x"}', "invalid_json"],
    ["depth", `{"type":"response.create","input":${"[".repeat(200)}${"]".repeat(200)}}`, "invalid_json"],
    ["no type", "{}", "unknown_event_type"],
    ["another type", '{"type":"response.append"}', "unknown_event_type"],
  ])("%s is refused, and the connection goes on", async (_name, text, code) => {
    client.send(text);
    expect(await client.next()).toMatchObject({ type: "error", status: 400, error: { code } });
    client.send(create("[[say x]]"));
    expect(await outputOf(client.turn())).toContain("x");
  });

  test("what the HTTP form refuses is refused with its status and words", async () => {
    for (const more of [{ model: undefined }, { model: 7 }, { background: true }, { input: 7 }]) {
      client.send(create("hello", more));
      expect(await client.next()).toMatchObject({ type: "error", status: 400, error: { message: expect.any(String) } });
    }
    client.send(create("hello", { model: "nobody/nothing" }));
    expect(await client.next()).toMatchObject({ type: "error", status: 404, error: { code: "model_not_found" } });
    expect(rig.simulator.journal.entries).toHaveLength(0);
  });

  test("one that is too large is refused in words, one that is far too large ends the connection", async () => {
    client.send(create("x".repeat(LIMIT)));
    expect(await client.next()).toMatchObject({ type: "error", status: 413 });
    client.send(create("x".repeat(2 * 1024 * 1024)));
    expect(await client.ended).toBe(1009);
  });

  test("a binary one ends the connection", async () => {
    client.socket.send(Buffer.from(JSON.stringify(create("hello"))));
    expect(await client.ended).toBe(1003);
  });

  test("text that is not UTF-8 ends the connection", async () => {
    client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await client.ended).toBe(1007);
  });

  test("steering fails in its own event", async () => {
    const input = [{ role: "user", content: "Stop." }];
    client.send({ type: "response.steer", previous_response_id: "resp_1", input });
    expect(await client.next()).toMatchObject({
      type: "response.steer.failed",
      error: { code: "steering_not_supported" },
      steer: { previous_response_id: "resp_1", input },
    });
  });
});

describe("errors of upstreams", () => {
  test("before content come with their status and their words", async () => {
    client.send(create("[[fault status=429]]", { model: "responses/sim-model" }));
    expect(await client.next()).toMatchObject({
      type: "error",
      status: 429,
      error: { message: expect.any(String) },
      headers: { "x-request-id": expect.stringMatching(/^req_/) },
    });
  });
});

test("a client that leaves aborts what is asked for it", async () => {
  client.send(create("[[stream 2000]] [[fault pace=20]]"));
  while ((await client.next()).type !== "response.output_text.delta");
  client.socket.terminate();
  await expect.poll(() => rig.simulator.journal.last()?.aborted).toBe(true);
  await expect.poll(() => requestLines().at(-1)).toMatchObject({ error: "client_closed" });
});

test("a client that does not read holds up the upstream", async () => {
  client.send(create("[[stream 100000]]"));
  await client.next();
  client.socket.pause();
  const sent = () => rig.simulator.journal.last()?.bytesSent;
  for (let still = 0, before = sent(); still < 5; before = sent()) {
    await setTimeout(50);
    still = sent() === before ? still + 1 : 0;
  }
  expect(rig.simulator.journal.last()?.endedAt).toBeUndefined();
  client.socket.resume();
  expect((await client.turn()).at(-1).type).toBe("response.completed");
});

test("a client that reads no refusals is not listened to", async () => {
  client.socket.pause();
  const message = JSON.stringify({ type: "response.steer", input: "x".repeat(LIMIT / 2) });
  const waiting = () => client.socket.bufferedAmount;
  for (let still = 0, before = 0; still < 5; before = waiting()) {
    if (waiting() < LIMIT) for (let count = 0; count < 20; count++) client.send(message);
    await setTimeout(20);
    still = waiting() > 0 && waiting() === before ? still + 1 : 0;
  }
  client.socket.resume();
  await expect.poll(waiting).toBe(0);
});

test("every response is a request of its own, with its id, its line in the log and its row in the ledger", async () => {
  const before = requestLines().length;
  for (const words of ["one", "two"]) {
    client.send(create(`[[say ${words}]]`));
    await client.turn();
  }
  await expect.poll(() => requestLines().length).toBe(before + 2);
  const [one, two] = requestLines().slice(before);
  expect(one).toMatchObject({ surface: "openai-responses", key: "tests", stream: true });
  expect(one?.["requestId"]).not.toBe(two?.["requestId"]);
  const usage = await send(rig.gateway.url, { path: "/v1/usage/requests?limit=2", method: "GET" });
  expect(JSON.parse(usage.text).data).toHaveLength(2);
});
