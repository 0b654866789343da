import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KEY, type Rig, startRig } from "./support.ts";

let rig: Rig;
const MODELS = ["painter"];
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

beforeAll(async () => {
  rig = await startRig({
    moreProviders: (url) => ({
      gem: {
        auth: "none",
        models: MODELS,
        endpoints: { gemini: { baseUrl: url } },
        operations: { images: { format: "gemini" }, "image-edits": { format: "gemini" } },
      },
      imagine: {
        auth: "none",
        models: MODELS,
        operations: { images: { format: "imagen", baseUrl: url } },
      },
    }),
    models: { backed: { targets: ["dead/sim-model", "chat/sim-model"] } },
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

const authorization = { authorization: `Bearer ${KEY}` };

async function post(path: string, body: unknown) {
  const answer = await fetch(rig.gateway.url + path, {
    method: "POST",
    headers: { ...authorization, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: text.startsWith("{") ? JSON.parse(text) : {} };
}

async function edit(model: string, fields: Record<string, string>, pictures = 1) {
  const form = new FormData();
  for (let index = 0; index < pictures; index += 1) {
    form.append(pictures === 1 ? "image" : "image[]", new Blob([PNG], { type: "image/png" }), `${index}.png`);
  }
  for (const [name, value] of Object.entries({ model, prompt: "a red hat", ...fields })) form.append(name, value);
  const answer = await fetch(`${rig.gateway.url}/v1/images/edits`, {
    method: "POST",
    headers: authorization,
    body: form,
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: text.startsWith("{") ? JSON.parse(text) : {} };
}

const events = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)));
const upstream = () => rig.simulator.journal.last()?.json;
const asked = { prompt: "a cat", size: "1536x1024" };

describe("pictures", () => {
  test.each(["chat/sim-model", "gem/painter", "imagine/painter"])("are made by %s", async (model) => {
    const answer = await post("/v1/images/generations", { model, ...asked });
    expect(answer.status).toBe(200);
    expect(Buffer.from(answer.json.data[0].b64_json, "base64")).toEqual(PNG);
  });

  test("are asked for in the words of each API", async () => {
    await post("/v1/images/generations", { model: "gem/painter", ...asked });
    expect(upstream()).toEqual({
      contents: [{ role: "user", parts: [{ text: "a cat" }] }],
      generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "3:2" } },
    });
    await post("/v1/images/generations", { model: "imagine/painter", ...asked, n: 2 });
    expect(upstream()).toEqual({
      instances: [{ prompt: "a cat" }],
      parameters: { sampleCount: 2, aspectRatio: "4:3" },
    });
  });

  test("come as URLs where that is wanted", async () => {
    const own = await post("/v1/images/generations", { model: "chat/sim-model", ...asked, response_format: "url" });
    expect(own.json.data[0].url).toMatch(/^https:/);
    const other = await post("/v1/images/generations", { model: "gem/painter", ...asked, response_format: "url" });
    expect(other.json.data[0].url).toBe(`data:image/png;base64,${PNG.toString("base64")}`);
    expect(other.headers.get("x-signalbox-adapted")).toContain("response-format");
  });

  test("stream, partial ones first, and end in one event where the upstream does not stream", async () => {
    const own = await post("/v1/images/generations", {
      model: "chat/sim-model",
      ...asked,
      stream: true,
      partial_images: 2,
    });
    expect(events(own.text).map(({ type }) => type)).toEqual([
      "image_generation.partial_image",
      "image_generation.partial_image",
      "image_generation.completed",
    ]);
    const other = await post("/v1/images/generations", { model: "gem/painter", ...asked, stream: true });
    expect(other.headers.get("content-type")).toBe("text/event-stream");
    expect(events(other.text).map(({ type }) => type)).toEqual(["image_generation.completed"]);
  });

  test("whose stream is cut end in an error, and are a failure", async () => {
    rig.simulator.faults.push("cut-after=1");
    const body = { model: "chat/sim-model", ...asked, stream: true, partial_images: 2 };
    const cut = await post("/v1/images/generations", body);
    expect(events(cut.text).at(-1)).toMatchObject({ error: { code: "upstream_truncated" } });
    expect(rig.log.findLast(({ msg }) => msg === "request")).toMatchObject({ error: "upstream_truncated" });
  });

  test("are in the ledger with the tokens of their model", async () => {
    const answer = await post("/v1/images/generations", { model: "chat/sim-model", ...asked });
    const id = answer.headers.get("x-signalbox-generation-id");
    const generation = await fetch(`${rig.gateway.url}/v1/generation?id=${id}`, { headers: authorization });
    expect(await generation.json()).toMatchObject({ data: { tokens_prompt: 2, tokens_completion: 1056 } });
  });

  test("are asked for in Imagen's API, of any provider", async () => {
    const body = { instances: [{ prompt: "a cat" }], parameters: { sampleCount: 1 } };
    const answer = await post("/v1beta/models/chat/sim-model:predict", body);
    expect(answer.json.predictions).toEqual([{ mimeType: "image/png", bytesBase64Encoded: PNG.toString("base64") }]);
  });

  test.each([
    ["prompt", {}],
    ["n", { prompt: "a", n: 0 }],
    ["response_format", { prompt: "a", response_format: "jpg" }],
  ])("without a good %s are refused before anyone is asked", async (param, body) => {
    const answer = await post("/v1/images/generations", { model: "chat/sim-model", ...body });
    expect([answer.status, answer.json.error.param]).toEqual([400, param]);
    expect(rig.simulator.journal.length).toBe(0);
  });

  test("of which Gemini makes one only are refused there", async () => {
    const answer = await post("/v1/images/generations", { model: "gem/painter", prompt: "a", n: 3 });
    expect([answer.status, answer.json.error.code]).toEqual([400, "unsupported_feature"]);
  });
});

describe("edits", () => {
  test.each(["chat/sim-model", "gem/painter"])("are made of a form by %s", async (model) => {
    const answer = await edit(model, { size: "1024x1024" });
    expect(answer.text).toContain(PNG.toString("base64"));
    expect(answer.status).toBe(200);
  });

  test("carry every picture to another API", async () => {
    await edit("gem/painter", {}, 3);
    const data = { inlineData: { mimeType: "image/png", data: PNG.toString("base64") } };
    expect(upstream()).toMatchObject({ contents: [{ parts: [data, data, data, { text: "a red hat" }] }] });
  });

  test("are made of JSON too", async () => {
    const images = [{ image_url: `data:image/png;base64,${PNG.toString("base64")}` }];
    for (const model of ["chat/sim-model", "gem/painter"]) {
      const answer = await post("/v1/images/edits", { model, prompt: "a red hat", images });
      expect([model, answer.status]).toEqual([model, 200]);
    }
  });

  test("are sent anew to the next provider when the first fails", async () => {
    const answer = await edit("backed", {});
    expect([answer.status, answer.headers.get("x-signalbox-attempts")]).toEqual([200, "2"]);
  });

  test("stream", async () => {
    const answer = await edit("chat/sim-model", { stream: "true", partial_images: "1" });
    expect(events(answer.text).map(({ type }) => type)).toEqual(["image_edit.partial_image", "image_edit.completed"]);
  });

  test("without a picture are refused", async () => {
    const answer = await edit("chat/sim-model", {}, 0);
    expect([answer.status, answer.json.error.param]).toEqual([400, "image"]);
  });
});
