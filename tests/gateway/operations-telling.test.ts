import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRouter, only, startUpstream, type Upstream, withHeaders } from "./routing-support.ts";
import { type Call, type Rig, send, startRig } from "./support.ts";

const PNG = "iVBORw0KGgo=";
/** Over a megabyte, which is not decoded. */
const LONG = Array.from({ length: 60_000 }, (_, index) => index / 60_000);

let rig: Rig;
let vendor: Upstream;
/** What the vendor says, byte for byte. */
let said: { readonly type: string; readonly text: string } = { type: "application/json", text: "{}" };

beforeAll(async () => {
  vendor = await startUpstream((_, response) => {
    response.writeHead(200, { "content-type": said.type, "openai-processing-ms": "7" });
    response.end(said.text);
  });
  rig = await startRig({
    encryptionKey: "an-encryption-key-for-the-tests-of-operations",
    moreProviders: (url) => ({
      odd: {
        auth: "none",
        models: ["embedder", "painter"],
        operations: Object.fromEntries(
          ["embeddings", "images", "image-edits", "moderation"].map((operation) => [
            operation,
            { format: "openai", baseUrl: `${vendor.url}/v1` },
          ]),
        ),
      },
      gem: {
        auth: "none",
        models: ["embedder", "painter"],
        endpoints: { gemini: { baseUrl: url } },
        operations: { embeddings: { format: "gemini" }, images: { format: "gemini" } },
      },
      imagine: { auth: "none", models: ["painter"], operations: { images: { format: "imagen", baseUrl: url } } },
      ranker: { auth: "none", models: ["embedder"], operations: { rerank: { format: "cohere", baseUrl: vendor.url } } },
    }),
    models: { plain: { targets: ["odd/embedder"] }, safe: { targets: ["odd/embedder", "gem/embedder"] } },
  });
  await createRouter(rig, { name: "vectors", defaultRoute: { variants: only("odd/embedder") } });
  await createRouter(rig, { name: "translated", defaultRoute: { variants: only("gem/embedder") } });
});
afterAll(async () => {
  await rig.close();
  await vendor.close();
});
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

const embed = (model: string, input: unknown = "a cat", more: object = {}): Call => ({
  path: "/v1/embeddings",
  body: { model, input, ...more },
});
const ask = (call: Call) => send(rig.gateway.url, call);
const upstream = () => rig.simulator.journal.last()?.json;

/** With white space, an unknown field and a look-alike, such as no library would write. */
const odd = (vector: readonly number[] = [0.5, 1e-7]) =>
  `{ "object":"list",\n "data" : [{"index":0,"embedding":[${vector.join(", ")}],"x":{"model":"inner"}}], "model" : "odd-1","usage":{"prompt_tokens":7} }\n`;

describe("an answer", () => {
  test.each([
    ["small", [0.5, 1e-7]],
    ["large", LONG],
  ])("that is %s goes on byte for byte, and is counted", async (_what, vector) => {
    said = { type: "application/json", text: odd(vector) };
    const answer = await ask(embed("odd/embedder"));
    expect(answer.text).toBe(said.text);
    expect(answer.headers).toMatchObject({ "openai-processing-ms": "7", "x-signalbox-lane": "passthrough" });
    const generation = await ask({
      method: "GET",
      path: `/v1/generation?id=${String(answer.headers["x-signalbox-generation-id"])}`,
    });
    expect(JSON.parse(generation.text)).toMatchObject({ data: { tokens_prompt: 7 } });
  });

  test.each([
    ["small", [0.5, 1e-7]],
    ["large", LONG],
  ])("that is %s names the target where a router chose it, and nothing else is changed", async (_what, vector) => {
    said = { type: "application/json", text: odd(vector) };
    const answer = await ask(embed("router/vectors"));
    expect(answer.text).toBe(said.text.replace('"odd-1"', '"odd/embedder"'));
  });

  test("names what was asked by a public name as its upstream does, and a router's target in every lane", async () => {
    said = { type: "application/json", text: odd() };
    expect(JSON.parse((await ask(embed("plain"))).text).model).toBe("odd-1");
    expect(JSON.parse((await ask(embed("gem/embedder"))).text).model).toBe("embedder");
    expect(JSON.parse((await ask(embed("router/translated"))).text).model).toBe("gem/embedder");
  });

  test.each([
    ["nothing", ""],
    ["half of it", odd(LONG).slice(0, -40)],
    ["a page", "<html>"],
    ["no vectors", '{"object":"list","data":[],"usage":{"prompt_tokens":1}}'],
    ["one vector too many", '{"data":[{"embedding":[1]},{"embedding":[2]}]}'],
    [
      "many vectors too many",
      `{"data":[${Array(2000)
        .fill(`{"embedding":[${"1,".repeat(300)}1]}`)
        .join()}]}`,
    ],
    ["words", '{"data":[{"embedding":["NaN"]}]}'],
    ["an error", '{"error":{"message":"no"}}'],
    ["a large error", `{"error":{"message":"${"no".repeat(600_000)}"}}`],
  ])("of %s is none: the next provider is asked", async (_what, text) => {
    said = { type: "application/json", text };
    const answer = await ask(embed("safe"));
    expect([answer.status, answer.headers["x-signalbox-provider"]]).toEqual([200, "gem"]);
  });

  test("that ranks what was not sent is none", async () => {
    said = { type: "application/json", text: '{"results":[{"index":9,"relevance_score":1}]}' };
    const answer = await ask({
      path: "/v2/rerank",
      body: { model: "ranker/embedder", query: "a", documents: ["b"] },
    });
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([502, "upstream_invalid_response"]);
  });

  test("to a moderation names a router's target too", async () => {
    said = { type: "application/json", text: '{"id":"modr-1","model":"odd-1","results":[]}' };
    const call = { path: "/v1/moderations", body: { model: "router/vectors", input: "a" } };
    expect((await ask(call)).text).toBe(said.text.replace("odd-1", "odd/embedder"));
  });

  test.each(["/v1/images/generations", "/v1/images/edits"])(
    "at %s that is whole becomes the stream that was asked for, and a stream is no whole answer",
    async (path) => {
      const body = { model: "odd/painter", prompt: "a", images: [{ image_url: `data:image/png;base64,${PNG}` }] };
      said = { type: "application/json", text: JSON.stringify({ created: 1, data: [{ b64_json: PNG }] }) };
      const streamed = await ask({ path, body: { ...body, stream: true } });
      expect(streamed.headers["content-type"]).toBe("text/event-stream");
      expect(streamed.text).toContain(`"b64_json":"${PNG}"`);
      said = { type: "text/event-stream", text: 'data: {"type":"image_generation.completed","b64_json":"QQ=="}\n\n' };
      const whole = await ask({ path, body });
      expect([whole.status, JSON.parse(whole.text).error.code]).toEqual([502, "upstream_invalid_response"]);
    },
  );
});

