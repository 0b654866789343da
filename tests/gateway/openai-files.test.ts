import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FORM_TYPE, field, form, noise } from "./audio-support.ts";
import {
  lineOf,
  linesOf,
  objectProviders,
  parsed,
  publicModels,
  secretOf,
  tenantKey,
  tenantOf,
} from "./objects-support.ts";
import { KEY, type Rig, startRig } from "./support.ts";

let rig: Rig;
const as = (tenant: string) => tenantOf(rig, tenant);
beforeAll(async () => {
  rig = await startRig({
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "narrow", key: secretOf("narrow"), models: ["first/m", "fast"] },
      { name: "chatty", key: secretOf("chatty"), surfaces: ["openai-chat"] },
      { name: "silent", key: secretOf("silent"), privacy: { zeroRetention: true } },
    ],
    moreKeys: [tenantKey("ann"), tenantKey("bob")],
    moreProviders: objectProviders,
    models: publicModels,
    limits: { bodyBytes: { "openai-chat": 4096 } },
  });
});
beforeEach(() => rig.simulator.journal.clear());
afterAll(() => rig.close());

const errorOf = (answer: { readonly text: string }) => JSON.parse(answer.text).error;
const asked = () => rig.simulator.journal.entries.map(({ method, url }) => `${method} ${url}`);

describe("a file", () => {
  test("is uploaded, read, listed, downloaded and deleted as OpenAI has it", async () => {
    const answer = await as("ann").upload("some text", "assistants");
    expect(answer.status).toBe(200);
    const file = parsed(answer);
    expect(file).toMatchObject({ object: "file", bytes: 9, filename: "lines.jsonl", purpose: "assistants" });
    expect(parsed(await as("ann").call(`GET /v1/files/${file.id}`))).toEqual(file);
    const content = await as("ann").call(`GET /v1/files/${file.id}/content`);
    expect(content).toMatchObject({ status: 200, text: "some text" });
    expect(parsed(await as("ann").call("GET /v1/files?purpose=assistants"))).toMatchObject({
      object: "list",
      data: [file],
      has_more: false,
    });
    expect(parsed(await as("ann").call(`DELETE /v1/files/${file.id}`))).toEqual({
      id: file.id,
      object: "file",
      deleted: true,
    });
    expect((await as("ann").call(`GET /v1/files/${file.id}`)).status).toBe(404);
    expect(parsed(await as("ann").call("GET /v1/files?purpose=assistants")).data).toEqual([]);
  });

  test("goes up with its expiry, whatever the order of the form's fields", async () => {
    const raw = form(
      { name: "file", filename: "a.pdf", value: "x" },
      field("expires_after[anchor]", "created_at"),
      field("expires_after[seconds]", "3600"),
      field("purpose", "user_data"),
    );
    const answer = await as("ann").call("POST /v1/files", { raw, headers: FORM_TYPE });
    const { expires_at: expires, created_at: created } = parsed(answer);
    expect(expires - created).toBe(3600);
  });

  test("stays with the account that it was uploaded to, and is asked of no other", async () => {
    const id = await as("ann").uploaded("x", "assistants");
    rig.simulator.journal.clear();
    for (const _ of [1, 2, 3]) await as("ann").call(`GET /v1/files/${id}/content`);
    const authorizations = rig.simulator.journal.entries.map(({ headers }) => headers.authorization);
    expect(authorizations).toEqual(Array(3).fill("Bearer account-one"));
  });

  test("goes where the query or the header says", async () => {
    const raw = form({ name: "file", filename: "a", value: "x" }, field("purpose", "vision"));
    const byQuery = await as("ann").call("POST /v1/files?provider=spare", { raw, headers: FORM_TYPE });
    const headers = { ...FORM_TYPE, "x-signalbox-provider": "spare" };
    const byHeader = await as("ann").call("POST /v1/files", { raw, headers });
    expect([byQuery.status, byHeader.status]).toEqual([200, 200]);
    for (const { headers } of rig.simulator.journal.entries) expect(headers.authorization).toBeUndefined();
    expect(asked()).toEqual(["POST /v1/files", "POST /v1/files"]);
    const elsewhere = await as("ann").call("POST /v1/files?provider=claude", { raw, headers: FORM_TYPE });
    expect(elsewhere.status).toBe(404);
    const nowhere = await as("ann").call("POST /v1/files?provider=nobody", { raw, headers: FORM_TYPE });
    expect(errorOf(nowhere).message).toContain("'nobody'");
  });

  test("is refused in our words where the form lacks something, and in the vendor's where its values are wrong", async () => {
    const without = await as("ann").call("POST /v1/files", {
      raw: form(field("purpose", "batch")),
      headers: FORM_TYPE,
    });
    expect([without.status, errorOf(without).param]).toEqual([400, "file"]);
    const raw = form({ name: "file", filename: "a", value: "x" });
    expect(errorOf(await as("ann").call("POST /v1/files", { raw, headers: FORM_TYPE })).param).toBe("purpose");
    expect(asked()).toEqual([]);
    const purpose = await as("ann").upload("x", "singing");
    expect([purpose.status, errorOf(purpose).message]).toEqual([
      400,
      expect.stringContaining("'singing' is not one of"),
    ]);
    expect((await as("ann").call("POST /v1/files", { body: {} })).status).toBe(415);
  });

  test("is not taken of a key of which nothing may be kept", async () => {
    expect((await as("silent").upload("x", "assistants")).status).toBe(400);
    expect(asked()).toEqual([]);
  });

  test("of 5 MB arrives byte for byte", async () => {
    const bytes = noise(5 * 1024 * 1024);
    const answer = await as("ann").upload(bytes, "user_data");
    expect(parsed(answer).bytes).toBe(bytes.length);
  });
});

