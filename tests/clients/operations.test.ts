import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { stainlessClass } from "./driver.ts";
import { findPython } from "./drivers/index.ts";
import { cohereInPython, inPython, type OperationClient, type Place } from "./drivers/operation-client.ts";
import { type Gateway, gatewayKey, startGateway } from "./gateway.ts";

/** Embeddings, ranks and pictures as the vendors' own libraries ask for them and read them, whoever makes them. */

const installed = existsSync(fileURLToPath(new URL("node_modules/openai", import.meta.url)));
const libraries = installed ? await import("./drivers/operations.ts") : undefined;
const python = findPython();

const MODELS = ["embedder", "painter"];
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let simulator: Simulator;
let gateway: Gateway;
beforeAll(async () => {
  simulator = await startSimulator();
  const { url } = simulator;
  const provider = (operations: object) => ({ credentials: ["upstream-key"], models: MODELS, operations });
  gateway = await startGateway(url, {
    keys: [{ name: "client-tests", key: gatewayKey }],
    providers: {
      "sim-openai": provider({
        embeddings: { format: "openai", baseUrl: `${url}/v1` },
        images: { format: "openai", baseUrl: `${url}/v1` },
        "image-edits": { format: "openai", baseUrl: `${url}/v1` },
      }),
      "sim-gemini": {
        ...provider({
          embeddings: { format: "gemini" },
          images: { format: "gemini" },
          "image-edits": { format: "gemini" },
        }),
        auth: { header: "x-goog-api-key" },
        endpoints: { gemini: { baseUrl: url } },
      },
      "sim-imagen": {
        ...provider({ images: { format: "imagen", baseUrl: url } }),
        auth: { header: "x-goog-api-key" },
      },
      "sim-cohere": provider({
        embeddings: { format: "cohere", baseUrl: url },
        rerank: { format: "cohere", baseUrl: url },
      }),
      "sim-voyage": provider({
        embeddings: { format: "voyage", baseUrl: `${url}/voyage/v1` },
        rerank: { format: "voyage", baseUrl: `${url}/voyage/v1` },
      }),
      "sim-ill": provider({ embeddings: { format: "openai", baseUrl: `${url}/v1` } }),
    },
    models: { either: { targets: ["sim-ill/embedder", "sim-gemini/embedder"] } },
  });
});
afterAll(async () => {
  await gateway?.close();
  await simulator.close();
});
beforeEach(() => simulator.journal.clear());

const place: Place = { url: () => gateway.url, key: gatewayKey };
const stranger: Place = { url: () => gateway.url, key: "a-key-that-nobody-has-made" };
const upstream = () => simulator.journal.last()?.json;

/** The vectors that the simulator makes of these texts, as 32-bit floats. */
async function vectorsOf(input: unknown, dimensions?: number): Promise<readonly (readonly number[])[]> {
  const answer = await fetch(`${simulator.url}/v1/embeddings`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "embedder", input, ...(dimensions !== undefined && { dimensions }) }),
  });
  const { data } = Object(await answer.json());
  return data.map(({ embedding }: { readonly embedding: readonly number[] }) => embedding);
}

const EMBEDDERS = ["sim-openai", "sim-gemini", "sim-cohere", "sim-voyage"].map((provider) => `${provider}/embedder`);
const DRAWERS = ["sim-openai", "sim-gemini", "sim-imagen"].map((provider) => `${provider}/painter`);

const openai: readonly ((place: Place) => OperationClient)[] = [
  ...(libraries === undefined ? [] : [libraries.openaiLibrary]),
  ...(python === undefined ? [] : [(where: Place) => inPython(python, "openai", where)]),
];
const google: readonly ((place: Place) => OperationClient)[] = [
  ...(libraries === undefined ? [] : [libraries.googleLibrary]),
  ...(python === undefined ? [] : [(where: Place) => inPython(python, "google", where)]),
];

