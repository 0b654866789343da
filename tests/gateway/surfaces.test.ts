import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Answer, ask, DIALECTS, KEY, PROVIDERS, type Rig, send, startRig, TERMINALS } from "./support.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ models: { fast: { targets: ["chat/sim-model"] } } });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

const json = (answer: Answer) => JSON.parse(answer.text);
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  send(rig.gateway.url, { path, method: "GET", headers });

describe.each(["", "/api", "/openai", "/anthropic", "/genai"])("under the prefix '%s'", (prefix) => {
  test.each(DIALECTS)("%s answers, with any query", async (dialect) => {
    const call = ask(dialect, `${PROVIDERS[dialect]}/sim-model`, { text: "[[say here]]", stream: false });
    const answer = await send(rig.gateway.url, { ...call, path: `${prefix}${call.path}?beta=true` });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("here");
  });

  test("the models are listed", async () => {
    expect(json(await get(`${prefix}/v1/models`)).data.length).toBeGreaterThan(0);
    expect(json(await get(`${prefix}/v1beta/models`)).models.length).toBeGreaterThan(0);
  });
});

describe("credentials", () => {
  const call = ask("openai-chat", "chat/sim-model", { text: "hello", stream: false });
  const none = { authorization: "" };

  test.each([
    { authorization: `Bearer ${KEY}` },
    { authorization: `Basic ${KEY}` },
    { ...none, "x-api-key": KEY },
    { ...none, "x-goog-api-key": KEY },
    { authorization: `Bearer ${KEY}`, "x-api-key": KEY },
  ])("%j is let in", async (headers) => {
    expect((await send(rig.gateway.url, { ...call, headers })).status).toBe(200);
  });

  test("?key= is let in, and goes no further", async () => {
    const gemini = ask("gemini", "own-gemini/sim-model", { text: "hello", stream: false });
    const answer = await send(rig.gateway.url, { ...gemini, path: `${gemini.path}?key=${KEY}`, headers: none });
    expect(answer.status).toBe(200);
    expect(rig.simulator.journal.last()?.url).not.toContain(KEY);
  });

  test("the client's key reaches no upstream", async () => {
    for (const dialect of DIALECTS) {
      await send(rig.gateway.url, ask(dialect, `${PROVIDERS[dialect]}/sim-model`, { text: "hello", stream: false }));
      expect(JSON.stringify(rig.simulator.journal.last()?.rawHeaders)).not.toContain(KEY);
    }
  });
});

