import { createOpenAI } from "@ai-sdk/openai";
import { GoogleGenAI, RawReferenceImage } from "@google/genai";
import { embedMany, generateImage } from "ai";
import { CohereClientV2 } from "cohere-ai";
import OpenAI, { toFile } from "openai";
import { failureOf } from "../driver.ts";
import type { CohereClient, Drawing, Edit, OperationClient, Place } from "./operation-client.ts";

type Fields = Readonly<Record<string, unknown>>;

interface Event {
  readonly type: string;
  readonly b64_json?: string;
}

/** What a library gives for `images.*`: its object, or its stream of events. */
async function drawn(answer: unknown): Promise<Drawing> {
  if (typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer) {
    const stream = answer as AsyncIterable<Event>;
    const events: Event[] = [];
    for await (const event of stream) events.push(event);
    return { types: events.map(({ type }) => type), images: [events.at(-1)?.b64_json ?? ""] };
  }
  const { data = [] } = answer as OpenAI.ImagesResponse;
  return { images: data.map(({ b64_json, url }) => b64_json ?? url ?? "") };
}

export function openaiLibrary({ url, key }: Place): OperationClient {
  const client = () => new OpenAI({ baseURL: `${url()}/v1`, apiKey: key, maxRetries: 0 });
  const picture = (data: string, index: number | "mask") =>
    toFile(Buffer.from(data, "base64"), `${index}.png`, { type: "image/png" });
  return {
    name: "openai (JavaScript)",
    async embed(body: Fields) {
      const { data, model, usage } = await client().embeddings.create(body as unknown as OpenAI.EmbeddingCreateParams);
      return { vectors: data.map(({ embedding }) => embedding), object: { model, tokens: usage.prompt_tokens } };
    },
    draw: async (body: Fields) => drawn(await client().images.generate(body as unknown as OpenAI.ImageGenerateParams)),
    async edit({ files, mask, ...body }: Edit) {
      const [first, ...others] = await Promise.all(files.map(picture));
      const fields = {
        ...body,
        image: others.length === 0 ? first : [first, ...others],
        ...(mask !== undefined && { mask: await picture(mask, "mask") }),
      };
      return drawn(await client().images.edit(fields as unknown as OpenAI.ImageEditParams));
    },
    failure: failureOf,
    close: () => {},
  };
}

export function googleLibrary({ url, key }: Place): OperationClient {
  const client = () => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url() } });
  // Imagen's methods are Vertex AI's.
  const vertex = () => new GoogleGenAI({ vertexai: true, apiKey: key, httpOptions: { baseUrl: url() } });
  return {
    name: "@google/genai (JavaScript)",
    async embed(body: Fields) {
      const asked = body as unknown as Parameters<GoogleGenAI["models"]["embedContent"]>[0];
      const { embeddings = [] } = await client().models.embedContent(asked);
      return { vectors: embeddings.map(({ values = [] }) => values) };
    },
    async draw(body: Fields) {
      const asked = body as unknown as Parameters<GoogleGenAI["models"]["generateImages"]>[0];
      const { generatedImages = [] } = await vertex().models.generateImages(asked);
      return { images: generatedImages.map(({ image }) => image?.imageBytes ?? "") };
    },
    async retouch(body: Fields) {
      const picture = new RawReferenceImage();
      picture.referenceId = 1;
      picture.referenceImage = { imageBytes: String(body["picture"]), mimeType: "image/png" };
      const { picture: _, ...rest } = body;
      const asked = { ...rest, referenceImages: [picture] } as unknown as Parameters<
        GoogleGenAI["models"]["editImage"]
      >[0];
      const { generatedImages = [] } = await vertex().models.editImage(asked);
      return { images: generatedImages.map(({ image }) => image?.imageBytes ?? "") };
    },
    failure: failureOf,
    close: () => {},
  };
}

export function cohereLibrary({ url, key }: Place): CohereClient {
  const client = () => new CohereClientV2({ environment: `${url()}/`, token: key, maxRetries: 0 });
  return {
    name: "cohere-ai (JavaScript)",
    async rank(body) {
      const asked = body as unknown as Parameters<CohereClientV2["rerank"]>[0];
      return (await client().rerank(asked)).results;
    },
    async embed(body) {
      const asked = body as unknown as Parameters<CohereClientV2["embed"]>[0];
      const { embeddings, texts } = await client().embed(asked);
      return { embeddings, texts };
    },
    failure: failureOf,
    close: () => undefined,
  };
}

export function aiSdk({ url, key }: Place) {
  const provider = () => createOpenAI({ baseURL: `${url()}/v1`, apiKey: key });
  return {
    embedMany: (model: string, values: string[], dimensions?: number) =>
      embedMany({
        model: provider().embeddingModel(model),
        values,
        maxRetries: 0,
        ...(dimensions !== undefined && { providerOptions: { openai: { dimensions } } }),
      }),
    generateImage: (model: string, prompt: string, images: Buffer[] = []) =>
      generateImage({
        model: provider().imageModel(model),
        prompt: images.length === 0 ? prompt : { text: prompt, images },
        size: "1024x1024",
        maxRetries: 0,
      }),
  };
}
