import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StoreError } from "../../packages/gateway/src/store/errors.ts";
import { type Answer, KEY, type Rig, send, startRig } from "./support.ts";

/** Pieces of an answer: more than waits on the way where nobody reads it. */
const LONG = 5000;
const OTHER = "another-key-for-the-gateway-tests";
const PRIVATE = "a-key-of-which-nothing-is-kept";
const keys = [
  { name: "tests", key: KEY },
  { name: "other", key: OTHER },
  { name: "private", key: PRIVATE, privacy: { zeroRetention: true } },
];
const quirks = { keepsState: true };
const moreProviders = (url: string) => ({
  stateful: {
    auth: "none",
    models: ["sim-model", "m"],
    zeroRetention: true,
    endpoints: { "openai-responses": { baseUrl: `${url}/v1`, quirks } },
  },
});

let rig: Rig;
beforeEach(async () => {
  rig = await startRig({ keys, moreProviders });
});
afterEach(() => rig.close());

interface Asked {
  readonly method?: string;
  readonly key?: string;
  readonly body?: unknown;
}

function call(path: string, { method = "GET", key = KEY, body }: Asked = {}): Promise<Answer> {
  return send(rig.gateway.url, { path, method, body, headers: { authorization: `Bearer ${key}` } });
}

const ask = (body: Readonly<Record<string, unknown>>, key = KEY) =>
  call("/v1/responses", { method: "POST", body: { model: "messages/m", ...body }, key });
const json = ({ text }: Answer) => JSON.parse(text);

/** The response object that ends a stream. */
function lastOf({ text }: Answer) {
  const data = text.split("\n").filter((line) => line.startsWith("data: {"));
  return JSON.parse(data.at(-1)?.slice(6) ?? "{}").response;
}

/** What the last upstream was sent, as the simulator read it. */
const upstreamBody = (): Record<string, unknown> => JSON.parse(rig.simulator.journal.last()?.body.toString() ?? "{}");

describe.each(["messages/m", "chat/m", "own-gemini/m", "responses/m"])("an answer of %s, which keeps none", (model) => {
  test.each([false, true])("can be read, gone on from and deleted (stream: %s)", async (stream) => {
    const first = await ask({ model, stream, input: "[[say one]]", instructions: "Be brief." });
    const told = stream ? lastOf(first) : json(first);
    expect(told).toMatchObject({ status: "completed", store: true, previous_response_id: null, background: false });
    expect(json(await call(`/v1/responses/${told.id}`))).toEqual(told);

    const second = await ask({ model, stream, input: "[[say two]]", previous_response_id: told.id });
    const next = stream ? lastOf(second) : json(second);
    expect(next).toMatchObject({ previous_response_id: told.id, store: true, instructions: null });
    const sent = JSON.stringify(upstreamBody());
    for (const words of ["[[say one]]", '"one"', "[[say two]]"]) expect(sent).toContain(words);
    expect(sent).not.toContain("Be brief.");
    expect(sent).not.toContain("previous_response_id");

    const items = json(await call(`/v1/responses/${next.id}/input_items?order=asc`));
    expect(items).toMatchObject({ object: "list", has_more: false });
    const roles = items.data.map((item: { role: string }) => item.role);
    expect(roles).toEqual(["user", "assistant", "user"]);
    expect(items.data[0]).toMatchObject({ type: "message", content: [{ type: "input_text", text: "[[say one]]" }] });

    const deleted = await call(`/v1/responses/${told.id}`, { method: "DELETE" });
    expect(json(deleted)).toEqual({ id: told.id, object: "response", deleted: true });
    expect((await call(`/v1/responses/${told.id}`)).status).toBe(404);
    const orphan = await ask({ model, input: "x", previous_response_id: next.id });
    expect(orphan.status).toBe(400);
    expect(json(orphan).error).toMatchObject({ code: "previous_response_not_found", param: "previous_response_id" });
  });
});