describe("the list of models", () => {
  test("is OpenAI's without a sign of another vendor", async () => {
    const list = json(await get("/v1/models"));
    expect(list).toMatchObject({ object: "list" });
    expect(list.data).toContainEqual(expect.objectContaining({ id: "fast", object: "model" }));
    expect(list.data).toContainEqual(expect.objectContaining({ id: "chat/sim-model", object: "model" }));
  });

  test("is Anthropic's with anthropic-version, in pages, with claude aliases for other makers' models", async () => {
    const headers = { "anthropic-version": "2023-06-01", authorization: "", "x-api-key": KEY };
    const whole = json(await get("/v1/models?limit=1000", headers));
    expect(whole.data).toContainEqual(
      expect.objectContaining({ type: "model", id: "claude-via-fast", display_name: "fast" }),
    );
    const first = json(await get("/v1/models?limit=2", headers));
    expect(first).toMatchObject({ has_more: true, last_id: first.data[1].id });
    const second = json(await get(`/v1/models?limit=2&after_id=${first.last_id}`, headers));
    expect(second.data[0].id).toBe(whole.data[2].id);
  });

  test("is Gemini's under /v1beta", async () => {
    const list = json(await get("/v1beta/models?pageSize=1"));
    expect(list.models[0]).toMatchObject({
      name: expect.stringMatching(/^models\//),
      supportedGenerationMethods: expect.any(Array),
    });
    expect(list.nextPageToken).toBe("1");
  });

  test("names only models that can be called, aliases too", async () => {
    const headers = { "anthropic-version": "2023-06-01" };
    const { data } = json(await get("/v1/models?limit=1000", headers));
    for (const { id } of data.filter(
      (model: { id: string }) => !model.id.includes("keyed") && !model.id.includes("dead"),
    )) {
      const answer = await send(rig.gateway.url, ask("anthropic-messages", id, { text: "hello", stream: false }));
      expect(answer.status, id).toBe(200);
    }
  });

  test("tells of one model by a name with slashes, raw or encoded, and 404 of another", async () => {
    for (const id of ["chat/sim-model", "chat%2Fsim-model"])
      expect(json(await get(`/v1/models/${id}`)).id).toBe("chat/sim-model");
    const missing = await get("/v1/models/nobody");
    expect(missing.status).toBe(404);
    expect(json(missing).error.code).toBe("model_not_found");
  });

  test("wants a key", async () => {
    expect((await get("/v1/models", { authorization: "" })).status).toBe(401);
  });
});

describe("counting tokens", () => {
  const text = "[[say nothing]] How many tokens is this?";

  test.each(["messages", "own-gemini", "responses"])(
    "is asked of the upstream that can tell (%s)",
    async (provider) => {
      const call = ask("anthropic-messages", `${provider}/sim-model`, { text, stream: false });
      const answer = await send(rig.gateway.url, { ...call, path: "/v1/messages/count_tokens" });
      expect(answer.status).toBe(200);
      expect(json(answer).input_tokens).toBeGreaterThan(0);
      const source = answer.headers["x-signalbox-token-count"];
      if (provider !== "responses") expect(source).toBe("upstream");
    },
  );

  test("is estimated here where the upstream cannot, over system, tools, messages and media", async () => {
    const count = async (body: object) => {
      const answer = await send(rig.gateway.url, {
        path: "/v1/messages/count_tokens",
        headers: { "anthropic-version": "2023-06-01" },
        body: { model: "chat/sim-model", messages: [{ role: "user", content: text }], ...body },
      });
      expect(answer.headers["x-signalbox-token-count"]).toBe("estimate");
      return json(answer).input_tokens;
    };
    const plain = await count({});
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
    const tools = [{ name: "find", description: "Finds things. ".repeat(20), input_schema: { type: "object" } }];
    expect(await count({ system: "Be brief. ".repeat(50) })).toBeGreaterThan(plain + 50);
    expect(await count({ tools })).toBeGreaterThan(plain + 50);
    expect(await count({ messages: [{ role: "user", content: [image, { type: "text", text }] }] })).toBeGreaterThan(
      plain + 500,
    );
  });

  test("answers Gemini clients in their shape", async () => {
    const answer = await send(rig.gateway.url, {
      path: "/v1beta/models/chat/sim-model:countTokens",
      body: { contents: [{ role: "user", parts: [{ text }] }] },
    });
    expect(json(answer).totalTokens).toBeGreaterThan(0);
  });
});

describe("streams without alt=sse", () => {
  test.each(["own-gemini", "chat"])("are one JSON array (%s upstream)", async (provider) => {
    const answer = await send(rig.gateway.url, {
      path: `/v1beta/models/${provider}/sim-model:streamGenerateContent`,
      body: { contents: [{ role: "user", parts: [{ text: "[[stream 5]]" }] }] },
    });
    expect(answer.headers["content-type"]).toContain("application/json");
    const chunks = json(answer);
    expect(chunks.length).toBeGreaterThan(2);
    expect(answer.text).toContain(TERMINALS.gemini);
  });

  test("end with an error element when the upstream is cut", async () => {
    const answer = await send(rig.gateway.url, {
      path: "/v1beta/models/own-gemini/sim-model:streamGenerateContent",
      body: { contents: [{ role: "user", parts: [{ text: "[[stream 20]] [[fault cut-after=8]]" }] }] },
    });
    expect(json(answer).at(-1)).toHaveProperty("error.code");
  });
});

test.each(["2023-06-01", "2026-10-21"])(
  "anthropic-version %s goes on to the upstream, with betas and unknown anthropic headers",
  async (version) => {
    const call = ask("anthropic-messages", "messages/sim-model", { text: "hello", stream: false });
    const headers = {
      "anthropic-version": version,
      "anthropic-beta": "some-beta-2026-01-01",
      "anthropic-unheard-of": "yes",
    };
    expect((await send(rig.gateway.url, { ...call, headers })).status).toBe(200);
    expect(rig.simulator.journal.last()?.headers).toMatchObject(headers);
  },
);

test.each(["/", "/api/hello"])("HEAD %s is 200", async (path) => {
  expect((await send(rig.gateway.url, { path, method: "HEAD", headers: { authorization: "" } })).status).toBe(200);
});

test.each(["/health/live", "/health/ready"])("GET %s is 200 without a key", async (path) => {
  expect((await get(path, { authorization: "" })).status).toBe(200);
});

test.each(["/v1/nothing", "/api/v1/nothing", "/openai/nothing"])(
  "%s is nothing, and is named as it was asked",
  async (path) => {
    const answer = await get(`${path}?key=secret`);
    expect(answer.status).toBe(404);
    expect(answer.text).toContain(`There is nothing at GET ${path}.`);
  },
);

describe("what cannot be said", () => {
  const call = ask("openai-chat", "messages/sim-model", { text: "hello", stream: false });
  const body = { model: "messages/sim-model", logit_bias: { "1": 2 }, messages: [{ role: "user", content: "hello" }] };

  test("is named in a header and in the log", async () => {
    const answer = await send(rig.gateway.url, { ...call, body });
    expect(answer.headers["x-signalbox-dropped"]).toContain("logit-bias");
    await expect.poll(() => JSON.stringify(rig.log.at(-1))).toContain("logit-bias");
  });

  test("is 400 unsupported_feature in strict mode", async () => {
    const answer = await send(rig.gateway.url, { ...call, body, headers: { "x-signalbox-strict": "true" } });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("logit-bias");
  });

  test("is refused outright when it would change the meaning", async () => {
    const pointing = { model: "chat/sim-model", previous_response_id: "resp_1", input: "go on" };
    const answer = await send(rig.gateway.url, { path: "/v1/responses", body: pointing });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("previous_response_not_found");
  });
});
