import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { objectProviders, parsed, publicModels, rowsOf, secretOf, tenantKey, tenantOf } from "./objects-support.ts";
import { KEY, type Rig, startRig } from "./support.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "narrow", key: secretOf("narrow"), models: ["claude/m", "google/m"] },
    ],
    moreKeys: ["ann", "bob", "eve"].map((tenant) => tenantKey(tenant, { org: `org-${tenant}` })),
    moreProviders: objectProviders,
    models: publicModels,
  });
});
beforeEach(() => rig.simulator.journal.clear());
afterAll(() => rig.close());

const as = (tenant: string) => tenantOf(rig, tenant);
const sent = () => rig.simulator.journal.last()?.json;
const rowsFor = async (key: string) => (await rowsOf(rig)).filter((row: { key_id: string }) => row.key_id === key);

describe("Anthropic's message batches", () => {
  const headers = { "anthropic-version": "2023-06-01", "anthropic-beta": "some-beta" };
  const request = (model: string, text = "hello", id = `r-${model.replace("/", "-")}`) => ({
    custom_id: id,
    params: { model, max_tokens: 100, messages: [{ role: "user", content: text }] },
  });
  const create = (tenant: string, ...requests: readonly unknown[]) =>
    as(tenant).call("POST /v1/messages/batches", { body: { requests }, headers });
  const on = (tenant: string, to: string) => as(tenant).call(to, { headers });

  test("run with the upstream's names, and their results are fetched here and billed once", async () => {
    const answer = await create("ann", request("claude/m", "[[say one]]"), request("house-claude", "[[say two]]"));
    expect(answer.status).toBe(200);
    const { id } = parsed(answer);
    expect(sent()).toMatchObject({ requests: [{ params: { model: "m" } }, { params: { model: "m" } }] });
    expect(rig.simulator.journal.last()?.headers).toMatchObject({
      "anthropic-beta": "some-beta",
      "x-api-key": "claude-account",
    });
    const batch = parsed(await on("ann", `GET /anthropic/v1/messages/batches/${id}`));
    expect(batch).toMatchObject({ processing_status: "ended", request_counts: { succeeded: 2 } });
    expect(batch.results_url).toBe(`${rig.gateway.url}/anthropic/v1/messages/batches/${id}/results`);
    const results = await Promise.all(
      Array.from({ length: 10 }, () => on("ann", `GET /v1/messages/batches/${id}/results`)),
    );
    const lines = (results[0]?.text ?? "")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ custom_id: id, result }) => [id, result.message.content[0].text])).toEqual([
      ["r-claude-m", "one"],
      ["r-house-claude", "two"],
    ]);
    const cost = lines.reduce(
      (
        sum,
        {
          result: {
            message: { usage },
          },
        },
      ) => sum + usage.input_tokens * 1000 + usage.output_tokens * 5000,
      0,
    );
    expect(await rowsFor("ann")).toMatchObject([
      { state: "settled", dialect: "anthropic-messages", cost_nano: String(cost) },
    ]);
  });

  test("are cancelled, listed and deleted", async () => {
    const ids: string[] = [];
    for (const at of [0, 1, 2])
      ids.push(parsed(await create("bob", request("claude/m", "[[batch polls=9]]", `r-${at}`))).id);
    const page = async (query: string) => {
      const { data, has_more: more } = parsed(await on("bob", `GET /v1/messages/batches?${query}`));
      return [...data.map(({ id }: { id: string }) => ids.indexOf(id)), more];
    };
    expect(await page("limit=2")).toEqual([2, 1, true]);
    expect(await page(`after_id=${ids[1]}`)).toEqual([0, false]);
    expect(await page(`before_id=${ids[0]}&limit=1`)).toEqual([1, true]);
    expect((await on("bob", `DELETE /v1/messages/batches/${ids[0]}`)).status).toBe(400);
    expect(parsed(await on("bob", `POST /v1/messages/batches/${ids[0]}/cancel`)).processing_status).toBe("canceling");
    expect(parsed(await on("bob", `GET /v1/messages/batches/${ids[0]}`)).processing_status).toBe("ended");
    expect(parsed(await on("bob", `DELETE /v1/messages/batches/${ids[0]}`))).toEqual({
      id: ids[0],
      type: "message_batch_deleted",
    });
    expect((await on("bob", `GET /v1/messages/batches/${ids[0]}`)).status).toBe(404);
    // What was cancelled before it began has cost nothing.
    expect((await rowsFor("bob")).filter(({ state }: { state: string }) => state === "settled")).toMatchObject([
      { cost_nano: "0" },
    ]);
  });

  test("are not found by another key, in the words in which nobody's are not", async () => {
    const { id } = parsed(await create("ann", request("claude/m")));
    rig.simulator.journal.clear();
    for (const to of [
      "GET /v1/messages/batches/ID",
      "GET /v1/messages/batches/ID/results",
      "DELETE /v1/messages/batches/ID",
      "POST /v1/messages/batches/ID/cancel",
    ]) {
      const others = await on("bob", to.replace("ID", id));
      const nobodys = await on("bob", to.replace("ID", "msgbatch_nobodys"));
      expect([others.status, nobodys.status]).toEqual([404, 404]);
      expect(parsed(others).error).toEqual({ type: "not_found_error", message: `Message batch ${id} not found.` });
      expect(parsed(nobodys).error.message).toBe("Message batch msgbatch_nobodys not found.");
    }
    expect(rig.simulator.journal.entries).toHaveLength(0);
  });

  test("are refused for models that the key may not ask, and for several providers", async () => {
    expect((await create("narrow", request("claude/m"), request("claude/dear"))).status).toBe(403);
    const several = await create("ann", request("claude/m"), request("messages/m"));
    expect([several.status, parsed(several).error.type]).toEqual([400, "invalid_request_error"]);
    expect((await create("ann", request("openai-nobody/x"))).status).toBe(404);
    expect((await create("ann")).status).toBe(400);
    expect((await create("ann", { custom_id: "a", params: {} })).status).toBe(400);
    const twice = JSON.stringify({ requests: [request("claude/m")] }).replace(
      '"model"',
      '"model":"claude/dear","model"',
    );
    expect((await as("narrow").call("POST /v1/messages/batches", { raw: twice, headers })).status).toBe(400);
    expect(rig.simulator.journal.entries).toHaveLength(0);
  });
});