test("lists are in pages, newest first or oldest", async () => {
  const ids: string[] = [];
  for (const _ of [1, 2, 3]) ids.push(await as("bob").uploaded("x", "evals"));
  const page = async (query: string) => {
    const { data, has_more: more } = parsed(await as("bob").call(`GET /v1/files?purpose=evals&${query}`));
    return [...data.map(({ id }: { id: string }) => ids.indexOf(id)), more];
  };
  expect(await page("order=asc&limit=2")).toEqual([0, 1, true]);
  expect(await page(`order=asc&limit=2&after=${ids[1]}`)).toEqual([2, false]);
  expect(await page("limit=2")).toEqual([2, 1, true]);
  expect((await as("bob").call("GET /v1/files?limit=none")).status).toBe(400);
  expect((await as("bob").call("GET /v1/files?after=file-nobodys")).status).toBe(400);
});

describe("lines of a batch", () => {
  test("go up with the upstream's names of models, and nothing else changed", async () => {
    const lines = [{ model: "first/m", text: "ünïcode" }, { model: "fast" }, { model: "m" }];
    const written = lines.map((line, at) => lineOf(line, at));
    const id = await as("ann").uploaded(`${written.join("\r\n")}`);
    const { text } = await as("ann").call(`GET /v1/files/${id}/content`);
    const expected = written.map((line) => line.replace(/"model":"[^"]*"/, '"model":"m"'));
    expect(text).toBe(`${expected.join("\r\n")}\n`);
  });

  test("that name the upstream's own models go up byte for byte", async () => {
    const text = `${lineOf({ model: "m" })}\n\n  ${lineOf({ model: "m" }, 1)}`;
    const id = await as("ann").uploaded(text);
    expect((await as("ann").call(`GET /v1/files/${id}/content`)).text).toBe(text);
  });

  const good = lineOf({});
  test.each([
    ["no line", "\n\n"],
    ["no JSON", "{not json"],
    ["no object", "[]"],
    ["a key twice", good.replace('"method"', '"body":{},"method"')],
    ["a model twice", good.replace('"model"', '"model":"first/dear","model"')],
    ["no custom_id", good.replace("custom_id", "id")],
    ["another method", good.replace("POST", "GET")],
    ["an unknown url", lineOf({ url: "/v1/fine_tuning/jobs" })],
    ["no model", good.replace('"model"', '"modell"')],
    ["two urls", linesOf({}, { url: "/v1/embeddings" })],
    ["a kept response", lineOf({ url: "/v1/responses", body: { previous_response_id: "resp_1" } })],
    ["a line that is too long", lineOf({ text: "x".repeat(5000) })],
  ])("with %s are refused before anything goes up", async (_, text) => {
    const answer = await as("ann").upload(text);
    expect([answer.status, errorOf(answer).param]).toEqual([400, "file"]);
    expect(asked()).toEqual([]);
  });

  test("for a model that the key may not ask are refused, in the first line and in the last", async () => {
    for (const lines of [
      [{ model: "first/dear" }, {}],
      [{}, { model: "fast" }, { model: "first/dear" }],
    ]) {
      const answer = await as("narrow").upload(linesOf(...lines));
      expect([answer.status, errorOf(answer).message]).toEqual([403, expect.stringContaining("first/dear")]);
    }
    expect((await as("narrow").upload(linesOf({}, { model: "fast" }))).status).toBe(200);
    expect(asked()).toEqual(["POST /v1/files"]);
  });

  test("for an API that is closed to the key are refused", async () => {
    expect((await as("chatty").upload(linesOf({ url: "/v1/responses", body: { input: "x" } }))).status).toBe(403);
    expect((await as("chatty").upload(linesOf({}))).status).toBe(200);
  });

  test("that lead to several providers, or to one without batches, are refused", async () => {
    const several = await as("ann").upload(linesOf({ model: "first/m" }, { model: "spare/m" }));
    expect([several.status, errorOf(several).message]).toEqual([400, expect.stringContaining("same provider")]);
    expect((await as("ann").upload(linesOf({ model: "chat/m" }))).status).toBe(400);
    expect((await as("ann").upload(linesOf({ model: "nobody-has-it" }))).status).toBe(404);
    expect(asked()).toEqual([]);
  });

  test("go to a provider that all of them lead to", async () => {
    await as("ann").uploaded(linesOf({ model: "m" }, { model: "spare/m" }));
    expect(rig.simulator.journal.last()?.headers.authorization).toBeUndefined();
  });
});

describe("a batch", () => {
  test("runs, and its results belong to whose it is", async () => {
    const batch = await as("ann").finished({ text: "[[say first]]" }, { text: "[[fault status=500]]" });
    expect(batch).toMatchObject({ object: "batch", status: "completed", request_counts: { completed: 1, failed: 1 } });
    const output = await as("ann").call(`GET /v1/files/${batch.output_file_id}/content`);
    const [line] = output.text
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(line).toMatchObject({ custom_id: "line-0", response: { status_code: 200, body: { model: "m" } } });
    expect(line.response.body.choices[0].message.content).toBe("first");
    const errors = await as("ann").call(`GET /v1/files/${batch.error_file_id}/content`);
    expect(JSON.parse(errors.text)).toMatchObject({ custom_id: "line-1", response: { status_code: 500 } });
    for (const id of [batch.output_file_id, batch.error_file_id]) {
      expect((await as("bob").call(`GET /v1/files/${id}/content`)).status).toBe(404);
      expect((await as("bob").call(`GET /v1/files/${id}`)).status).toBe(404);
    }
  });

  test("of another's file is not found, in the words in which a file of nobody is not", async () => {
    const id = await as("ann").uploaded(linesOf({}));
    rig.simulator.journal.clear();
    const others = await as("bob").started(id);
    const nobodys = await as("bob").started("file-nobodys");
    expect([others.status, nobodys.status]).toEqual([404, 404]);
    expect(others.text.replaceAll(id, "ID")).toBe(nobodys.text.replaceAll("file-nobodys", "ID"));
    expect(errorOf(others).message).toBe(`No such File object: ${id}`);
    expect(asked()).toEqual([]);
  });

  test("is refused of a file that was not checked as lines, and for another endpoint than theirs", async () => {
    const plain = await as("ann").started(await as("ann").uploaded(linesOf({}), "user_data"));
    expect([plain.status, errorOf(plain).param]).toEqual([400, "input_file_id"]);
    const other = await as("ann").started(await as("ann").uploaded(linesOf({})), "/v1/embeddings");
    expect([other.status, errorOf(other).param]).toEqual([400, "endpoint"]);
  });

  test("is polled, cancelled and listed", async () => {
    const id = await as("bob").uploaded(linesOf({ text: "[[batch polls=5]]" }));
    const batch = parsed(await as("bob").started(id));
    const statusOf = async () => parsed(await as("bob").call(`GET /v1/batches/${batch.id}`)).status;
    expect(await statusOf()).toBe("in_progress");
    expect(parsed(await as("bob").call(`POST /v1/batches/${batch.id}/cancel`)).status).toBe("cancelling");
    expect(parsed(await as("bob").call("GET /v1/batches")).data[0]).toMatchObject({
      id: batch.id,
      status: "cancelled",
    });
    rig.simulator.journal.clear();
    expect(parsed(await as("bob").call("GET /v1/batches?limit=1")).data).toHaveLength(1);
    // One that is over stays as it is.
    expect(asked()).toEqual([]);
  });

  test("is the same one for the same Idempotency-Key", async () => {
    const body = {
      input_file_id: await as("ann").uploaded(linesOf({})),
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    };
    const headers = { "idempotency-key": "one-batch" };
    const first = await as("ann").call("POST /v1/batches", { body, headers });
    const second = await as("ann").call("POST /v1/batches", { body, headers });
    expect(parsed(second).id).toBe(parsed(first).id);
  });
});

describe("a file in a conversation", () => {
  const ask = (tenant: string, model: string, id: string) =>
    as(tenant).call("POST /v1/responses", {
      body: { model, input: [{ role: "user", content: [{ type: "input_file", file_id: id }] }] },
    });

  test("of another key is not found, also where its name is written in escapes", async () => {
    const id = await as("ann").uploaded("x", "user_data");
    rig.simulator.journal.clear();
    const answer = await ask("bob", "first/m", id);
    expect([answer.status, errorOf(answer).message]).toEqual([404, `No such File object: ${id}`]);
    const raw = JSON.stringify({
      model: "first/m",
      messages: [{ role: "user", content: [{ type: "file", file: { file_id: id } }] }],
    }).replace('"file_id"', '"\\u0066ile_id"');
    expect((await as("bob").call("POST /v1/chat/completions", { raw })).status).toBe(404);
    const tools = [{ type: "code_interpreter", container: { type: "auto", file_ids: [id] } }];
    const body = { model: "first/m", input: "hello", tools };
    expect((await as("bob").call("POST /v1/responses", { body })).status).toBe(404);
    expect((await as("bob").call("POST /v1/responses/input_tokens", { body })).status).toBe(404);
    expect(asked()).toEqual([]);
  });

  test("of one's own leads to where it is kept, and to nobody else", async () => {
    const id = await as("ann").uploaded("x", "user_data");
    rig.simulator.journal.clear();
    expect((await ask("ann", "m", id)).status).toBe(200);
    expect(rig.simulator.journal.last()?.headers.authorization).toBe("Bearer account-one");
    const elsewhere = await ask("ann", "spare/m", id);
    expect([elsewhere.status, errorOf(elsewhere).param]).toEqual([400, "file_id"]);
  });

  test("of another key is not found in a line of a batch either", async () => {
    const id = await as("ann").uploaded("x", "user_data");
    const content = [{ type: "file", file: { file_id: id } }];
    rig.simulator.journal.clear();
    const answer = await as("bob").upload(linesOf({}, { body: { messages: [{ role: "user", content }] } }));
    expect([answer.status, errorOf(answer).param]).toEqual([404, "file_id"]);
    expect(asked()).toEqual([]);
  });
});
