import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  as,
  type BareRig,
  BUDGET_KEY,
  begin,
  EDITOR_KEY,
  MODEL_KEY,
  PROVIDER_KEY,
  type Row,
  SURFACE_KEY,
  startBareRig,
} from "./passthrough-support.ts";
import { ask, DIALECTS, PROVIDERS, send } from "./support.ts";

let bare: BareRig;
beforeAll(async () => {
  bare = await startBareRig();
});
afterAll(() => bare.close());
beforeEach(() => bare.reset());

const pass: BareRig["pass"] = (line, call) => bare.pass(line, call);

describe("what it costs", () => {
  const rest: Readonly<Record<(typeof DIALECTS)[number], (path: string) => string>> = {
    "openai-chat": (path) => path,
    "openai-responses": (path) => path,
    "anthropic-messages": (path) => path,
    gemini: (path) => path.replace(/\/models\/[^/]+\/([^:]+):/, "/models/$1:"),
  };

  test.each(DIALECTS.flatMap((dialect) => [false, true].map((stream) => [dialect, stream] as const)))(
    "in %s, streamed: %s, is what it costs on the ordinary way, and the bytes are too",
    async (dialect, stream) => {
      const provider = PROVIDERS[dialect];
      const call = ask(dialect, "sim-model", { text: "Say hello to the world", stream });
      const body = dialect === "openai-chat" && stream ? withUsage(call.body) : call.body;
      const named = ask(dialect, `${provider}/sim-model`, { text: "Say hello to the world", stream });
      const ordinary = await send(bare.rig.gateway.url, {
        ...named,
        body: dialect === "openai-chat" && stream ? withUsage(named.body) : named.body,
        headers: { ...named.headers, "x-signalbox-metadata": "off" },
      });
      const passed = await pass(`POST /${provider}${rest[dialect](call.path)}`, { body, headers: call.headers ?? {} });
      expect([ordinary.status, passed.status]).toEqual([200, 200]);
      const [second, first] = await bare.rows(2);
      const counts = ({ input_tokens, output_tokens, state, status, unpriced }: Row) => ({
        input_tokens,
        output_tokens,
        state,
        status,
        unpriced,
      });
      if (first === undefined || second === undefined) throw new Error("There are no two rows.");
      expect(counts(second)).toEqual(counts(first));
      expect(second.input_tokens).toBeGreaterThan(0);
      expect(second.operation).toBe("passthrough");
      const sent = bare.rig.simulator.journal.entries.map((entry) => entry.body);
      expect(sent[1]).toEqual(sent[0]);
      expect(shapeOf(passed.text)).toBe(shapeOf(ordinary.text));
    },
  );

  test.each([
    ["chat", "/v1/embeddings", { model: "sim-model", input: ["one", "two"] }],
    ["ranker", "/v2/rerank", { model: "embedder", query: "which", documents: ["one", "two"] }],
  ])("is told of %s%s as on the ordinary way", async (provider, path, body) => {
    const ordinary = await send(bare.rig.gateway.url, { path, body: { ...body, model: `${provider}/${body.model}` } });
    const passed = await pass(`POST /${provider}${path}`, { body });
    expect([ordinary.status, passed.status]).toEqual([200, 200]);
    const [second, first] = await bare.rows(2);
    const { input_tokens, output_tokens, unpriced } = first ?? {};
    expect(second).toMatchObject({
      operation: "passthrough",
      model: body.model,
      input_tokens,
      output_tokens,
      unpriced,
    });
    const sent = bare.rig.simulator.journal.entries.map((entry) => entry.body);
    expect(JSON.parse(String(sent[1]))).toEqual(body);
  });

  test("of an answer that its client does not wait for is an estimate of what was asked and written", async () => {
    const begun = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    bare.vendor.answer = (_request, response) => {
      response.on("close", () => closed.resolve());
      response.writeHead(200, { "content-type": "text/event-stream" });
      const delta = { content: "some words" };
      response.write(`data: ${JSON.stringify({ id: "x", choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`);
      begun.resolve();
    };
    const outgoing = begin(bare.rig.gateway.url, "/passthrough/openish/v1/chat/completions", "application/json");
    outgoing.on("error", () => undefined);
    outgoing.end(JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "hello there" }] }));
    const [incoming]: IncomingMessage[] = await once(outgoing, "response");
    await begun.promise;
    await once(incoming ?? outgoing, "data");
    outgoing.destroy();
    await closed.promise;
    await expect.poll(async () => (await bare.rows(1))[0]?.state).toBe("cancelled");
    const [row] = await bare.rows(1);
    expect(row).toMatchObject({ operation: "passthrough", unpriced: false });
    expect(row?.input_tokens).toBeGreaterThan(0);
    expect(row?.output_tokens).toBeGreaterThan(0);
  });

  test("is priced as the model is", async () => {
    bare.vendor.answer = (_request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          id: "x",
          object: "chat.completion",
          created: 1,
          model: "m",
          choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
          usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
        }),
      );
    };
    const body = { model: "m", messages: [{ role: "user", content: "hi" }], provider: { odd: true } };
    await pass("POST /openish/v1/chat/completions", { body });
    expect(JSON.parse(bare.vendor.seen[0]?.body.toString() ?? "")).toEqual(body);
    expect((await bare.rows(1))[0]).toMatchObject({
      model: "m",
      unpriced: false,
      input_tokens: 1000,
      output_tokens: 100,
    });
    const credits = await send(bare.rig.gateway.url, { method: "GET", path: "/v1/usage/requests?limit=1" });
    expect(credits.text).toContain("4500000");
  });

  test("is not known of other paths, and nothing for reading, deleting and counting", async () => {
    await pass("POST /openish/v1/fine_tuning/jobs", { body: { model: "m" } });
    expect((await bare.rows(1))[0]).toMatchObject({ state: "settled", unpriced: true, model: "passthrough" });
    for (const line of [
      "GET /openish/v1/files",
      "DELETE /openish/v1/files/1",
      "POST /claude/v1/messages/count_tokens",
    ]) {
      await pass(line, line.startsWith("POST") ? { body: { model: "m" } } : {});
      expect((await bare.rows(1))[0]).toMatchObject({ state: "settled", status: 200, unpriced: false });
    }
  });
});