describe("an upstream that keeps its answers itself", () => {
  const model = "stateful/m";

  test("gets what was written, is asked for what it keeps, and forgets it", async () => {
    const first = json(await ask({ model, input: "[[say one]]" }));
    const bytes = { model, input: "[[say two]]", previous_response_id: first.id };
    const second = await ask(bytes);
    expect(upstreamBody()).toEqual({ ...bytes, model: "m" });
    expect(json(second)).toMatchObject({ previous_response_id: first.id, store: true });

    const read = await call(`/v1/responses/${first.id}`);
    expect(json(read)).toMatchObject({ id: first.id, status: "completed" });
    expect(rig.simulator.journal.last()).toMatchObject({ method: "GET", url: `/v1/responses/${first.id}` });
    expect(json(await call(`/v1/responses/${first.id}/input_items?limit=1`)).data).toHaveLength(1);
    expect((await call(`/v1/responses/${first.id}`, { method: "DELETE" })).status).toBe(200);
    expect(rig.simulator.journal.last()?.method).toBe("DELETE");
    expect((await call(`/v1/responses/${first.id}`)).status).toBe(404);
  });

  test("is the only one who can go on from its answers, and is told only of the key's own", async () => {
    const first = json(await ask({ model, input: "hi" }));
    const elsewhere = await ask({ model: "messages/m", input: "x", previous_response_id: first.id });
    expect(elsewhere.status).toBe(400);
    expect(json(elsewhere).error.message).toContain("kept by 'stateful'");
    const before = rig.simulator.journal.length;
    for (const path of [`/v1/responses/${first.id}`, `/v1/responses/${first.id}/input_items`])
      expect((await call(path, { key: OTHER })).status).toBe(404);
    expect((await call(`/v1/responses/${first.id}`, { key: OTHER, method: "DELETE" })).status).toBe(404);
    expect((await call(`/v1/responses/${first.id}/cancel`, { key: OTHER, method: "POST" })).status).toBe(404);
    expect((await ask({ model, input: "x", previous_response_id: first.id }, OTHER)).status).toBe(400);
    const counted = { model, input: "x", previous_response_id: first.id };
    expect((await call("/v1/responses/input_tokens", { method: "POST", body: counted, key: OTHER })).status).toBe(400);
    expect(rig.simulator.journal.entries).toHaveLength(before);
    expect((await call(`/v1/responses/${first.id}`)).status).toBe(200);
  });
});

describe("what is not to be kept", () => {
  test("is not, with store: false", async () => {
    const told = json(await ask({ input: "hi", store: false }));
    expect(told.store).toBe(false);
    expect((await call(`/v1/responses/${told.id}`)).status).toBe(404);
  });

  test("is not, where the configuration says so, and the answer says so too", async () => {
    await rig.close();
    rig = await startRig({ keys, responses: { keep: false } });
    const told = json(await ask({ input: "hi" }));
    expect(told.store).toBe(false);
    expect((await call(`/v1/responses/${told.id}`)).status).toBe(404);
    expect((await ask({ input: "hi", background: true })).status).toBe(400);
    expect((await call("/v1/conversations", { method: "POST", body: {} })).status).toBe(400);
  });

  test.each([false, true])(
    "can not be, while the database is away: the answer comes and says so (stream: %s)",
    async (stream) => {
      const away = new StoreError("unavailable", "away");
      const put = vi.spyOn(rig.store.responses, "put").mockRejectedValue(away);
      const answer = await ask({ input: "[[say one]]", stream });
      const told = stream ? lastOf(answer) : json(answer);
      expect(told).toMatchObject({ status: "completed", store: false });
      expect(told.output[0].content[0].text).toBe("one");
      expect((await ask({ input: "x", background: true })).status).toBe(503);
      put.mockRestore();
      vi.spyOn(rig.store.responses, "get").mockRejectedValueOnce(away);
      expect((await call(`/v1/responses/${told.id}`)).status).toBe(503);
      expect((await call(`/v1/responses/${told.id}`)).status).toBe(404);
    },
  );

  test("is nothing of a key whose policy wants that, by nobody", async () => {
    const told = json(await ask({ model: "stateful/m", input: "hi" }, PRIVATE));
    expect(told.store).toBe(false);
    expect(upstreamBody()).toMatchObject({ store: false });
    expect((await call(`/v1/responses/${told.id}`, { key: PRIVATE })).status).toBe(404);
    for (const wish of [{ previous_response_id: told.id }, { background: true }, { conversation: "conv_1" }]) {
      const refused = await ask({ model: "stateful/m", input: "hi", ...wish }, PRIVATE);
      expect(refused.status).toBe(400);
      expect(json(refused).error.message).toContain("zeroRetention");
    }
    expect((await call("/v1/conversations", { method: "POST", body: {}, key: PRIVATE })).status).toBe(400);
  });
});