describe("wishes", () => {
  test("to lose nothing are kept: who would drop something is not asked", async () => {
    const strict = { "x-signalbox-strict": "true" };
    const refused = await ask(withHeaders(embed("gem/embedder", "a", { user: "u-1" }), strict));
    expect([refused.status, JSON.parse(refused.text).error.code]).toEqual([400, "unsupported_feature"]);
    expect(refused.text).toContain("user");
    expect(rig.simulator.journal.length).toBe(0);
    said = { type: "application/json", text: odd() };
    const own = await ask(withHeaders(embed("odd/embedder", "a", { user: "u-1" }), strict));
    expect(own.status).toBe(200);
    expect((await ask(withHeaders(embed("gem/embedder"), strict))).status).toBe(200);
  });

  test("to be told nothing are kept, and to be told in a way that there is not are refused", async () => {
    const quiet = await ask(withHeaders(embed("gem/embedder"), { "x-signalbox-metadata": "off" }));
    expect(Object.keys(quiet.headers).filter((name) => name.startsWith("x-signalbox-"))).toEqual([]);
    const loud = await ask(withHeaders(embed("gem/embedder"), { "x-signalbox-metadata": "loud" }));
    expect([loud.status, rig.simulator.journal.length]).toEqual([400, 1]);
  });

  test("about routing in a body are taken out of it", async () => {
    const answer = await ask(embed("chat/sim-model", "a", { provider: { only: ["chat"] }, extra_body: {} }));
    expect(answer.status, answer.text).toBe(200);
    expect(upstream()).toEqual({ model: "sim-model", input: "a" });
  });
});

describe("what Gemini's clients ask of Google", () => {
  const content = { parts: [{ inlineData: { mimeType: "image/png", data: PNG } }, { text: "a" }] };

  test("of embeddings goes on as it is, but for the models' names", async () => {
    const requests = ["models/gem/embedder", "models/other"].map((model) => ({ later: [1], model, content }));
    const answer = await ask({ path: "/v1beta/models/gem/embedder:batchEmbedContents", body: { requests } });
    expect(answer.status, answer.text).toBe(200);
    expect(upstream()).toEqual({ requests: requests.map((request) => ({ ...request, model: "models/embedder" })) });
    expect(answer.headers["x-signalbox-lane"]).toBe("passthrough");
  });

  test("of one embedding too", async () => {
    const body = { model: "models/gem/embedder", content, embedContentConfig: { documentOcr: true } };
    const answer = await ask({ path: "/v1beta/models/gem/embedder:embedContent", body });
    expect(answer.status, answer.text).toBe(200);
    expect(upstream()).toEqual({ ...body, model: "models/embedder" });
  });

  test("of Imagen goes on as it is", async () => {
    const body = { instances: [{ prompt: "a" }], parameters: { sampleCount: 1, personGeneration: "dont_allow" } };
    const answer = await ask({ path: "/v1beta/models/imagine/painter:predict", body });
    expect([answer.status, answer.headers["x-signalbox-lane"]]).toEqual([200, "passthrough"]);
    expect(upstream()).toEqual(body);
  });
});