describe.each(openai.map((make) => ({ make, name: make(place).name })))("$name", ({ make }) => {
  const client = make(place);
  const unknown = make(stranger);
  afterAll(() => {
    client.close();
    unknown.close();
  });

  describe.each(EMBEDDERS)("of %s", (model) => {
    test("reads the vectors of one text and of several, as its library asks by default", async () => {
      const input = ["a cat", "a dog", "a cat"];
      const { vectors, object } = await client.embed({ model, input });
      expect(vectors).toEqual(await vectorsOf(input));
      expect(object).toEqual({ model: expect.stringMatching(/embedder$/), tokens: 6 });
      expect((await client.embed({ model, input: "a cat" })).vectors).toEqual(await vectorsOf("a cat"));
    });

    test("reads floats, and as many as it asks for", async () => {
      const body = { model, input: "a cat", encoding_format: "float", dimensions: 5 };
      expect((await client.embed(body)).vectors).toEqual(await vectorsOf("a cat", 5));
    });

    test("sends a long list, and reads it in its order", async () => {
      const input = Array.from({ length: 90 }, (_, index) => `text ${index}`);
      expect((await client.embed({ model, input })).vectors).toEqual(await vectorsOf(input));
    });
  });

  test("asks for base64 in its library's way, which goes on as it is", async () => {
    await client.embed({ model: "sim-openai/embedder", input: "a cat" });
    expect(upstream()).toEqual({ model: "embedder", input: "a cat", encoding_format: "base64" });
  });

  test("sends tokens to whoever can read them", async () => {
    const input = [[1, 2, 3], [4]];
    expect((await client.embed({ model: "sim-openai/embedder", input })).vectors).toEqual(await vectorsOf(input));
    const refused = await client.embed({ model: "sim-cohere/embedder", input }).catch(client.failure);
    expect(refused).toMatchObject({ name: "BadRequestError", status: 400 });
  });

  test.each([
    ["an empty input", 400, { model: "sim-openai/embedder", input: [] }],
    ["dimensions that no model has", 400, { model: "sim-openai/embedder", input: "a", dimensions: 9999 }],
    [
      "dimensions that no model of another API has",
      400,
      { model: "sim-gemini/embedder", input: "a", dimensions: 9999 },
    ],
    ["a model that nobody has", 404, { model: "sim-openai/nobodys", input: "a" }],
    ["a model that does something else", 400, { model: "sim-imagen/painter", input: "a" }],
  ])("raises its own class of error for %s", async (_what, status, body) => {
    expect(await client.embed(body).catch(client.failure)).toMatchObject({ name: stainlessClass(status), status });
  });

  test("raises its own class of error for a key that is none", async () => {
    const failed = await unknown.embed({ model: "sim-openai/embedder", input: "a" }).catch(unknown.failure);
    expect(failed).toMatchObject({ name: "AuthenticationError", status: 401 });
  });

  test("is answered by the next where the first fails", async () => {
    simulator.faults.push("status=500");
    expect((await client.embed({ model: "either", input: "a cat" })).vectors).toEqual(await vectorsOf("a cat"));
  });

  test.each(DRAWERS)("reads a picture of %s", async (model) => {
    const body = { model, prompt: "a cat", size: "1024x1024" };
    expect(await client.draw(body)).toEqual({ images: [PNG] });
  });

  test("reads several pictures, and URLs where it wants them", async () => {
    const body = { prompt: "a cat", n: 2 };
    expect((await client.draw({ model: "sim-imagen/painter", ...body })).images).toEqual([PNG, PNG]);
    const urls = await client.draw({ model: "sim-openai/painter", ...body, response_format: "url" });
    expect(urls.images).toEqual(["https://pictures.example/0.png", "https://pictures.example/1.png"]);
    const data = await client.draw({ model: "sim-gemini/painter", prompt: "a cat", response_format: "url" });
    expect(data.images).toEqual([`data:image/png;base64,${PNG}`]);
  });

  test("sees pictures become what they are, where the upstream shows it", async () => {
    const body = { prompt: "a cat", stream: true, partial_images: 2 };
    expect(await client.draw({ model: "sim-openai/painter", ...body })).toEqual({
      types: ["image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"],
      images: [PNG],
    });
    expect(await client.draw({ model: "sim-gemini/painter", ...body })).toEqual({
      types: ["image_generation.completed"],
      images: [PNG],
    });
  });

  test("changes one picture, and several", async () => {
    const body = { prompt: "a red hat", size: "1024x1024" };
    for (const model of ["sim-openai/painter", "sim-gemini/painter"]) {
      for (const files of [[PNG], [PNG, PNG, PNG]]) {
        expect(await client.edit?.({ model, ...body, files })).toEqual({ images: [PNG] });
      }
    }
  });

  test("changes what a mask shows, where the upstream knows masks", async () => {
    const edit = { prompt: "a red hat", files: [PNG], mask: PNG };
    expect(await client.edit?.({ model: "sim-openai/painter", ...edit })).toEqual({ images: [PNG] });
    const parts = simulator.journal.last()?.form?.parts.map(({ name, contentType }) => [name, contentType]);
    expect(parts).toContainEqual(["mask", "image/png"]);
    const refused = await client.edit?.({ model: "sim-gemini/painter", ...edit }).catch(client.failure);
    expect(refused).toMatchObject({ name: "BadRequestError", status: 400 });
  });

  test("sees an edit become what it is", async () => {
    const edit = { prompt: "a red hat", files: [PNG], stream: true, partial_images: 1 };
    expect(await client.edit?.({ model: "sim-openai/painter", ...edit })).toEqual({
      types: ["image_edit.partial_image", "image_edit.completed"],
      images: [PNG],
    });
  });
});