test("what a model said beside words goes back as it was: calls, their results, reasoning, images", async () => {
  const tools = [{ type: "function", name: "look", parameters: { type: "object", properties: {} }, strict: false }];
  const image = { type: "input_image", image_url: `data:image/png;base64,${"A".repeat(40)}` };
  const content = [{ type: "input_text", text: '[[think deep]][[tool look {"n":9007199254740993}]]' }, image];
  const first = json(await ask({ model: "responses/m", tools, input: [{ role: "user", content }] }));
  const call = first.output.find(({ type }: { type: string }) => type === "function_call");
  const output = { type: "function_call_output", call_id: call.call_id, output: "seen" };
  const second = await ask({ model: "responses/m", tools, input: [output], previous_response_id: first.id });
  expect(second.status).toBe(200);
  expect(upstreamBody()["input"]).toEqual([{ role: "user", content }, ...first.output, output]);
});

describe("conversations", () => {
  const make = async (body: unknown = {}) => json(await call("/v1/conversations", { method: "POST", body }));

  test("are what a request goes on from, and grow by it", async () => {
    const conversation = await make({ metadata: { topic: "x" }, items: [{ role: "user", content: "[[say one]]" }] });
    expect(conversation).toMatchObject({ object: "conversation", metadata: { topic: "x" } });
    const told = json(await ask({ conversation: conversation.id, input: "[[say two]]" }));
    expect(told.conversation).toEqual({ id: conversation.id });
    expect(JSON.stringify(upstreamBody())).toContain("[[say one]]");
    const listed = json(await call(`/v1/conversations/${conversation.id}/items?order=asc`));
    expect(listed.data.map((item: { role: string }) => item.role)).toEqual(["user", "user", "assistant"]);
    const again = json(await ask({ conversation: { id: conversation.id }, input: "three", stream: false }));
    const items = json(await call(`/v1/responses/${again.id}/input_items?order=asc`));
    expect(items.data).toHaveLength(4);
    const after = json(await ask({ input: "x", previous_response_id: again.id }));
    expect(json(await call(`/v1/responses/${after.id}/input_items`)).data).toHaveLength(6);
  });

  test("can be read, changed, added to, paged and deleted", async () => {
    const { id } = await make({ items: [{ role: "user", content: "a" }] });
    const path = `/v1/conversations/${id}`;
    const added = json(
      await call(`${path}/items`, { method: "POST", body: { items: [{ role: "user", content: "b" }] } }),
    );
    expect(added).toMatchObject({ object: "list", data: [{ type: "message", content: [{ text: "b" }] }] });
    const page = json(await call(`${path}/items?limit=1`));
    expect(page).toMatchObject({ has_more: true, data: [{ id: added.first_id }] });
    const rest = json(await call(`${path}/items?after=${page.last_id}`));
    expect(rest).toMatchObject({ has_more: false, data: [{ content: [{ text: "a" }] }] });
    expect(json(await call(`${path}/items/${page.last_id}`))).toEqual(page.data[0]);
    expect(json(await call(`${path}/items/${page.last_id}`, { method: "DELETE" })).id).toBe(id);
    expect((await call(`${path}/items/${page.last_id}`)).status).toBe(404);
    expect(json(await call(path, { method: "POST", body: { metadata: { b: "2" } } })).metadata).toEqual({ b: "2" });
    expect(json(await call(path)).metadata).toEqual({ b: "2" });
    expect(json(await call(path, { method: "DELETE" }))).toEqual({ id, object: "conversation.deleted", deleted: true });
    expect((await call(path)).status).toBe(404);
    expect((await ask({ conversation: id, input: "x" })).status).toBe(404);
  });

  test("refuse what OpenAI refuses", async () => {
    const { id } = await make();
    const many = Array.from({ length: 21 }, () => ({ role: "user", content: "x" }));
    for (const body of [{ items: many }, { items: "x" }, { metadata: { a: 1 } }, { metadata: { a: "x".repeat(513) } }])
      expect((await call("/v1/conversations", { method: "POST", body })).status).toBe(400);
    expect((await call(`/v1/conversations/${id}/items?limit=0`)).status).toBe(400);
    expect((await call(`/v1/conversations/${id}/items?after=nothing`)).status).toBe(400);
    expect((await ask({ conversation: id, previous_response_id: "resp_1", input: "x" })).status).toBe(400);
    expect((await call(`/v1/conversations/${id}`, { method: "PUT" })).status).toBe(405);
  });
});