const withUsage = (body: unknown) => ({ ...Object(body), stream_options: { include_usage: true } });

/** Ids and times differ. */
const shapeOf = (text: string) => text.replaceAll(/[\w-]*\d[\w-]*/g, "#");

describe("who may", () => {
  test("is told in the dialect of the provider", async () => {
    const chat = await pass("GET /openish/v1/files", as(EDITOR_KEY));
    expect([chat.status, JSON.parse(chat.text)]).toEqual([
      403,
      { error: expect.objectContaining({ code: "permission_denied" }) },
    ]);
    const claude = await pass("POST /claude/v1/files", { raw: "x", ...as(PROVIDER_KEY) });
    expect([claude.status, JSON.parse(claude.text)]).toEqual([403, expect.objectContaining({ type: "error" })]);
    const gemini = await pass("GET /google/v1beta/files", as(PROVIDER_KEY));
    expect([gemini.status, JSON.parse(gemini.text)]).toEqual([
      403,
      { error: expect.objectContaining({ status: "PERMISSION_DENIED" }) },
    ]);
    expect(bare.vendor.seen).toEqual([]);
  });

  test("keeps to the key's models, and asks nothing of which the model is not known", async () => {
    const chat = (model: string) => ({ body: { model, messages: [] }, ...as(MODEL_KEY) });
    expect((await pass("POST /openish/v1/chat/completions", chat("m"))).status).toBe(200);
    const other = await pass("POST /openish/v1/chat/completions", chat("n"));
    expect([other.status, bare.vendor.seen.length]).toEqual([403, 1]);
    const batch = await pass("POST /openish/v1/batches", { body: {}, ...as(MODEL_KEY) });
    expect([batch.status, batch.text]).toEqual([403, expect.stringContaining("does not say which model")]);
    expect((await pass("GET /openish/v1/batches", as(MODEL_KEY))).status).toBe(200);
  });

  test("keeps to the key's budget: what cannot be metered is refused", async () => {
    const batch = await pass("POST /openish/v1/batches", { body: {}, ...as(BUDGET_KEY) });
    expect([batch.status, batch.text]).toEqual([403, expect.stringContaining("cannot be metered")]);
    expect((await pass("GET /openish/v1/batches", as(BUDGET_KEY))).status).toBe(200);
    const body = { model: "m", messages: [{ role: "user", content: "hi" }] };
    expect((await pass("POST /openish/v1/chat/completions", { body, ...as(BUDGET_KEY) })).status).toBe(200);
  });

  test("keeps to the key's surfaces", async () => {
    expect((await pass("GET /openish/v1/files", as(SURFACE_KEY))).status).toBe(403);
    expect((await pass("GET /claude/v1/files", as(SURFACE_KEY))).status).toBe(200);
  });
});