describe("Gemini's batches", () => {
  const request = (text: string, model?: string) => ({
    request: { ...(model === undefined ? {} : { model }), contents: [{ role: "user", parts: [{ text }] }] },
    metadata: { key: text },
  });
  const create = (tenant: string, model: string, ...requests: readonly unknown[]) =>
    as(tenant).call(`POST /v1beta/models/${model}:batchGenerateContent`, {
      body: { batch: { displayName: "b", inputConfig: { requests: { requests } } } },
    });

  test("run with the upstream's name, and are billed once when they are fetched", async () => {
    const answer = await create("ann", "google/m", request("[[say one]]", "models/google/m"), request("[[say two]]"));
    expect(answer.status).toBe(200);
    const { name } = parsed(answer);
    expect(rig.simulator.journal.last()?.url).toBe("/v1beta/models/m:batchGenerateContent");
    const before = (await rowsFor("ann")).length;
    const fetched = await Promise.all(Array.from({ length: 10 }, () => as("ann").call(`GET /v1beta/${name}`)));
    const operation = JSON.parse(fetched[0]?.text ?? "");
    expect(operation).toMatchObject({ name, done: true, metadata: { state: "BATCH_STATE_SUCCEEDED" } });
    const { inlinedResponses: answers } = operation.response.inlinedResponses;
    expect(answers[0]).toMatchObject({
      metadata: { key: "[[say one]]" },
      response: { candidates: [{ content: { parts: [{ text: "one" }] } }] },
    });
    const cost = answers
      .map(({ response }: { response: { usageMetadata: Record<string, number> } }) => response.usageMetadata)
      .reduce(
        (sum: number, usage: Record<string, number>) =>
          sum + (usage["promptTokenCount"] ?? 0) * 1000 + (usage["candidatesTokenCount"] ?? 0) * 5000,
        0,
      );
    const rows = await rowsFor("ann");
    expect(rows).toHaveLength(before);
    expect(rows[0]).toMatchObject({ state: "settled", dialect: "gemini", cost_nano: String(cost) });
  });

  test("are listed in pages, cancelled and deleted, each by its own key", async () => {
    const names: string[] = [];
    for (const text of ["[[batch polls=9]]", "a", "b"])
      names.push(parsed(await create("eve", "google/m", request(text))).name);
    const first = parsed(await as("eve").call("GET /v1beta/batches?pageSize=2"));
    expect(first.operations.map(({ name }: { name: string }) => names.indexOf(name))).toEqual([2, 1]);
    const second = parsed(await as("eve").call(`GET /v1beta/batches?pageSize=2&pageToken=${first.nextPageToken}`));
    expect(second).toEqual({ operations: [expect.objectContaining({ name: names[0] })] });
    for (const to of ["GET /v1beta/ID", "POST /v1beta/ID:cancel", "DELETE /v1beta/ID"]) {
      const answer = await as("bob").call(to.replace("ID", names[0] ?? ""));
      expect([answer.status, parsed(answer).error.status]).toEqual([404, "NOT_FOUND"]);
    }
    expect(parsed(await as("bob").call("GET /v1beta/batches")).operations).toEqual([]);
    expect((await as("eve").call(`POST /v1beta/${names[0]}:cancel`)).status).toBe(200);
    expect(parsed(await as("eve").call(`GET /v1beta/${names[0]}`)).metadata.state).toBe("BATCH_STATE_CANCELLED");
    expect((await as("eve").call(`DELETE /v1beta/${names[0]}`)).status).toBe(200);
    expect((await as("eve").call(`GET /v1beta/${names[0]}`)).status).toBe(404);
  });

  test("are asked for where Google's libraries ask, beside OpenAI's", async () => {
    const headers = { "x-goog-api-key": secretOf("ann"), authorization: "" };
    const { name } = parsed(await create("ann", "google/m", request("a")));
    expect(parsed(await as("ann").call(`GET /v1/${name}`, { headers })).name).toBe(name);
    expect(parsed(await as("ann").call("GET /v1/batches", { headers })).operations[0].name).toBe(name);
    expect((await as("ann").call(`GET /v1/${name}`)).status).toBe(404);
    expect((await as("ann").call(`DELETE /v1/${name}`)).status).toBe(404);
    expect((await as("ann").call(`POST /v1/${name}:cancel`, { headers })).status).toBe(200);
    expect((await as("ann").call(`DELETE /v1/${name}`, { headers })).status).toBe(200);
    const files = await as("ann").call("GET /v1/files", { headers: { "anthropic-version": "2023-06-01" } });
    expect([files.status, parsed(files).error.type]).toEqual([404, "not_found_error"]);
  });

  test("are refused for other models than that of the path, for files, and for what the key may not ask", async () => {
    expect((await create("ann", "google/m", request("a"), request("b", "models/google/dear"))).status).toBe(400);
    expect((await create("narrow", "google/dear", request("a"))).status).toBe(403);
    expect((await create("narrow", "google/m", request("a", "models/google/dear"))).status).toBe(403);
    const path = "POST /v1beta/models/google/m:batchGenerateContent";
    const file = await as("ann").call(path, { body: { batch: { input_config: { file_name: "files/x" } } } });
    expect([file.status, parsed(file).error.message]).toEqual([400, expect.stringContaining("files")]);
    expect((await as("ann").call(path, { body: {} })).status).toBe(400);
    expect(rig.simulator.journal.entries).toHaveLength(0);
  });
});