test.each([false, true])(
  "an answer that its conversation has no room for is not said to be in it (stream: %s)",
  async (stream) => {
    const small = await startRig({ keys, limits: { bodyBytes: { "openai-responses": 4096 } } });
    const post = (path: string, body: object) => send(small.gateway.url, { path, body });
    const items = [{ role: "user", content: "x".repeat(3000) }];
    const { id } = json(await post("/v1/conversations", { items }));
    const body = { model: "messages/m", stream, conversation: id };
    const answer = await post("/v1/responses", { ...body, input: `[[say ${"y".repeat(900)}]]` });
    const told = stream ? lastOf(answer) : json(answer);
    expect(told).toMatchObject({ status: "completed", store: true, conversation: null });
    const short = await post("/v1/responses", { ...body, input: "[[say y]]" });
    expect(stream ? lastOf(short) : json(short)).toMatchObject({ conversation: { id } });
    await small.close();
  },
);

describe("in the background", () => {
  const start = async (body: Readonly<Record<string, unknown>>) => json(await ask({ background: true, ...body }));
  const until = (id: string, status: string) =>
    vi.waitFor(async () => {
      const told = json(await call(`/v1/responses/${id}`));
      expect(told.status).toBe(status);
      return told;
    });

  test("a response is queued, runs to its end, and can be gone on from", async () => {
    const queued = await start({ input: "[[say one]]", metadata: { a: "b" } });
    expect(queued).toMatchObject({ status: "queued", background: true, store: true, output: [], metadata: { a: "b" } });
    const done = await until(queued.id, "completed");
    expect(done).toMatchObject({ id: queued.id, background: true, store: true });
    expect(done.output[0].content[0].text).toBe("one");
    const next = json(await ask({ input: "[[say two]]", previous_response_id: queued.id }));
    expect(next.status).toBe("completed");
    expect(JSON.stringify(upstreamBody())).toContain('"one"');
  });

  test("what is refused is refused at once, and leaves nothing", async () => {
    expect((await ask({ background: true, model: "nothing/m", input: "x" })).status).toBe(404);
    expect((await ask({ background: true, store: false, input: "x" })).status).toBe(400);
    const missing = await ask({ background: true, input: "x", previous_response_id: "resp_none" });
    expect(json(missing).error.code).toBe("previous_response_not_found");
  });

  test.each([false, true])("an Idempotency-Key starts it once (stream: %s)", async (stream) => {
    const body = { model: "messages/m", input: "[[say one]]", background: true, stream };
    const headers = { authorization: `Bearer ${KEY}`, "idempotency-key": "order-1" };
    const start = () => send(rig.gateway.url, { path: "/v1/responses", body, headers });
    const [first, second] = [await start(), await start()];
    expect(second.headers["idempotency-replayed"]).toBe("true");
    expect(second.text).toBe(first.text);
    const { id } = stream ? lastOf(first) : json(first);
    await until(id, "completed");
    expect(rig.simulator.journal.length).toBe(1);
  });

  test("its answer is not lost where the database is away for a moment when it comes", async () => {
    const away = new StoreError("unavailable", "away");
    vi.spyOn(rig.store.responses, "finish").mockRejectedValueOnce(away);
    const queued = await start({ input: "[[say one]]" });
    const done = await until(queued.id, "completed");
    expect(done.output[0].content[0].text).toBe("one");
  });

  test("what fails has failed, in words", async () => {
    rig.simulator.faults.push("status=400");
    const queued = await start({ input: "x" });
    const failed = await until(queued.id, "failed");
    expect(failed.error).toMatchObject({ code: "server_error" });
    expect(failed.error.message).not.toBe("");
    expect((await ask({ input: "x", previous_response_id: queued.id })).status).toBe(400);
  });

  test("cancel ends the upstream's work, is billed for what it used, and stays cancelled", async () => {
    rig.simulator.faults.push("hang");
    const queued = await start({ input: "x" });
    await vi.waitFor(() => expect(rig.simulator.journal.entries).toHaveLength(1));
    const cancelled = json(await call(`/v1/responses/${queued.id}/cancel`, { method: "POST" }));
    expect(cancelled).toMatchObject({ id: queued.id, status: "cancelled" });
    await vi.waitFor(() => expect(rig.simulator.journal.entries[0]?.aborted).toBe(true));
    expect(json(await call(`/v1/responses/${queued.id}`)).status).toBe("cancelled");
    expect(json(await call(`/v1/responses/${queued.id}/cancel`, { method: "POST" })).status).toBe("cancelled");
  });

  test("only work in the background can be cancelled", async () => {
    const told = json(await ask({ input: "x" }));
    const refused = await call(`/v1/responses/${told.id}/cancel`, { method: "POST" });
    expect(refused.status).toBe(400);
    expect(json(refused).error.message).toBe("Cannot cancel a synchronous response.");
  });

  test("its stream has the id by which it is read later", async () => {
    const answer = await ask({ background: true, stream: true, input: "[[say one]]" });
    const told = lastOf(answer);
    expect(told).toMatchObject({ status: "completed", background: true });
    expect(json(await call(`/v1/responses/${told.id}`))).toEqual(told);
  });

  test("it goes on to its end where the client leaves before its stream has begun", async () => {
    rig.simulator.faults.push("latency=200");
    const body = { model: "messages/m", input: `[[stream ${LONG}]]`, background: true, stream: true };
    const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
    const client = request(`${rig.gateway.url}/v1/responses`, { method: "POST", headers });
    client.on("error", () => undefined);
    client.end(JSON.stringify(body));
    await vi.waitFor(() => expect(rig.simulator.journal.entries).toHaveLength(1));
    client.destroy();
    const line = { msg: "request", status: 200, attempts: [expect.objectContaining({ provider: "messages" })] };
    const ended = () => expect(rig.log).toContainEqual(expect.objectContaining(line));
    await vi.waitFor(ended, { timeout: 10_000 });
  });

  test("it goes on for an upstream that keeps state, under the id of its own there", async () => {
    const first = json(await ask({ model: "stateful/m", input: "[[say one]]" }));
    const queued = await start({ model: "stateful/m", input: "[[say two]]", previous_response_id: first.id });
    await until(queued.id, "completed");
    const next = json(await ask({ model: "stateful/m", input: "[[say three]]", previous_response_id: queued.id }));
    expect(next.previous_response_id).toBe(queued.id);
    expect(upstreamBody()["previous_response_id"]).not.toBe(queued.id);
  });
});