describe.each(google.map((make) => ({ make, name: make(place).name })))("$name", ({ make }) => {
  const client = make(place);
  afterAll(() => client.close());

  test.each(EMBEDDERS)("reads the vectors of %s", async (model) => {
    const body = { model, contents: ["a cat", "a dog"], config: { outputDimensionality: 5, taskType: "CLUSTERING" } };
    expect((await client.embed(body)).vectors).toEqual(await vectorsOf(["a cat", "a dog"], 5));
  });

  test("reads the vector of one text", async () => {
    const body = { model: "sim-openai/embedder", contents: "a cat" };
    expect((await client.embed(body)).vectors).toEqual(await vectorsOf(["a cat"]));
  });

  test("is told of no model in its own class", async () => {
    const failed = await client.embed({ model: "sim-openai/nobodys", contents: "a" }).catch(client.failure);
    expect(failed).toMatchObject({ name: expect.stringMatching(/^(?:ApiError|ClientError)$/), status: 404 });
  });

  test.each([...DRAWERS])("reads a picture of %s", async (model) => {
    const body = { model, prompt: "a cat", config: { numberOfImages: 1, aspectRatio: "16:9" } };
    expect(await client.draw(body)).toEqual({ images: [PNG] });
  });

  test("changes pictures by Imagen, and by nobody who would not see them", async () => {
    const body = { prompt: "a red hat [1]", picture: PNG, config: { numberOfImages: 1 } };
    expect(await client.retouch?.({ model: "sim-imagen/painter", ...body })).toEqual({ images: [PNG] });
    const referenceImage = { bytesBase64Encoded: PNG, mimeType: "image/png" };
    expect(upstream()).toMatchObject({ instances: [{ referenceImages: [{ referenceImage }] }] });
    for (const model of ["sim-openai/painter", "sim-gemini/painter"]) {
      expect(await client.retouch?.({ model, ...body }).catch(client.failure)).toMatchObject({ status: 400 });
    }
  });

  test("asks Imagen whatever its library can say", async () => {
    const config = { numberOfImages: 2, personGeneration: "DONT_ALLOW", outputMimeType: "image/jpeg" };
    await client.draw({ model: "sim-imagen/painter", prompt: "a cat", config });
    expect(upstream()).toMatchObject({
      parameters: { sampleCount: 2, personGeneration: "DONT_ALLOW", outputOptions: { mimeType: "image/jpeg" } },
    });
  });
});

const cohere = [
  ...(libraries === undefined ? [] : [libraries.cohereLibrary]),
  ...(python === undefined ? [] : [(where: Place) => cohereInPython(python, where)]),
].map((open) => open(place));

describe.each(cohere)("$name", (client) => {
  afterAll(() => client.close());
  const body = { query: "red fox", documents: ["a blue bird", "the red fox", "a fox"] };

  test.each(["sim-cohere/embedder", "sim-voyage/embedder"])("reads the ranks of %s", async (model) => {
    expect(await client.rank({ model, ...body, topN: 2 })).toMatchObject([
      { index: 1, relevanceScore: 1 },
      { index: 2, relevanceScore: 0.5 },
    ]);
  });

  test.each(EMBEDDERS)("reads the vectors of %s", async (model) => {
    const texts = ["a cat", "a dog"];
    const asked = { model, texts, inputType: "clustering", outputDimension: 5, embeddingTypes: ["float"] };
    expect(await client.embed(asked)).toMatchObject({ texts, embeddings: { float: await vectorsOf(texts, 5) } });
  });

  test("reads whole numbers of Cohere, which nobody else has", async () => {
    const asked = { texts: ["a cat"], inputType: "search_query", embeddingTypes: ["int8", "float"] };
    const { embeddings } = Object(await client.embed({ model: "sim-cohere/embedder", ...asked }));
    expect(embeddings).toMatchObject({ int8: [expect.any(Array)], float: await vectorsOf(["a cat"]) });
    const refused = await client.embed({ model: "sim-openai/embedder", ...asked }).catch(client.failure);
    expect(refused).toMatchObject({ name: "BadRequestError", status: 400 });
  });

  test("raises its own class of error", async () => {
    const failed = await client.rank({ model: "sim-cohere/embedder", query: "a", documents: [] }).catch(client.failure);
    expect(failed).toMatchObject({ name: "BadRequestError", status: 400 });
    const nobody = await client.rank({ model: "sim-cohere/nobodys", ...body }).catch(client.failure);
    expect(nobody).toMatchObject({ name: "NotFoundError", status: 404 });
  });
});

describe.skipIf(libraries === undefined)("ai with @ai-sdk/openai", () => {
  const client = libraries?.aiSdk(place);

  test.each(EMBEDDERS)("embeds many by %s", async (model) => {
    const values = ["a cat", "a dog"];
    const answer = await client?.embedMany(model, values, 5);
    expect(answer?.embeddings).toEqual(await vectorsOf(values, 5));
    expect(answer?.usage.tokens).toBe(4);
  });

  test.each(DRAWERS)("draws by %s", async (model) => {
    const answer = await client?.generateImage(model, "a cat");
    expect(answer?.image.base64).toBe(PNG);
  });

  test.each(["sim-openai/painter", "sim-gemini/painter"])("changes pictures by %s", async (model) => {
    const answer = await client?.generateImage(model, "a red hat", [Buffer.from(PNG, "base64")]);
    expect(answer?.image.base64).toBe(PNG);
  });
});
